import type { Journal, JournalReader, RestingEntries } from './journal.js'
import { openSqliteJournal } from './sqlite/sqlite-journal.js'
import { openSqliteJournalReader } from './sqlite/sqlite-reader.js'

// Only the engine that is used is loaded: each thread would hold some megabytes of the others.

/** Where the journal is, in a form that threads can be given. */
export type JournalPlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres'
      readonly url: string
      /** Which search index's progress is read and noted: several may follow one journal. */
      readonly index: string
    }

export interface JournalWriterSettings {
  /** Host part of log origins, fixed when the journal is made. */
  readonly originHost: string
  /** Recording stops when the disk of a journal on this machine has fewer free bytes. */
  readonly diskReserveBytes: number
  /** Microseconds since 1970; may step back. */
  readonly now: () => number
  /** Gives the entries whose rows were trimmed; they are closed with the journal. */
  readonly resting: () => Promise<RestingEntries>
}

/** Opens the journal for writing; makes it when it is not there. One in SQLite must have no other writer. */
export async function openJournal(place: JournalPlace, settings: JournalWriterSettings): Promise<Journal> {
  if (place.kind === 'sqlite') return openSqliteJournal({ ...settings, path: place.path })
  const { openPostgresJournal } = await import('./postgres/postgres-journal.js')
  return openPostgresJournal({ ...settings, url: place.url, index: place.index })
}

/**
 * Opens the journal for reading, on connections of its own. `resting` gives the entries whose rows were trimmed, which are
 * closed with the reader; `purpose` is shown where a server lists its connections.
 */
export async function openJournalReader(
  place: JournalPlace,
  purpose: string,
  resting: () => Promise<RestingEntries>,
): Promise<JournalReader> {
  if (place.kind === 'sqlite') return openSqliteJournalReader(place.path, resting)
  const { openPostgresJournalReader } = await import('./postgres/postgres-rows.js')
  return openPostgresJournalReader({ url: place.url, index: place.index, purpose }, resting)
}
