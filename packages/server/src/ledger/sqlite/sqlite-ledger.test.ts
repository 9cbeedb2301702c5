import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../sqlite/driver.js'
import { type LedgerHarness, ledgerConformance } from '../conformance.js'
import { openSqliteLedger, openSqliteLedgerReader } from './sqlite-ledger.js'

ledgerConformance('sqlite', () => openHarness(mkdtempSync(join(tmpdir(), 'counterfoil-ledger-'))))

async function openHarness(directory: string): Promise<LedgerHarness> {
  const path = join(directory, 'ledger.db')
  const ledger = await openSqliteLedger(path)
  const reader = await openSqliteLedgerReader(path)
  const closeBoth = async () => {
    await ledger.close()
    await reader.close()
  }
  return {
    ledger,
    reader,
    another: () => openSqliteLedger(path),
    damage: async (origin, what, index) => {
      const database = await openDatabase(path)
      const [table, column, key] =
        what === 'tile' ? ['tiles', 'hashes', 'tile'] : ['bundles', 'bytes', 'bundle']
      const where = `log = (SELECT log FROM logs WHERE origin = ?) AND ${key} = ?`
      const row = database
        .prepare(`SELECT ${column} AS bytes FROM ${table} WHERE ${where}`)
        .get(origin, index)
      const { bytes } = row as { bytes: Uint8Array }
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
      database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`).run(bytes, origin, index)
      database.close()
    },
    reopen: async () => {
      await closeBoth()
      return openHarness(directory)
    },
    close: async () => {
      await closeBoth()
      rmSync(directory, { recursive: true })
    },
  }
}
