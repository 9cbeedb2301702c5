import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type ApiAnswer, codeOf } from '../support/api.js'
import { EVERY_ACTION } from '../support/numbered-entry.js'
import { ownGroup } from '../support/process-group.js'
import { FaultBench, until } from './fault-bench.js'

const why = whyNoInjection()
if (why !== undefined) {
  process.stderr.write(`\n*** SKIPPED: the failed-fsync test did not run, so nothing shows that the journal freezes when
*** the disk fails. ${why}\n\n`)
}

/** Why system calls cannot be made to fail here; undefined when they can. */
function whyNoInjection(): string | undefined {
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', 'inject=fsync,fdatasync:error=EIO:when=1', 'true']
  const { error, status, stderr } = spawnSync('strace', args, { encoding: 'utf8' })
  if (error !== undefined) return 'strace is not installed.'
  return status === 0 ? undefined : `strace may not trace here: ${stderr}`
}

/** Lets the third sync from now of the journal's WAL fail with EIO; with `always`, all from there on. SQLite calls one or the other,
 * as it was built. */
async function failFsync(bench: FaultBench, always: boolean): Promise<ChildProcess> {
  const wal = join(bench.dataDirectory, 'journal.db-wal')
  const inject = `inject=fsync,fdatasync:error=EIO:when=3${always ? '+' : ''}`
  const args = ['-f', '-qq', '-o', '/dev/null', '-P', wal, '-e', 'trace=fsync,fdatasync', '-e', inject]
  const strace = spawn('strace', [...args, '-p', String(bench.server.pid)], {
    detached: true,
    stdio: 'inherit',
  })
  ownGroup(strace)
  return strace
}

/** Takes the fault away; the server goes on without a tracer. */
async function mend(strace: ChildProcess): Promise<void> {
  const ended = once(strace, 'exit')
  strace.kill('SIGINT')
  await ended
}

function entriesOf({ text }: ApiAnswer): readonly unknown[] {
  return (JSON.parse(text) as { data: readonly unknown[] }).data
}

let bench: FaultBench
afterEach(() => bench.end())

describe.skipIf(why !== undefined)(`a failed fsync of the journal (${why ?? 'strace works'})`, () => {
  it.each([
    ['once', false],
    ['from then on', true],
  ])(
    'freezes recording until a restart when it fails %s',
    async (_often, always) => {
      bench = new FaultBench()
      await bench.begin()
      await bench.acknowledged(200, 20_000)
      const strace = await failFsync(bench, always)
      await until(() => bench.load.failureCount > 0, 20_000, 'a refused request')
      await mend(strace)
      const { acknowledged } = bench.load.acknowledgements
      await delay(1_000)

      // The disk is well again, but what it holds is unknown: the kernel tells of a lost page once.
      expect([...bench.load.failures.keys()]).toEqual(['503 journal_frozen'])
      expect(bench.load.acknowledgements.acknowledged).toBe(acknowledged)
      const { api } = bench
      const refused = await api.post('/v1/audit_log_entries', JSON.stringify(bench.load.entries.draft(0)))
      expect([refused.status, codeOf(refused.text)]).toEqual([503, 'journal_frozen'])
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
      expect((await api.get('/readyz')).status).toBe(503)
      const listing = await api.get('/v1/audit_log_entries?limit=10')
      expect([listing.status, entriesOf(listing).length]).toEqual([200, 10])
      // Frozen, the journal cannot note how far the index is, so the index stays behind: the answer has to say so.
      const filtered = await api.get(`/v1/audit_log_entries?limit=10&action=${EVERY_ACTION}`)
      expect(filtered.status).toBe(200)
      expect(filtered.text.includes('"partial":true') || entriesOf(filtered).length === 10).toBe(true)
      api.close()

      await bench.load.pause()
      await bench.server.kill()
      await bench.begin()
      await bench.acknowledged(200, 20_000)
      expect(await bench.settle()).toBe(bench.load.acknowledgements.issued)
      expect(bench.findings.texts).toEqual([])
    },
    120_000,
  )
})
