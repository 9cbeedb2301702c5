import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
