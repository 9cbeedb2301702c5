import { expect, it } from 'vitest'
import { readGuarded, UNGUARDED_SESSION } from '../../postgres/guard.js'
import { openPostgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { type LedgerHarness, ledgerConformance } from '../conformance.js'
import { openPostgresLedger, openPostgresLedgerReader } from './postgres-ledger.js'
import { LEDGER_GUARD } from './schema.js'

ledgerConformance('postgresql', async () => openHarness(await createTestDatabase()))

async function openHarness(url: string): Promise<LedgerHarness> {
  const settings = { url, purpose: 'test' }
  const ledger = await openPostgresLedger(settings)
  const reader = await openPostgresLedgerReader(settings)
  const close = async () => {
    await ledger.close()
    await reader.close()
  }
  return {
    ledger,
    reader,
    another: () => openPostgresLedger(settings),
    damage: async (origin, what, index) => {
      const [table, column, key] =
        what === 'tile' ? ['ledger_tiles', 'hashes', 'tile'] : ['ledger_bundles', 'bytes', 'bundle']
      const postgres = await openPostgres({ ...settings, session: UNGUARDED_SESSION })
      await postgres.query(
        `UPDATE ${table} SET ${column} = set_bit(${column}, 4 * length(${column}), 1 - get_bit(${column}, 4 * length(${column})))
         WHERE log = (SELECT log FROM ledger_logs WHERE origin = $1) AND ${key} = $2`,
        [origin, index],
      )
      await postgres.close()
    },
    reopen: async () => {
      await close()
      return openHarness(url)
    },
    close,
  }
}

it('shows a statement that forgets its filter the rows of the log that it is for, and without one none', async () => {
  const settings = { url: await createTestDatabase(), purpose: 'test' }
  const ledger = await openPostgresLedger(settings)
  const bytes = new Uint8Array(100)
  for (const origin of ['a.test/log/a/live/0', 'a.test/log/b/live/0'])
    await ledger.put(origin, 256, [
      { kind: 'bundle', index: 0, bytes },
      { kind: 'tile', level: 0, index: 0, hashes: new Uint8Array(8_192), root: new Uint8Array(32) },
    ])
  await ledger.close()
  const postgres = await openPostgres(settings)
  const text =
    'SELECT log FROM ledger_logs UNION ALL SELECT log FROM ledger_tiles UNION ALL SELECT log FROM ledger_bundles ORDER BY log'
  expect((await postgres.query(text)).rows).toEqual([])
  expect(await readGuarded(postgres, LEDGER_GUARD, 2, { text })).toEqual([{ log: 2 }, { log: 2 }, { log: 2 }])
  expect((await postgres.query("UPDATE ledger_bundles SET bytes = ''")).count).toBe(0)
  expect((await postgres.query('DELETE FROM ledger_tiles')).count).toBe(0)
  await postgres.close()
  // With the guard off, the same statement sees everything: it is the guard that held it back.
  const owner = await openPostgres({ ...settings, asOwner: true })
  expect((await owner.query(text)).rows).toHaveLength(6)
  await owner.close()
})
