import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseVerifierKey } from '@counterfoil/core'
import { DirectorySource, nodePlatform, type Trust, verifyBundle } from '@counterfoil/verify'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sha256Into } from '../platform-hash.js'
import { openTestServer } from '../testing/test-server.js'

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const VERIFIER = fileURLToPath(new URL('../../../../test/verifier.py', import.meta.url))
const REASON = 'The disk of the journal was lost, and a backup of last night put back.'
const ORG = ['--org', 'acme', '--mode', 'live']

let directory: string
let out: string
let kept: Uint8Array
let oldKey: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-epoch-'))
  out = join(directory, 'export')
  const first = await openTestServer({}, directory)
  const key = await first.makeKey()
  const record = async (server: typeof first, with_: string, count: number) => {
    const body = Array.from({ length: count }, (_, i) => ({ action: 'a.b', metadata: { i } }))
    const path = '/v1/audit_log_entries?wait=checkpoint'
    expect(await server.call(with_, 'POST', path, body)).toMatchObject({ status: 201 })
  }
  await record(first, key, 300)
  await first.counterfoil.close()
  copyJournal('journal.db', 'backup.db')
  const second = await openTestServer({}, directory)
  await record(second, await second.makeKey(), 50)
  const { body } = await second.call(await second.makeKey(), 'GET', '/v1/log/checkpoint')
  kept = Buffer.from(body as string)
  oldKey = ((await second.call(await second.makeKey(), 'GET', '/v1/log')).body as { vkeys: string[] })
    .vkeys[0] as string
  await second.counterfoil.close()
  copyJournal('backup.db', 'journal.db')
  // It notices, and records on.
  const third = await openTestServer({}, directory)
  const body3 = [{ action: 'while.frozen' }]
  expect(await third.call(await third.makeKey(), 'POST', '/v1/audit_log_entries', body3)).toMatchObject({
    status: 201,
  })
  await third.counterfoil.close()
})
afterAll(() => rmSync(directory, { recursive: true }))

function copyJournal(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(join(directory, to + suffix), { force: true })
    if (suffix !== '-shm' && existsSync(join(directory, from + suffix)))
      copyFileSync(join(directory, from + suffix), join(directory, to + suffix))
  }
}

function run(...options: readonly string[]) {
  const args = [MAIN, ...options, '--data', directory, '--json']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return {
    status,
    stderr,
    lines: stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  }
}

const verified = (trust: Trust) => verifyBundle(nodePlatform, new DirectorySource(out), { trust })
const trusting = (...vkeys: readonly string[]) => ({
  keys: vkeys.map((vkey) => parseVerifierKey(sha256Into, vkey)),
})

describe('a log that lost entries', () => {
  let change: { vkey: string; new_origin: string }

  it('is listed as frozen, with the reason', () => {
    const [log] = run('log', 'list').lines
    expect(log).toMatchObject({
      name: 'acme/live',
      entries: 301,
      signed_entries: 350,
      frozen: expect.any(String),
    })
  })

  it('is begun anew only with a reason, and only when it is frozen', () => {
    expect(run('log', 'epoch', ...ORG, '--reason', 'short')).toMatchObject({ status: 2 })
    const preview = run('log', 'epoch', ...ORG, '--reason', REASON, '--preview')
    expect(preview).toMatchObject({ status: 0, lines: [{ preview: true, old_size: 350, carried_size: 301 }] })
    expect(run('log', 'list').lines[0]).toMatchObject({ entries: 301, frozen: expect.any(String) })
    const begun = run('log', 'epoch', ...ORG, '--reason', REASON)
    expect(begun.stderr).toBe('')
    change = begun.lines[0]
    expect(change).toMatchObject({
      preview: false,
      reason: REASON,
      new_origin: expect.stringMatching(/\/live\/1$/),
    })
    const again = run('log', 'epoch', ...ORG, '--reason', REASON)
    expect(again.stderr).toContain('not frozen')
  })

  it('is signed again from its first entry, and says so itself', async () => {
    const server = await openTestServer({}, directory)
    try {
      const key = await server.makeKey()
      const sent = await server.call(key, 'POST', '/v1/audit_log_entries?wait=checkpoint', {
        action: 'after.all',
      })
      expect(sent.status).toBe(201)
      expect((await server.call(key, 'GET', '/v1/log')).body).toMatchObject({
        origin: change.new_origin,
        size: expect.any(Number),
        frozen: null,
        vkeys: [change.vkey],
        earlier_epochs: [{ size: 350, vkeys: [oldKey], checkpoint: Buffer.from(kept).toString() }],
      })
      // The engine of a loaded machine may take a while to start.
      const found = await vi.waitFor(async () => {
        const page = await server.call(key, 'GET', '/v1/audit_log_entries?action=log.epoch')
        expect(page.body.data).toHaveLength(1)
        return page
      }, 60_000)
      expect(found.body.data[0]).toMatchObject({
        metadata: { reason: REASON, old_size: 350, carried_size: 301 },
      })
      // An entry of before has a receipt under the new name.
      const { body } = await server.call(key, 'GET', '/v1/audit_log_entries?limit=1&order=asc')
      const receipt = await server.call(key, 'GET', `/v1/audit_log_entries/${body.data[0].id}/proof`)
      expect(receipt.body).toContain(change.new_origin)
    } finally {
      await server.counterfoil.close()
    }
    expect(run('fsck')).toMatchObject({ status: 0 })
    expect(run('log', 'list').lines.find(({ name }) => name === 'acme/live')).toMatchObject({ frozen: null })
  })

  it('verifies as a whole, and whoever verifies is told; a checkpoint that was kept proves the loss', async () => {
    expect(run('export', '--proof', ...ORG, '--out', out)).toMatchObject({ status: 0 })
    const report = await verified(trusting(change.vkey))
    expect([report.problems, report.verdict, report.level]).toEqual([[], 'verified', 'L1'])
    expect(report.epochs).toEqual([
      { origin: change.new_origin, first_seq: 301, old_size: 350, reason: REASON },
    ])
    expect(report.notes.join()).toContain('BEGUN ANEW at entry 301')
    const held = await verified({ ...trusting(change.vkey, oldKey), kept })
    expect(held).toMatchObject({ verdict: 'FAILED', checks: { kept: 'FAILED', tree: 'passed' } })
    const stranger = await verified(trusting(oldKey))
    expect(stranger.problems[0]?.detail).toContain('begun anew')
  })

  it.runIf(spawnSync('python3', ['-c', 'import cryptography']).status === 0)(
    'verifies in another language, too',
    () => {
      const { stdout } = spawnSync('python3', [VERIFIER, out, change.vkey], { encoding: 'utf8' })
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified', epochs: [301] })
    },
  )

  it('gives chosen entries of both epochs that verify', async () => {
    const chosen = join(directory, 'chosen')
    expect(run('export', '--proof', ...ORG, '--out', chosen, 'action:a.b')).toMatchObject({ status: 0 })
    const report = await verifyBundle(nodePlatform, new DirectorySource(chosen), {
      trust: trusting(change.vkey),
    })
    expect([report.problems, report.entries]).toEqual([[], 300])
    const { stdout } = spawnSync('python3', [VERIFIER, chosen, change.vkey], { encoding: 'utf8' })
    if (stdout !== '') expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified', entries: 300 })
  })

  it('is not taken for sound when the entry about it was exchanged', async () => {
    const source = new DirectorySource(out)
    const lines = Buffer.from((await source.read('disclosures/000000.jsonl')) as Uint8Array).toString()
    writeFileSync(join(out, 'disclosures/000000.jsonl'), lines.replace('"log.epoch"', '"log.epics"'))
    const report = await verified(trusting(change.vkey))
    expect(report.problems.map(({ code }) => code)).toContain('unannounced_epoch')
  })
})
