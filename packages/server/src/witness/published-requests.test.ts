import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase64, KEY_TYPE, verifierKey } from '@counterfoil/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { type RunningWitness, startWitness } from './testing/running-witness.js'

// The requests of litewitness's own tests (github.com/FiloSottile/torchwood, ISC: cmd/litewitness/testdata/litewitness.txt, bastion.txt and
// multi-cosigs-ed25519.txt), made to our witness: a Sigsum log of 1, 3 and 5 entries with the signatures that are published of it. The older
// of them were made by sigsum's protocol; here they are made by tlog-witness, and answered as that says.

const LOG_KEY = 'ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f'
const ORIGIN = originOf(LOG_KEY)
const SIGNED: Readonly<Record<number, { readonly root: string; readonly signature: string }>> = {
  1: {
    root: '2a00000000000000000000000000000000000000000000000000000000000000',
    signature:
      'b7cf653aa9c565a1ca359db81bd3bc656ab2890c6ea4c0aec42295e80aa05049423505026434f987923ccdf07d440c152cd59e736e5914d8ada8d7a4d51b2106',
  },
  3: {
    root: '45c088d4d939e9971298811f227d1295eaad57bbafae55cd71c171e7de48c25d',
    signature:
      '655bb4871d15bc05032d67eece88900c4863a27f190393b99176391577f5def971b023d9a418c3226b7b7ea47b33686d9b3849451dadc6b07c007c595af1ea0a',
  },
  5: {
    root: '42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36',
    signature:
      '0fc43899968b48b5150b0e8fe7ad07b17c21c7056a6fe381deb0cd19ece103d59b2119b5dbe5d54d8a1262ce67f01245c5898b4b56f747495804a17a2eec0f0c',
  },
}
const FROM_1_TO_3 = [
  '2a01000000000000000000000000000000000000000000000000000000000000',
  '2a02000000000000000000000000000000000000000000000000000000000000',
]
const FROM_1_TO_5 = [
  '2a01000000000000000000000000000000000000000000000000000000000000',
  'f9f50357e93def4078237b8aaea24ce1a3f5965a0f64ff26bebd99e30470d8b2',
  '2a04000000000000000000000000000000000000000000000000000000000000',
]
const FROM_3_TO_5 = [
  '2a02000000000000000000000000000000000000000000000000000000000000',
  '2a03000000000000000000000000000000000000000000000000000000000000',
  'c2088815d65f60dbfa594d4e96504ab169cb6084bf0c132ab7c521fd2e0eba41',
  '2a04000000000000000000000000000000000000000000000000000000000000',
]

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** What a log of Sigsum calls itself. */
function originOf(key: string): string {
  const hash = createHash('sha256').update(bytesOf(key)).digest('hex')
  return `sigsum.org/v1/tree/${hash}`
}
const keyOf = (hex: string) => verifierKey(sha256Into, originOf(hex), KEY_TYPE.ed25519, bytesOf(hex))
const base64 = (hex: string) => encodeBase64(bytesOf(hex))

let directory: string
let witness: RunningWitness
const start = async (key: string) => {
  witness = await startWitness(directory, () => [keyOf(key)], { name: 'example.com/witness' })
}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-witness-'))
})
afterEach(async () => {
  await witness.close()
  rmSync(directory, { recursive: true })
})

async function post(body: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body })
  return { status: response.status, text: await response.text() }
}

interface Changes {
  readonly origin?: string
  readonly signature?: string
}

/** A checkpoint of the log over `size` entries, with a proof from `old` entries. */
function submit(old: number, size: number, proof: readonly string[] = [], changes: Changes = {}) {
  const { root, signature } = { ...(SIGNED[size] as (typeof SIGNED)[number]), ...changes }
  const { origin = ORIGIN } = changes
  const line = `— ${origin} ${base64(keyOf(LOG_KEY).id + signature)}`
  const lines = [`old ${old}`, ...proof.map(base64), '', origin, `${size}`, base64(root), '', line]
  return post(`${lines.join('\n')}\n`)
}

it("answers litewitness's requests as litewitness does", async () => {
  await start(LOG_KEY)
  const cosigned = { status: 200, text: expect.stringMatching(/^— example\.com\/witness [^ \n]+\n$/) }
  expect(await submit(0, 1)).toEqual(cosigned)
  const signature = `${(SIGNED[3]?.signature ?? '').slice(0, -1)}b`
  expect(await submit(1, 3, FROM_1_TO_3, { signature })).toMatchObject({ status: 403 })
  // Sigsum's protocol says 403; tlog-witness, of an origin that nobody knows, 404.
  expect(await submit(1, 3, FROM_1_TO_3, { origin: ORIGIN.replace(/.$/, '1') })).toMatchObject({
    status: 404,
  })
  expect(await submit(1, 3)).toMatchObject({ status: 422 })
  const other = FROM_1_TO_3.map((hash, i) => (i === 1 ? hash.replace(/.$/, '1') : hash))
  expect(await submit(1, 3, other)).toMatchObject({ status: 422 })
  expect(await submit(1, 3, FROM_1_TO_3)).toEqual(cosigned)
  expect(await submit(1, 5, FROM_1_TO_5)).toEqual({ status: 409, text: '3\n' })
  expect(await submit(3, 5, FROM_3_TO_5)).toEqual(cosigned)
})

it.each([
  [
    'bastion.txt',
    LOG_KEY,
    'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=',
  ],
  [
    'multi-cosigs-ed25519.txt',
    '52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd',
    '7BKT0gOfNZ1J0So9unY3BZtm2YkPIoNYM/dce0Z2avJDs8dxN6ts9bOSwwrVrbjm6P9K3ZxpK6jJngOG6YvGGzV/lwo=',
  ],
])('cosigns the request of %s word for word', async (_file, key, signature) => {
  await start(key)
  const root = 'KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
  const origin = originOf(key)
  expect((await post(`old 0\n\n${origin}\n1\n${root}\n\n— ${origin} ${signature}\n`)).status).toBe(200)
})
