import type { Ledger, LedgerReader } from './ledger.js'
import { openSqliteLedger, openSqliteLedgerReader } from './sqlite/sqlite-ledger.js'

/** Where the ledger is, in a form that threads can be given. */
export type LedgerPlace = { readonly kind: 'sqlite'; readonly path: string }

/** Opens the ledger for writing; makes it when it is not there. */
export function openLedger(place: LedgerPlace): Promise<Ledger> {
  return openSqliteLedger(place.path)
}

/** Opens the ledger for reading, on a connection of its own. */
export function openLedgerReader(place: LedgerPlace): Promise<LedgerReader> {
  return openSqliteLedgerReader(place.path)
}
