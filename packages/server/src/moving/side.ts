import { AppError } from '@counterfoil/core'
import { describeAddress, type PostgresSetting } from '../postgres/connection-url.js'
import { UNGUARDED_SESSION } from '../postgres/guard.js'
import {
  type DedicatedConnection,
  openPostgres,
  type Postgres,
  type SqlConnection,
} from '../postgres/postgres.js'
import { type Database, openDatabase } from '../sqlite/driver.js'

/** PostgreSQL's code for a table that is not there. */
const NO_SUCH_TABLE = '42P01'

export type Value = string | number | Uint8Array | null
export type Row = Readonly<Record<string, Value>>

/** Statements in the words that both engines know, with `?` for values. */
export interface SideSql {
  all(text: string, values?: readonly Value[]): Promise<readonly Row[]>
}

/** A journal's tables in one engine, as they are: what rests in them is moved and never made anew. */
export interface Side extends SideSql {
  readonly engine: 'sqlite' | 'postgres'
  /** All of `work` durably, or nothing. */
  change(work: (sql: SideSql) => Promise<void>): Promise<void>
  close(): Promise<void>
}

/** What is read sees one moment for as long as it is open. */
export async function openSqliteSource(path: string): Promise<Side> {
  const database = await openDatabase(path, { readOnly: true })
  database.exec('BEGIN')
  return new SqliteSide(database)
}

/** Tables that are there already, to be written to. */
export async function openSqliteTarget(path: string): Promise<Side> {
  const database = await openDatabase(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
  return new SqliteSide(database)
}

/** Tables that are there already. As their owner: numbers of logs are given by a sequence that nobody else may set. */
export async function openPostgresSide(
  url: string,
  setting: PostgresSetting,
  schema?: string,
): Promise<Side> {
  const place = { url, setting, ...(schema === undefined ? {} : { schema }) }
  return new PostgresSide(
    await openPostgres({ ...place, purpose: 'move', asOwner: true, session: UNGUARDED_SESSION }),
  )
}

/**
 * The same to be read, as it is at the moment at which this resolves, however long that takes. PostgreSQL keeps what is replaced or
 * removed meanwhile until it is closed.
 */
export async function openPostgresSnapshot(
  url: string,
  setting: PostgresSetting,
  schema?: string,
): Promise<Side> {
  const place = { url, setting, ...(schema === undefined ? {} : { schema }) }
  const postgres = await openPostgres({
    ...place,
    purpose: 'backup',
    connectionsMax: 1,
    answerTimeoutMs: 3_600_000,
    session: { ...UNGUARDED_SESSION, idle_in_transaction_session_timeout: '0' },
  })
  try {
    const connection = await postgres.connect()
    await connection.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    // The moment is that of the first statement.
    await connection.query('SELECT 1 FROM migrations LIMIT 1')
    return new PostgresSnapshot(postgres, connection)
  } catch (error) {
    await postgres.close()
    if ((error as { code?: unknown }).code !== NO_SUCH_TABLE) throw error
    throw new AppError('not_found', {
      hint: `${setting}: there is nothing of Counterfoil's in ${describeAddress(postgres.address)}.`,
      cause: error,
    })
  }
}

/** Tables of a connection that somebody else opened, and closes. */
export class SqliteSide implements Side {
  readonly engine = 'sqlite'
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(text: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#database.prepare(text).all(...values) as unknown as readonly Row[]
  }

  async change(work: (sql: SideSql) => Promise<void>): Promise<void> {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      await work(this)
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  async close(): Promise<void> {
    this.#database.close()
  }
}

class PostgresSide implements Side {
  readonly engine = 'postgres'
  readonly #postgres: Postgres

  constructor(postgres: Postgres) {
    this.#postgres = postgres
  }

  all(text: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return ask(this.#postgres, text, values)
  }

  change(work: (sql: SideSql) => Promise<void>): Promise<void> {
    return this.#postgres.transaction((connection) =>
      work({ all: (text, values = []) => ask(connection, text, values) }),
    )
  }

  close(): Promise<void> {
    return this.#postgres.close()
  }
}

class PostgresSnapshot implements Side {
  readonly engine = 'postgres'
  readonly #postgres: Postgres
  readonly #connection: DedicatedConnection

  constructor(postgres: Postgres, connection: DedicatedConnection) {
    this.#postgres = postgres
    this.#connection = connection
  }

  all(text: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return ask(this.#connection, text, values)
  }

  async change(): Promise<void> {
    throw new Error('a snapshot is there to be read')
  }

  async close(): Promise<void> {
    this.#connection.release(true)
    await this.#postgres.close()
  }
}

async function ask(sql: SqlConnection, text: string, values: readonly Value[]): Promise<readonly Row[]> {
  let place = 0
  const { rows } = await sql.query<Row>(
    text.replace(/\?/g, () => `$${++place}`),
    values,
  )
  return rows
}
