import { openPostgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { type LedgerHarness, ledgerConformance } from '../conformance.js'
import { openPostgresLedger, openPostgresLedgerReader } from './postgres-ledger.js'

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
      const postgres = await openPostgres(settings)
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
