import {
  openPostgres,
  type Postgres,
  type PostgresSettings,
  type SqlConnection,
} from '../postgres/postgres.js'
import { scrubTables } from '../postgres/scrub.js'
import type { Sql, SqlDatabase, SqlValue } from './sql-database.js'

/** Any number: transactions take this lock, one after the other over all processes, as they do in a file of SQLite. */
const TRANSACTION_LOCK = 7_264_102
/** Requests read by these at once; transactions wait for one another anyhow. */
const CONNECTIONS_MAX = 8

/** What is under one version: a table `versions` has a row with this name. */
export interface PostgresDatabaseSettings {
  readonly url: string
  readonly part: string
  /** Tables whose deleted rows leave nothing behind once `scrub` has resolved true. */
  readonly scrubbed: readonly string[]
}

/** Tables in PostgreSQL, which must be there. Throws as `openPostgres` does. */
export async function openPostgresDatabase(settings: PostgresDatabaseSettings): Promise<SqlDatabase> {
  const connection: PostgresSettings = {
    url: settings.url,
    purpose: settings.part,
    connectionsMax: CONNECTIONS_MAX,
  }
  return new PostgresDatabase(await openPostgres(connection), settings)
}

class PostgresDatabase implements SqlDatabase {
  readonly #postgres: Postgres
  readonly #settings: PostgresDatabaseSettings
  readonly #sql: Statements
  /** The question for the version that is under way, and the one after it. */
  #asking: Promise<number> | undefined
  #askingNext: Promise<number> | undefined

  constructor(postgres: Postgres, settings: PostgresDatabaseSettings) {
    this.#postgres = postgres
    this.#settings = settings
    this.#sql = new Statements(postgres)
  }

  all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#sql.all(text, ...values)
  }

  get<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return this.#sql.get(text, ...values)
  }

  /** A transaction of its own, so that others learn of it. */
  run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    return this.transaction((sql) => sql.run(text, ...values))
  }

  async runEach(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    if (rows.length === 0) return
    await this.#postgres.transaction((connection) => new Statements(connection).runEach(text, rows))
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#postgres.transaction(async (connection) => {
      await connection.query('SELECT pg_advisory_xact_lock($1)', [TRANSACTION_LOCK])
      const transaction = new Statements(connection)
      try {
        const result = await work(transaction)
        await transaction.run('UPDATE versions SET version = version + 1 WHERE part = ?', this.#settings.part)
        return result
      } finally {
        transaction.end()
      }
    })
  }

  /**
   * As it is after this was called. However many ask, one question is under way: those that come meanwhile share the next, as what
   * is under way may have looked before they came.
   */
  version(): Promise<number> {
    if (this.#askingNext !== undefined) return this.#askingNext
    if (this.#asking === undefined) return this.#ask()
    const next = () => {
      this.#askingNext = undefined
      return this.#ask()
    }
    this.#askingNext = this.#asking.then(next, next)
    return this.#askingNext
  }

  scrub(): Promise<boolean> {
    return scrubTables({ url: this.#settings.url }, this.#settings.scrubbed)
  }

  close(): Promise<void> {
    return this.#postgres.close()
  }

  #ask(): Promise<number> {
    const asking = this.#readVersion().finally(() => {
      if (this.#asking === asking) this.#asking = undefined
    })
    this.#asking = asking
    return asking
  }

  async #readVersion(): Promise<number> {
    const { part } = this.#settings
    const row = await this.#sql.get<{ version: number }>('SELECT version FROM versions WHERE part = ?', part)
    if (row === undefined) throw new Error(`PostgreSQL has no version of ${part}: its tables are not whole`)
    return row.version
  }
}

/** Statements of one connection or of a pool; those of a transaction end with it. */
class Statements implements Sql {
  readonly #connection: SqlConnection
  #ended = false

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  async all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return (await this.#query<Row>(text, values)).rows
  }

  async get<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.#query<Row>(text, values)).rows[0]
  }

  async run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    return (await this.#query(text, values)).count
  }

  async runEach(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    await Promise.all(rows.map((values) => this.#query(text, values)))
  }

  end(): void {
    this.#ended = true
  }

  #query<Row>(text: string, values: readonly SqlValue[]) {
    if (this.#ended) throw new Error('a transaction was used after its end')
    return this.#connection.query<Row>({ ...statementOf(text), values })
  }
}

/** Texts are written in our code and few: each is translated once, and planned once a connection by its name. */
const STATEMENTS = new Map<string, { readonly text: string; readonly name: string }>()

function statementOf(text: string): { readonly text: string; readonly name: string } {
  const known = STATEMENTS.get(text)
  if (known !== undefined) return known
  const statement = { text: toPostgresText(text), name: `sql-${STATEMENTS.size}` }
  STATEMENTS.set(text, statement)
  return statement
}

/** `?` and `?2` as PostgreSQL writes them, counted as SQLite does. No text of ours has a question mark in a literal. */
export function toPostgresText(text: string): string {
  let last = 0
  return text.replace(/\?(\d*)/g, (_, given: string) => {
    const number = given === '' ? last + 1 : Number(given)
    last = Math.max(last, number)
    return `$${number}`
  })
}
