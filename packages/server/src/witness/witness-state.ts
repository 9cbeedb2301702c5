import { AppError, type Checkpoint } from '@counterfoil/core'
import { type Database, inTransaction, openDatabase, type Statement } from '../sqlite/driver.js'

const SCHEMA_VERSION = 1
const SCHEMA = `
-- One row a log: the newest checkpoint that this witness has cosigned. Rows are never deleted: a witness that forgets a
-- log could be made to cosign another history of it.
CREATE TABLE cosigned (
  origin TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note TEXT NOT NULL,
  cosigned_at INTEGER NOT NULL
) STRICT;
`

/** What a witness has cosigned last of a log. */
export interface Cosigned {
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
  /** The checkpoint as it was submitted, with the cosignature behind it. */
  readonly note: string
}

interface Row {
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

/** All that a witness remembers, in one SQLite file. Several processes may share it. */
export class WitnessState {
  // Referenced for as long as the state lives: a prepared statement does not keep its connection open.
  readonly #database: Database
  readonly #read: Statement
  readonly #insert: Statement
  readonly #update: Statement

  private constructor(database: Database) {
    this.#database = database
    this.#read = database.prepare('SELECT size, root, note FROM cosigned WHERE origin = ?')
    this.#insert = database.prepare(
      'INSERT INTO cosigned (size, root, note, cosigned_at, origin) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#update = database.prepare(
      'UPDATE cosigned SET size = ?, root = ?, note = ?, cosigned_at = ? WHERE origin = ? AND size = ? AND root = ?',
    )
  }

  static async open(path: string): Promise<WitnessState> {
    const database = await openDatabase(path)
    database.exec('PRAGMA busy_timeout = 5000')
    database.exec('PRAGMA journal_mode = WAL')
    // FULL: what was cosigned and then forgotten may be contradicted by the next cosignature.
    database.exec('PRAGMA synchronous = FULL')
    inTransaction(database, () => {
      const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
      if (user_version === SCHEMA_VERSION) return
      if (user_version !== 0) {
        throw new AppError('invalid_setting', {
          hint: `${path} has schema version ${user_version}, this Counterfoil knows ${SCHEMA_VERSION}. Use the version that wrote it, or a newer one.`,
        })
      }
      database.exec(SCHEMA)
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    })
    return new WitnessState(database)
  }

  /** Undefined for a log that was never cosigned. */
  latest(origin: string): Cosigned | undefined {
    return this.#read.get(origin) as Row | undefined
  }

  /**
   * Compare and swap, durably: remembers `to` if what was cosigned last still is `from`. One statement, so that of two
   * requests that race one is refused, and the witness is never rolled back.
   */
  advance(from: Cosigned | undefined, to: Checkpoint, note: string, timeS: number): boolean {
    const values = [to.size, to.root, note, timeS, to.origin] as const
    const { changes } =
      from === undefined ? this.#insert.run(...values) : this.#update.run(...values, from.size, from.root)
    return Number(changes) === 1
  }

  close(): void {
    this.#database.close()
  }
}
