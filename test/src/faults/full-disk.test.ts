import { rmSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { fill, mountTmpfs, whyNoMounts } from '../support/mounts.js'
import { EVERY_ACTION } from '../support/numbered-entry.js'
import { FaultBench, until } from './fault-bench.js'

const why = whyNoMounts()
if (why !== undefined) {
  process.stderr.write(`\n*** SKIPPED: the full-disk test did not run, so nothing shows that recording survives a full
*** disk. ${why}. Run it as root on Linux.\n\n`)
}

const DISK_BYTES = 160 * 2 ** 20
const RESUME_MS_MAX = 5_000

let bench: FaultBench
afterEach(() => bench.end())

describe.skipIf(why !== undefined)(`a full disk (${why ?? 'tmpfs works'})`, () => {
  it.each([
    ['less is free than the reserve', '16', 12 * 2 ** 20],
    ['nothing is free and there is no reserve', '0', 0],
  ])(
    'stops recording while %s, answers reads, and goes on by itself',
    async (_when, reserveMb, leave) => {
      bench = new FaultBench({ COUNTERFOIL_DISK_RESERVE_MB: reserveMb })
      await mountTmpfs(bench.place, DISK_BYTES)
      await bench.begin()
      await bench.acknowledged(500, 20_000)
      const ballast = fill(bench.place, leave)
      await until(() => bench.load.failureCount > 20, 20_000, 'refused requests')

      expect([...bench.load.failures.keys()]).toEqual(['503 disk_full'])
      const { api } = bench
      for (const [path, statuses] of [
        ['/v1/audit_log_entries?limit=10', [200]],
        [`/v1/audit_log_entries/${bench.load.entries.idOf(0)}`, [200]],
        [`/v1/audit_log_entries?limit=10&action=${EVERY_ACTION}`, [200, 503]],
      ] as const)
        expect(statuses).toContain((await api.get(path)).status)
      api.close()

      rmSync(ballast)
      await bench.acknowledged(100, RESUME_MS_MAX)
      expect(await bench.settle()).toBe(bench.load.acknowledgements.issued)
      expect([...bench.load.failures.keys()]).toEqual(['503 disk_full'])
      expect(bench.findings.texts).toEqual([])
    },
    120_000,
  )
})
