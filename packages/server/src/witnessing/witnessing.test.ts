import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCheckpoint, parsePolicy, parseVerifierKey, type VerifierKey } from '@counterfoil/core'
import { nodePlatform, ServerSource, verifyReceipt, verifyServer } from '@counterfoil/verify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { type RunningWitness, startWitness } from '../witness/testing/running-witness.js'

const DEADLINE_MS = 15_000
let folder: string
let witness: RunningWitness
let server: TestServer
let key: string
let watched: VerifierKey[] = []
let flags: { witness_policy: string; checkpoint_heartbeat_seconds: string }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-witnessing-'))
  watched = []
  witness = await startWitness(folder, () => watched)
  flags = { witness_policy: join(folder, 'policy'), checkpoint_heartbeat_seconds: '1' }
  writePolicy(witness.url)
  server = await openTestServer(flags)
  key = await server.makeKey({ scopes: ['audit:write', 'audit:read'] })
})
afterEach(async () => {
  await server.close()
  await witness.close()
  rmSync(folder, { recursive: true })
})

function writePolicy(url: string): void {
  writeFileSync(join(folder, 'policy'), `witness w ${witness.key.vkey} ${url}\nquorum w\n`)
}
const record = async (count: number) => {
  const body = Array.from({ length: count }, (_, i) => ({ action: 'a.b', metadata: { i } }))
  const { status } = await server.call(key, 'POST', '/v1/audit_log_entries?wait=checkpoint', body)
  expect(status).toBe(201)
}
const state = async () => (await server.call(key, 'GET', '/v1/log')).body
async function until(isTrue: (log: Awaited<ReturnType<typeof state>>) => boolean) {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const log = await state()
    if (isTrue(log)) return log
    if (Date.now() > deadline) throw new Error(`It never came to that: ${JSON.stringify(log)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
const cosigned = () => until(({ cosigned_by }) => cosigned_by.includes('w'))
/** From now on the witness watches the log of the key. */
async function watch(): Promise<void> {
  watched = ((await state()).vkeys as string[]).map((vkey) => parseVerifierKey(sha256Into, vkey))
}

describe('waiting for witnesses', () => {
  const waiting = (path: string, method: 'GET' | 'POST' = 'GET', body?: object) =>
    server.call(key, method, `${path}?wait=cosigned`, body)

  it('answers when enough of them have cosigned, and so does a receipt', async () => {
    await record(1)
    await watch()
    const answer = await waiting('/v1/audit_log_entries', 'POST', [{ action: 'a.b' }, { action: 'a.c' }])
    expect([answer.status, Number(answer.headers.get('counterfoil-cosigned'))]).toEqual([201, 3])
    const receipt = await waiting(`/v1/audit_log_entries/${answer.body.data[1].id}/proof`)
    expect(receipt.status).toBe(200)
    const { vkeys } = await state()
    const policy = `log ${vkeys[0]}\nwitness w ${witness.key.vkey}\nquorum w\n`
    const trust = { policy: parsePolicy(sha256Into, Buffer.from(policy)) }
    const { report } = await verifyReceipt(nodePlatform, Buffer.from(receipt.body as string), trust)
    expect([report.problems, report.level]).toEqual([[], 'L3'])
  })

  it('says how far they are when they do not answer in time, and records all the same', async () => {
    await record(1)
    await watch()
    await cosigned()
    await witness.close()
    const { body } = await server.call(key, 'POST', '/v1/audit_log_entries', { action: 'a.b' })
    const [answer, receipt] = await Promise.all([
      waiting('/v1/audit_log_entries', 'POST', { action: 'a.b' }),
      waiting(`/v1/audit_log_entries/${body.id}/proof`),
    ])
    expect([answer.status, answer.headers.get('counterfoil-cosigned')]).toEqual([201, '1'])
    expect(receipt).toMatchObject({ status: 503, body: { code: 'checkpoint_pending' } })
    witness = await startWitness(folder, () => watched)
  }, 60_000)

  it('is refused where nobody is asked', async () => {
    await server.close()
    server = await openTestServer()
    key = await server.makeKey()
    const answer = await waiting('/v1/audit_log_entries', 'POST', { action: 'a.b' })
    expect(answer).toMatchObject({ status: 400, body: { param: 'wait' } })
    expect((await server.call(key, 'GET', '/v1/audit_log_entries')).body.data).toEqual([])
  })
})

describe('checkpoints', () => {
  it('are published at once and cosigned when the witness has answered', async () => {
    await record(3)
    expect((await state()).cosigned_by).toEqual([])
    await watch()
    await cosigned()
    for (const count of [1, 300, 5]) {
      await record(count)
      const { origin, size } = await cosigned()
      const note = (await server.call(key, 'GET', '/v1/log/checkpoint')).body as string
      const opened = await openCheckpoint(verifyEd25519, Buffer.from(note), origin, watched, [
        witness.key.verifier,
      ])
      expect(opened.size).toBe(size)
      expect(opened.signatures.at(-1)?.timeS).toBeGreaterThan(Date.now() / 1_000 - 60)
    }
  })

  it('reach L3 for whoever verifies with the policy that is served', async () => {
    await record(300)
    await watch()
    await cosigned()
    const policy = parsePolicy(
      sha256Into,
      Buffer.from((await server.call(key, 'GET', '/v1/log/policy')).body as string),
    )
    const source = new ServerSource(`${server.url}/v1/log`, await server.makeKey({ scopes: ['audit:read'] }))
    const { report } = await verifyServer(nodePlatform, source, { policy })
    expect([report.problems, report.level]).toEqual([[], 'L3'])
  })

  it('go on without a witness that is away, and are cosigned when it is back', async () => {
    await record(2)
    await watch()
    await cosigned()
    await witness.close()
    await record(5)
    expect((await state()).cosigned_by).toEqual([])
    const port = new URL(witness.url).port
    witness = await startWitness(folder, () => watched)
    // It comes back elsewhere, so the server is told by a restart.
    expect(new URL(witness.url).port).not.toBe(port)
    writePolicy(witness.url)
    server = await restarted()
    expect(await cosigned()).toMatchObject({ frozen: null })
  })
})

describe('a log is frozen', () => {
  it('when everything was put back to an earlier state, the signer’s memory included', async () => {
    const { directory } = server
    const size = await putBack()
    server = await openTestServer(flags, directory)
    const { frozen } = await until((log) => log.frozen !== null)
    expect(frozen).toContain(`Witness w: it has cosigned ${size} entries of this log`)
    // Recording goes on; nothing more is signed, also not after a restart.
    const before = (await state()).size
    const { status } = await server.call(key, 'POST', '/v1/audit_log_entries', { action: 'still.recorded' })
    expect(status).toBe(201)
    server = await restarted()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await state()).toMatchObject({ size: before, frozen })
  })

  it('when the same number of other entries was recorded after that', async () => {
    const { directory } = server
    await putBack()
    // Nobody is asked at first, so that the other history is signed.
    rmSync(join(folder, 'policy'))
    writeFileSync(join(folder, 'policy'), 'quorum none\n')
    server = await openTestServer(flags, directory)
    await record(10)
    writePolicy(witness.url)
    server = await restarted()
    const { frozen } = await until((log) => log.frozen !== null)
    expect(frozen).toContain('Witness w: ')
  })
})

/** Has a log cosigned, and puts the whole data directory back to what it was before. Gives the size that was cosigned. */
async function putBack(): Promise<number> {
  await record(3)
  await watch()
  await cosigned()
  const { directory } = server
  const backup = join(folder, 'backup')
  await server.counterfoil.close()
  cpSync(directory, backup, { recursive: true })
  server = await openTestServer(flags, directory)
  await record(10)
  const { size } = await cosigned()
  await server.counterfoil.close()
  rmSync(directory, { recursive: true })
  cpSync(backup, directory, { recursive: true })
  return size
}

async function restarted(): Promise<TestServer> {
  const { directory } = server
  await server.counterfoil.close()
  return openTestServer(flags, directory)
}
