import { createHash } from 'node:crypto'
import { type Database, openDatabase, type Statement } from '../../sqlite/driver.js'

/**
 * Counts how often the same bytes were seen before. It keeps its counts in a temporary file that SQLite makes and the
 * system removes with the process: a Map of a file with a hundred million lines would not fit into memory.
 */
export class RepeatCounter {
  readonly #database: Database
  readonly #count: Statement

  private constructor(database: Database) {
    this.#database = database
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384')
    database.exec('CREATE TABLE seen (hash BLOB PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID; BEGIN')
    this.#count = database.prepare(
      'INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times',
    )
  }

  static async open(): Promise<RepeatCounter> {
    // The empty name is SQLite's for a private temporary database on disk.
    return new RepeatCounter(await openDatabase(''))
  }

  /** 0 for bytes that are new, 1 for their first repetition, and so on. */
  ordinal(bytes: Uint8Array): number {
    const hash = createHash('sha256').update(bytes).digest().subarray(0, 16)
    return (this.#count.get(hash) as { times: number }).times - 1
  }

  close(): void {
    this.#database.close()
  }
}
