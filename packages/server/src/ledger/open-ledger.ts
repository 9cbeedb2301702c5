import type { Ledger, LedgerReader } from './ledger.js'
import { openS3Ledger, type S3Place } from './s3/s3-ledger.js'
import { openS3LedgerReader } from './s3/s3-ledger-reader.js'
import { openSqliteLedger, openSqliteLedgerReader } from './sqlite/sqlite-ledger.js'

/** Where the ledger is, in a form that threads can be given. */
export type LedgerPlace = { readonly kind: 'sqlite'; readonly path: string } | S3Place

/** Opens the ledger for writing; makes it when it is not there. */
export async function openLedger(place: LedgerPlace): Promise<Ledger> {
  return place.kind === 's3' ? openS3Ledger(place) : openSqliteLedger(place.path)
}

/** Opens the ledger for reading, on a connection of its own. */
export async function openLedgerReader(place: LedgerPlace): Promise<LedgerReader> {
  return place.kind === 's3' ? openS3LedgerReader(place) : openSqliteLedgerReader(place.path)
}
