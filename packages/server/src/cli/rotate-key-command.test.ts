import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCheckpoint, parseVerifierKey } from '@counterfoil/core'
import { DirectorySource, nodePlatform, verifyBundle, verifyReceipt } from '@counterfoil/verify'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { verifyEd25519 } from '../signer/signing-keys.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const ORG = ['--org', 'acme', '--mode', 'live']

let directory: string
let server: TestServer
let key: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-rotate-'))
  server = await openTestServer({}, directory)
  key = await server.makeKey()
})
afterAll(async () => {
  await server.counterfoil.close()
  rmSync(directory, { recursive: true })
})

function run(...options: readonly string[]) {
  const args = [MAIN, ...options, '--data', directory, '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, stderr, json: stdout === '' ? undefined : JSON.parse(stdout.split('\n')[0] as string) }
}
const parsed = (vkey: string) => parseVerifierKey(sha256Into, vkey)
const record = async () => {
  const path = '/v1/audit_log_entries?wait=checkpoint'
  const { body } = await server.call(key, 'POST', path, { action: 'a.b' })
  return body.id as string
}
const receiptOf = async (id: string) =>
  Buffer.from((await server.call(key, 'GET', `/v1/audit_log_entries/${id}/proof`)).body as string)
const log = async () => (await server.call(key, 'GET', '/v1/log')).body as { vkeys: string[]; origin: string }
const signersOf = async () => {
  const { body } = await server.call(key, 'GET', '/v1/log/checkpoint')
  const { vkeys, origin } = await log()
  const note = Buffer.from(body as string)
  const { signatures } = await openCheckpoint(verifyEd25519, note, origin, vkeys.map(parsed))
  return signatures.map((signature) => vkeys.findIndex((vkey) => parsed(vkey).id === signature.key.id))
}
/** Until the log has so many keys. */
const rotated = (count: number) =>
  vi.waitFor(async () => expect((await log()).vkeys).toHaveLength(count), { timeout: 30_000, interval: 50 })

it('gives a log another key beside a running server; both sign, and everything of before verifies', async () => {
  const old = await receiptOf(await record())
  const { status, json } = run('log', 'rotate-key', ...ORG)
  expect(status).toBe(0)
  await rotated(2)
  const { vkeys } = await log()
  expect(vkeys).toEqual([json.new_vkey, json.old_vkey])
  // Recorded first: the entry is in the log, and names the key.
  const { body } = await server.call(key, 'GET', '/v1/audit_log_entries?order=desc')
  expect(body.data[0]).toMatchObject({ action: 'log.key', metadata: { new_vkey: json.new_vkey } })
  const young = await receiptOf(await record())
  expect(await signersOf()).toEqual([0, 1])
  for (const [receipt, vkey] of [
    [old, vkeys[1]],
    [young, vkeys[0]],
    [young, vkeys[1]],
  ] as const) {
    const { report } = await verifyReceipt(nodePlatform, receipt, { keys: [parsed(vkey as string)] })
    expect([report.problems, report.level]).toEqual([[], 'L1'])
  }
  const policy = (await server.call(key, 'GET', '/v1/log/policy')).body as string
  for (const vkey of vkeys) expect(policy).toContain(`log ${vkey}`)
}, 60_000)

it('does so at the next start of a server that is stopped; without an overlap the old key retires', async () => {
  await server.counterfoil.close()
  const { status, json } = run('log', 'rotate-key', ...ORG, '--overlap-days', '0')
  expect(status).toBe(0)
  expect(run('log', 'rotate-key', ...ORG).stderr).toContain('gets another key already')
  server = await openTestServer({}, directory)
  key = await server.makeKey()
  await rotated(3)
  await record()
  expect(await signersOf()).toEqual([0])
  expect((await log()).vkeys[0]).toBe(json.new_vkey)
  const out = join(directory, 'export')
  expect(run('export', '--proof', ...ORG, '--out', out).status).toBe(0)
  const given = async (vkey: string) =>
    verifyBundle(nodePlatform, new DirectorySource(out), { trust: { keys: [parsed(vkey)] } })
  expect(await given(json.new_vkey)).toMatchObject({ verdict: 'verified', level: 'L1' })
  expect(await given(json.old_vkey)).toMatchObject({ verdict: 'FAILED' })
}, 60_000)
