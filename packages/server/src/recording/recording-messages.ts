import type { BodyFormat, LogName, Problem } from '@counterfoil/core'
import type { AccessPlace } from '../access/open-access-store.js'
import type { CataloguePlace } from '../catalogue/open-catalogue.js'
import type { IdConflict, PositionRange } from '../journal/journal.js'
import type { JournalPlace } from '../journal/open-journal.js'
import type { LedgerPlace } from '../ledger/open-ledger.js'

export interface RecordingThreadSettings {
  readonly journal: JournalPlace
  /** Where entries rest whose rows were trimmed. */
  readonly ledger: LedgerPlace
  readonly originHost: string
  readonly diskReserveBytes: number
  /** Where catalogues are read and flags are counted; without it, entries are held against no catalogue. */
  readonly catalogue?: { readonly access: AccessPlace; readonly flags: CataloguePlace }
}

export interface RecordRequest {
  readonly log: LogName
  /** The request's body, exactly as it came. It is given away: nobody may read or write it afterwards. */
  readonly body: Uint8Array
  readonly format: BodyFormat
  /** Names the route in the scope of an Idempotency-Key. */
  readonly route: string
  readonly idempotencyKey?: string
  /** Of a caller that was remembered; see `JournalBatch`. Without it nothing is answered by `access_changed`. */
  readonly accessVersion?: number | undefined
  /** Entries about ourselves are recorded whatever a catalogue says, and may say that something was taken away from the log. */
  readonly ownEntries?: true
}

/** One request's place in its group, and how it is recorded. */
export interface GroupRequest {
  readonly log: LogName
  readonly format: BodyFormat
  readonly offset: number
  readonly length: number
  readonly route: string
  readonly idempotencyKey: string | undefined
  /** Whether these entries are about ourselves. */
  readonly own: boolean
  /** Of the log's catalogue; undefined where every entry is accepted. */
  readonly catalogueRevision: number | undefined
  /** See `JournalBatch`. */
  readonly accessVersion: number | undefined
}

/** Requests that share one transaction. Their bodies lie one after another in `bytes`. */
export interface RecordGroup {
  readonly bytes: Uint8Array
  readonly requests: readonly GroupRequest[]
  /** Whether it lets others go first in the middle of its work: several organizations record, and it is large. */
  readonly givesWay: boolean
  /** Whether the index keeps up, so that encoding its rows now saves reading them back. */
  readonly wantsIndexRows: boolean
}

export type RecordAnswer =
  /** `receipts` is a JSON array of Receipt, one for each entry in order. */
  | {
      readonly kind: 'recorded'
      readonly receipts: string
      readonly count: number
      readonly replayed: number
    }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | { readonly kind: 'id_conflict'; readonly conflicts: readonly IdConflict[] }
  | { readonly kind: 'idempotency_key_mismatch' }
  | { readonly kind: 'clock_behind' }
  | { readonly kind: 'damaged'; readonly code: 'damaged_journal' | 'damaged_ledger'; readonly hint: string }
  /** Of a request with an `accessVersion`, which is not the version any more; with the body, to be sent again by a caller looked up anew. */
  | { readonly kind: 'access_changed'; readonly body: Uint8Array }

/** Encoded index rows of journal rows that follow one another. */
export interface IndexRows extends PositionRange {
  /** Number of entries. */
  readonly rowCount: number
  readonly bytes: Uint8Array
}

/** Rows that were read back from the journal, without some that are in memory. */
export interface RowsRead {
  /** In order of position, divided where rows in memory belong between them. */
  readonly runs: readonly IndexRows[]
  /** Up to this position there are no rows but those of the runs and those in memory. */
  readonly through: number
}

export interface GroupAnswer {
  /** One for each request, in order. */
  readonly answers: readonly RecordAnswer[]
  /** Position of the journal's newest row; undefined when nothing was appended. */
  readonly lastPosition: number | undefined
  /** Newest row of each log that was appended to. */
  readonly logPositions: readonly { readonly log: LogName; readonly position: number }[]
  readonly indexRows: readonly IndexRows[]
  /** Why flagged entries, which were recorded, could not be counted. */
  readonly uncountedFlags?: string
}
