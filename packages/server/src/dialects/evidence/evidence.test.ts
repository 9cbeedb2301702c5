import { createHash } from 'node:crypto'
import {
  decodeBase64,
  decodeBundle,
  Frontier,
  formatVerifierKey,
  logKeysOf,
  openCheckpoint,
  parseLeaf,
  parsePolicy,
  parseTlogProof,
  parseVerifierKey,
  tilePath,
  tilesOf,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Into } from '../../platform-hash.js'
import { verifyEd25519 } from '../../signer/signing-keys.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const SIZE = 700
const NEXT = {
  action: 'order.created',
  actor: { type: 'user', id: 'u1' },
  resource: { type: 'order', id: '1' },
}

let server: TestServer
let key: string
let hashes: Uint8Array[]
let ids: string[]
beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  hashes = []
  ids = []
  await record(SIZE)
})
afterAll(() => server.close())

async function record(count: number): Promise<Headers> {
  const body = Array.from({ length: count }, () => NEXT)
  const answer = await server.call(key, 'POST', '/v1/audit_log_entries?wait=checkpoint', body)
  expect(answer.status).toBe(201)
  for (const { id, entry_hash } of answer.body.data) {
    ids.push(id)
    hashes.push(Buffer.from(entry_hash, 'hex'))
  }
  return answer.headers
}

async function bytes(path: string, token: string | undefined = key): Promise<Uint8Array> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(server.url + path, { headers: headers as Record<string, string> })
  expect([path, response.status]).toEqual([path, 200])
  return new Uint8Array(await response.arrayBuffer())
}
const text = async (path: string, token?: string) => Buffer.from(await bytes(path, token)).toString()

/** The log's checkpoint, opened with the key that the server names. */
async function checkpoint() {
  const { body: log } = await server.call(key, 'GET', '/v1/log')
  const vkey = parseVerifierKey(sha256Into, log.vkeys[0])
  return openCheckpoint(verifyEd25519, await bytes('/v1/log/checkpoint'), log.origin, [vkey])
}

/** The root of the entries that were acknowledged, from their receipts alone. */
function rootOfReceipts(size: number): Uint8Array {
  const frontier = new Frontier(sha256Into)
  for (const hash of hashes.slice(0, size)) frontier.append(hash)
  return frontier.root()
}

describe('a checkpoint', () => {
  it('covers what was acknowledged, as soon as recording says so', async () => {
    const headers = await record(3)
    const { size, root } = await checkpoint()
    expect(size).toBe(ids.length)
    expect(toHex(root)).toBe(toHex(rootOfReceipts(size)))
    expect(headers.get('counterfoil-checkpoint')).toBe(`${size}:${Buffer.from(root).toString('base64')}`)
  })

  it('comes within a second when nobody waits for it', async () => {
    await server.call(key, 'POST', '/v1/audit_log_entries', NEXT).then(({ body }) => {
      ids.push(body.id)
      hashes.push(Buffer.from(body.entry_hash, 'hex'))
    })
    const started = performance.now()
    while ((await checkpoint()).size < ids.length) {
      // The promise is one second on a machine of its own; here other tests run beside.
      expect(performance.now() - started).toBeLessThan(4_000)
    }
  })

  it('is told in the header of every answer that reads the log, and of no other', async () => {
    for (const path of ['/v1/audit_log_entries', '/v1/audit_log_entries/histogram', '/v1/log'])
      expect((await server.call(key, 'GET', path)).headers.get('counterfoil-checkpoint')).toMatch(
        /^\d+:\S{44}$/,
      )
    expect((await server.call(undefined, 'GET', '/healthz')).headers.has('counterfoil-checkpoint')).toBe(
      false,
    )
  })

  it('is there for a log in which nothing was recorded', async () => {
    const empty = await server.makeKey({ slug: 'empty', mode: 'test' })
    expect((await server.call(empty, 'GET', '/v1/log')).body).toMatchObject({ size: 0, frozen: null })
    expect(await text('/v1/log/checkpoint', empty)).toContain(
      '\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n',
    )
  })

  it('verifies by the keys of /vkey and of /policy alike', async () => {
    const { origin } = await checkpoint()
    const vkeys = (await text('/v1/log/vkey')).trimEnd().split('\n')
    const policy = parsePolicy(sha256Into, await bytes('/v1/log/policy'))
    expect(logKeysOf(policy, origin).map(formatVerifierKey)).toEqual(vkeys)
    expect(await text('/v1/log/min-index')).toBe('0\n')
  })
})

describe('the tree', () => {
  it('is served as tiles that lead to the root, all of them', async () => {
    const { size, root } = await checkpoint()
    const frontier = new Frontier(sha256Into)
    for (const place of tilesOf(size)) {
      const tile = await bytes(`/v1/log/${tilePath(place)}`)
      expect(tile.length).toBe(32 * place.width)
      if (place.level === 0) for (let i = 0; i < place.width; i++) frontier.append(tile, 32 * i)
    }
    expect(toHex(frontier.root())).toBe(toHex(root))
    const upper = await bytes('/v1/log/tile/1/000.p/2')
    const below = new Frontier(sha256Into)
    const lower = await bytes('/v1/log/tile/0/001')
    for (let i = 0; i < 256; i++) below.append(lower, 32 * i)
    expect(toHex(upper.subarray(32))).toBe(toHex(below.root()))
  })

  it('is served with the leaves of entries, byte for byte', async () => {
    for (const [path, first, width] of [
      ['000', 0, 256],
      ['001.p/100', 256, 100],
      ['002.p/188', 512, 188],
    ] as const) {
      const leaves = decodeBundle(await bytes(`/v1/log/tile/entries/${path}`), width)
      leaves.forEach((leaf, i) => {
        const hash = createHash('sha256').update(Uint8Array.of(0)).update(leaf).digest()
        expect(hash).toEqual(hashes[first + i])
        expect(parseLeaf(leaf)).toMatchObject({ id: ids[first + i], seq: first + i })
      })
    }
  })

  it('may be kept for ever on the way, for the caller alone', async () => {
    const { headers } = await server.call(key, 'GET', '/v1/log/tile/0/000')
    expect(headers.get('cache-control')).toBe('private, max-age=31536000, immutable')
    expect((await server.call(key, 'GET', '/v1/log/checkpoint')).headers.get('cache-control')).toBe(
      'no-store',
    )
  })

  it.each([
    'tile/0/009',
    'tile/0/002',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/0',
    'tile/1/000',
    'tile/64/000',
    'tile/00/000',
    'tile/entries/002',
    'tile/entries/x000/000',
    'tile/',
    'tile/%2e%2e/x',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await server.call(key, 'GET', `/v1/log/${path}`)
    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  it('proves that any size of it begins with any smaller one', async () => {
    const { size } = await checkpoint()
    for (const [from, to] of [
      [0, 5],
      [1, 1],
      [1, 700],
      [255, 256],
      [256, 512],
      [300, 699],
      [512, size],
      [size, size],
    ] as const) {
      const { status, body } = await server.call(key, 'GET', `/v1/log/consistency?from=${from}&to=${to}`)
      expect([status, body.from, body.to]).toEqual([200, from, to])
      const path = body.hashes.map((hash: string) => decodeBase64(hash))
      const proves = (hash: Uint8Array) =>
        verifyConsistency(sha256Into, from, hash, to, rootOfReceipts(to), path)
      expect(proves(rootOfReceipts(from))).toBe(true)
      if (from > 0) expect(proves(new Uint8Array(32))).toBe(false)
    }
    for (const query of ['from=5&to=4', `to=${size + 1}`, 'from=-1', 'from=1.5', 'from=01'])
      expect((await server.call(key, 'GET', `/v1/log/consistency?${query}`)).status).toBe(400)
  })
})

describe('a receipt', () => {
  it('proves its entry under a signed checkpoint, wherever in the log', async () => {
    const { body: log } = await server.call(key, 'GET', '/v1/log')
    const vkey = parseVerifierKey(sha256Into, log.vkeys[0])
    for (const seq of [0, 1, 255, 256, 511, 512, SIZE - 1]) {
      const proof = parseTlogProof(await bytes(`/v1/audit_log_entries/${ids[seq]}/proof`))
      const { size, root } = await openCheckpoint(verifyEd25519, proof.checkpoint, log.origin, [vkey])
      const leaf = proof.extra as Uint8Array
      expect(parseLeaf(leaf)).toMatchObject({ id: ids[seq], seq })
      const hash = createHash('sha256').update(Uint8Array.of(0)).update(leaf).digest()
      expect(verifyInclusion(sha256Into, seq, size, hash, proof.path, root)).toBe(true)
      expect(verifyInclusion(sha256Into, seq + 1, size, hash, proof.path, root)).toBe(false)
    }
  })

  it('of an entry that was recorded this moment is waited for', async () => {
    const { body } = await server.call(key, 'POST', '/v1/audit_log_entries', NEXT)
    ids.push(body.id)
    hashes.push(Buffer.from(body.entry_hash, 'hex'))
    const proof = parseTlogProof(await bytes(`/v1/audit_log_entries/${body.id}/proof`))
    expect(proof.index).toBe(body.seq)
  })

  it('is had by those who may see the entry, and by nobody else', async () => {
    const other = await server.makeKey({ slug: 'globex' })
    const own = await server.makeKey({ scopes: ['audit:read:own'] })
    for (const [token, id] of [
      [other, ids[0]],
      [own, ids[0]],
      [key, crypto.randomUUID()],
      [key, 'x'],
    ] as const) {
      const { status, body } = await server.call(token, 'GET', `/v1/audit_log_entries/${id}/proof`)
      expect([status, body.code]).toEqual([404, 'not_found'])
    }
  })
})

describe('a published log', () => {
  const base = async () => `/${(await checkpoint()).origin.split('/').slice(1).join('/')}`
  const publish = async (value: boolean) =>
    server.call(await server.makeKey({ scopes: ['access:write'] }), 'PATCH', '/v1/organization', {
      public_evidence: value,
    })

  it('is had without a key, under the path of its origin, while the organization wants it', async () => {
    const path = await base()
    const status = async (rest: string) => (await server.call(undefined, 'GET', path + rest)).status
    const all = [
      '',
      '/checkpoint',
      '/vkey',
      '/policy',
      '/min-index',
      '/tile/0/000',
      '/tile/entries/000',
      '/consistency',
    ]
    for (const rest of all) expect([rest, await status(rest)]).toEqual([rest, 404])
    expect((await publish(true)).body).toMatchObject({ public_evidence: true })
    for (const rest of all) expect([rest, await status(rest)]).toEqual([rest, 200])
    expect((await server.call(key, 'GET', '/v1/log')).body.published_at).toBe(path)
    const { headers } = await server.call(undefined, 'GET', `${path}/tile/0/000`)
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    // Neither another epoch, nor the slug instead of the id, nor a log that was never written to.
    for (const wrong of [path.replace(/0$/, '1'), path.replace('/live/', '/test/'), '/log/acme/live/0'])
      expect((await server.call(undefined, 'GET', `${wrong}/checkpoint`)).status).toBe(404)
    await publish(false)
    for (const rest of all) expect([rest, await status(rest)]).toEqual([rest, 404])
  })
})
