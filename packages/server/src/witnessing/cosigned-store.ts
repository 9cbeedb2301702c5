import { type Database, inTransaction, openDatabase, type Statement } from '../sqlite/driver.js'

const SCHEMA = `
-- The newest checkpoint of each log that enough witnesses have cosigned, with all its signatures.
CREATE TABLE IF NOT EXISTS cosigned (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
`

export interface CosignedCheckpoint {
  readonly size: number
  readonly note: string
}

/**
 * Remembers cosigned checkpoints, for exports and for after a restart. Losing it costs nothing but a while: witnesses
 * cosign again what they are shown again.
 */
export class CosignedStore {
  // Referenced for as long as the store lives: a prepared statement does not keep its connection open.
  readonly #database: Database
  readonly #read: Statement
  readonly #write: Statement

  private constructor(database: Database) {
    this.#database = database
    this.#read = database.prepare('SELECT size, note FROM cosigned WHERE origin = ?')
    this.#write = database.prepare(
      `INSERT INTO cosigned (origin, size, note) VALUES (?, ?, ?)
       ON CONFLICT (origin) DO UPDATE SET size = excluded.size, note = excluded.note WHERE excluded.size >= size`,
    )
  }

  static async open(path: string): Promise<CosignedStore> {
    const database = await openDatabase(path)
    database.exec('PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    inTransaction(database, () => database.exec(SCHEMA))
    return new CosignedStore(database)
  }

  of(origin: string): CosignedCheckpoint | undefined {
    return this.#read.get(origin) as CosignedCheckpoint | undefined
  }

  put(origin: string, { size, note }: CosignedCheckpoint): void {
    this.#write.run(origin, size, note)
  }

  close(): void {
    this.#database.close()
  }
}
