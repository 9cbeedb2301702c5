import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Leaf, leafText, parseVerifierKey, toHex } from '@counterfoil/core'
import { DirectorySource, leafHash, nodePlatform, verifyBundle, verifyReceipt } from '@counterfoil/verify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Into } from '../../platform-hash.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const COUNT = 900
const VERIFIER = fileURLToPath(new URL('../../../../../test/verifier.py', import.meta.url))
let server: TestServer
let key: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'counterfoil-archive-'))
  server = await openTestServer()
  key = await server.makeKey()
  const entries = Array.from({ length: COUNT }, (_, i) => ({
    action: i % 100 === 0 ? 'invoice.paid' : 'order.created',
    metadata: { i, text: 'x'.repeat(i === 5 ? 100_000 : 10) },
  }))
  const { status } = await server.call(key, 'POST', '/v1/audit_log_entries?wait=checkpoint', entries)
  expect(status).toBe(201)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/** Fetches an archive, has the system's own tar unpack it, and verifies what comes out. */
async function fetchAndVerify(name: string, query = '') {
  const response = await fetch(`${server.url}/v1/log/export${query}`, {
    headers: { authorization: `Bearer ${key}` },
  })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-tar'])
  const directory = mkdtempSync(join(folder, name))
  const archive = join(folder, `${name}.tar`)
  writeFileSync(archive, Buffer.from(await response.arrayBuffer()))
  expect(spawnSync('tar', ['-xf', archive, '-C', directory], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  })
  const { vkeys } = (await server.call(key, 'GET', '/v1/log')).body as { vkeys: string[] }
  const trust = { keys: vkeys.map((vkey) => parseVerifierKey(sha256Into, vkey)) }
  return verifyBundle(nodePlatform, new DirectorySource(join(directory, 'audit-log')), { trust })
}

describe('GET /v1/log/export', () => {
  it('is an archive that verifies, of all that a checkpoint covers', async () => {
    const report = await fetchAndVerify('whole')
    expect([report.problems, report.level, report.kind]).toEqual([[], 'L1', 'log'])
    expect(report.entries).toBeGreaterThanOrEqual(COUNT)
  })

  it.runIf(spawnSync('python3', ['-c', 'import cryptography']).status === 0)(
    'verifies in another language, too',
    async () => {
      await fetchAndVerify('python')
      const directory = join(folder, 'in-python')
      mkdirSync(directory)
      spawnSync('tar', ['-xf', join(folder, 'python.tar'), '-C', directory])
      const { vkeys } = (await server.call(key, 'GET', '/v1/log')).body as { vkeys: string[] }
      const args = [VERIFIER, join(directory, 'audit-log'), vkeys[0] as string]
      const { stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8' })
      expect([stderr, JSON.parse(stdout)]).toEqual(['', expect.objectContaining({ verdict: 'verified' })])
    },
  )

  it('agrees with the receipts of its entries', async () => {
    const { body: page } = await server.call(
      key,
      'GET',
      '/v1/audit_log_entries?limit=20&order=asc&expand[]=data.chain',
    )
    const { vkeys } = (await server.call(key, 'GET', '/v1/log')).body as { vkeys: string[] }
    const keys = vkeys.map((vkey) => parseVerifierKey(sha256Into, vkey))
    for (const { id, _chain } of page.data as { id: string; _chain: { entry_hash: string } }[]) {
      const { body } = await server.call(key, 'GET', `/v1/audit_log_entries/${id}/proof`)
      const { report, leaf } = await verifyReceipt(nodePlatform, Buffer.from(body as string), { keys })
      expect([report.level, leaf?.id]).toEqual(['L1', id])
      expect(toHex(leafHash(sha256Into, Buffer.from(leafText(leaf as Leaf))))).toBe(_chain.entry_hash)
    }
  })

  it('holds what is selected, each entry with its own proof', async () => {
    const report = await fetchAndVerify('chosen', '?action=invoice.paid')
    expect([report.problems, report.level, report.kind]).toEqual([[], 'L1', 'selection'])
    expect(report.entries).toBe(COUNT / 100)
    expect(await fetchAndVerify('none', '?query=action:nothing')).toMatchObject({
      entries: 0,
      verdict: 'verified',
    })
  })

  it('is recorded, and refused to whoever may not see everything', async () => {
    await fetchAndVerify('noted')
    const found = await server.call(key, 'GET', '/v1/audit_log_entries?action=log.exported')
    expect(found.body.data[0].metadata).toMatchObject({ format: 'proof', path: '/v1/log/export' })
    const own = await server.makeKey({ scopes: ['audit:read:own'] })
    expect(await server.call(own, 'GET', '/v1/log/export')).toMatchObject({ status: 403 })
    expect(await server.call(key, 'GET', '/v1/log/export?nonsense=1')).toMatchObject({
      status: 400,
      body: { param: 'nonsense' },
    })
  })

  it('lets go of an archive whose reader goes away', async () => {
    for (let i = 0; i < 8; i++) {
      const response = await fetch(`${server.url}/v1/log/export`, {
        headers: { authorization: `Bearer ${key}` },
      })
      await response.body?.cancel()
    }
    expect(await fetchAndVerify('after')).toMatchObject({ verdict: 'verified' })
  })

  it('gives another organization its own log alone', async () => {
    const other = await server.makeKey({ slug: 'globex' })
    await server.call(other, 'POST', '/v1/audit_log_entries?wait=checkpoint', { action: 'theirs' })
    const response = await fetch(`${server.url}/v1/log/export`, {
      headers: { authorization: `Bearer ${other}` },
    })
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
    expect(text).toContain('"theirs"')
    expect(text).not.toContain('invoice.paid')
  })
})
