import type { Ledger, LedgerReader } from './ledger.js'
import type { S3Place } from './s3/s3-ledger.js'
import { openSqliteLedger, openSqliteLedgerReader } from './sqlite/sqlite-ledger.js'

// Only the engine that is used is loaded: each thread would hold some megabytes of the others.

/** Where the ledger is, in a form that threads can be given. */
export type LedgerPlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** `setting` is where the URL is from, for messages. */
  | { readonly kind: 'postgres'; readonly url: string; readonly setting: 'database_url' | 'ledger_url' }
  | S3Place

/** Opens the ledger for writing; makes it when it is not there. */
export async function openLedger(place: LedgerPlace): Promise<Ledger> {
  switch (place.kind) {
    case 'sqlite':
      return openSqliteLedger(place.path)
    case 'postgres': {
      const { openPostgresLedger } = await import('./postgres/postgres-ledger.js')
      return openPostgresLedger({ url: place.url, setting: place.setting, purpose: 'ledger' })
    }
    case 's3': {
      const { openS3Ledger } = await import('./s3/s3-ledger.js')
      return openS3Ledger(place)
    }
  }
}

/** Opens the ledger for reading, on connections of its own. */
export async function openLedgerReader(place: LedgerPlace): Promise<LedgerReader> {
  switch (place.kind) {
    case 'sqlite':
      return openSqliteLedgerReader(place.path)
    case 'postgres': {
      const { openPostgresLedgerReader } = await import('./postgres/postgres-ledger.js')
      return openPostgresLedgerReader({ url: place.url, setting: place.setting, purpose: 'ledger reading' })
    }
    case 's3': {
      const { openS3LedgerReader } = await import('./s3/s3-ledger-reader.js')
      return openS3LedgerReader(place)
    }
  }
}
