import { readGuarded, setGuard } from '../postgres/guard.js'
import { openPostgres, type Postgres, type SqlConnection, type SqlRows } from '../postgres/postgres.js'
import { scrubTables } from '../postgres/scrub.js'
import type { Sql, SqlDatabase, SqlValue } from './sql-database.js'

/** Requests read by these at once; transactions wait for one another anyhow. */
const CONNECTIONS_MAX = 8

/**
 * Any numbers: transactions of a part take its lock, one after the other over all processes, as they do in a file of SQLite.
 */
const TRANSACTION_LOCKS = {
  access: 7_264_102,
  'integer ids': 7_264_103,
  'catalogue flags': 7_264_104,
} as const

export interface PostgresDatabaseSettings {
  readonly url: string
  /** What its statements are about. */
  readonly part: keyof typeof TRANSACTION_LOCKS
  /** Whether others ask by `version` what changed: a table `versions` has a row with the part's name then. */
  readonly isVersioned: boolean
  /** Tables whose deleted rows leave nothing behind once `scrub` has resolved true. */
  readonly scrubbed: readonly string[]
  /** 8 when left out. */
  readonly connectionsMax?: number
  /** Further settings of its sessions. */
  readonly session?: Readonly<Record<string, string>>
}

/** Tables in PostgreSQL, which must be there. Throws as `openPostgres` does. */
export async function openPostgresDatabase(settings: PostgresDatabaseSettings): Promise<SqlDatabase> {
  const { url, part, connectionsMax = CONNECTIONS_MAX, session = {} } = settings
  return new PostgresDatabase(await openPostgres({ url, purpose: part, connectionsMax, session }), settings)
}

class PostgresDatabase implements SqlDatabase {
  readonly #postgres: Postgres
  readonly #settings: PostgresDatabaseSettings
  readonly #organizationId: string | undefined
  /** The question for the version that is under way, and the one after it. */
  #asking: Promise<number> | undefined
  #askingNext: Promise<number> | undefined

  constructor(postgres: Postgres, settings: PostgresDatabaseSettings, organizationId?: string) {
    this.#postgres = postgres
    this.#settings = settings
    this.#organizationId = organizationId
  }

  get isVersionInTable(): boolean {
    return this.#settings.isVersioned
  }

  of(organizationId: string): Sql {
    return new PostgresDatabase(this.#postgres, this.#settings, organizationId)
  }

  async all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    const statement = { ...statementOf(text), values }
    if (this.#organizationId === undefined) return (await this.#postgres.query<Row>(statement)).rows
    return readGuarded(this.#postgres, GUARD, this.#organizationId, statement)
  }

  async get<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.all<Row>(text, ...values))[0]
  }

  /** A transaction of its own, so that others learn of it. */
  run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    return this.transaction((sql) => sql.run(text, ...values))
  }

  async runEach(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    if (rows.length === 0) return
    await this.#postgres.transaction((connection) =>
      new TransactionStatements(begun(connection), this.#organizationId).runEach(text, rows),
    )
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const { part, isVersioned } = this.#settings
    return this.#postgres.transaction(async (connection) => {
      await connection.query('SELECT pg_advisory_xact_lock($1)', [TRANSACTION_LOCKS[part]])
      const open = begun(connection)
      try {
        const result = await work(new TransactionStatements(open, this.#organizationId))
        if (isVersioned)
          await connection.query('UPDATE versions SET version = version + 1 WHERE part = $1', [part])
        return result
      } finally {
        open.hasEnded = true
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
    const row = await this.get<{ version: number }>('SELECT version FROM versions WHERE part = ?', part)
    if (row === undefined) throw new Error(`PostgreSQL has no version of ${part}: its tables are not whole`)
    return row.version
  }
}

/** Row-level security of these tables goes by the organization. */
const GUARD = 'counterfoil.organization'

/** A transaction under way: which organization the session says its statements are about, which the next may have to change. */
interface OpenTransaction {
  readonly connection: SqlConnection
  organizationId: string | undefined
  hasEnded: boolean
}

function begun(connection: SqlConnection): OpenTransaction {
  return { connection, organizationId: undefined, hasEnded: false }
}

/** Statements of a transaction about one organization, or about nobody's rows; they end with it. */
class TransactionStatements implements Sql {
  readonly #open: OpenTransaction
  readonly #organizationId: string | undefined

  constructor(open: OpenTransaction, organizationId: string | undefined) {
    this.#open = open
    this.#organizationId = organizationId
  }

  of(organizationId: string): Sql {
    return new TransactionStatements(this.#open, organizationId)
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

  /** Statements of a connection are executed in the order in which they are sent: the guard's comes first. */
  #query<Row>(text: string, values: readonly SqlValue[]): Promise<SqlRows<Row>> {
    const open = this.#open
    if (open.hasEnded) throw new Error('a transaction was used after its end')
    if (open.organizationId !== this.#organizationId) {
      // What goes wrong with it goes wrong with the transaction.
      void setGuard(open.connection, GUARD, this.#organizationId ?? '').catch(() => undefined)
      open.organizationId = this.#organizationId
    }
    return open.connection.query<Row>({ ...statementOf(text), values })
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
