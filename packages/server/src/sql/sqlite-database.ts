import type { Database, Statement } from '../sqlite/driver.js'
import { scrubDatabase } from '../sqlite/scrub.js'
import type { Sql, SqlDatabase, SqlValue } from './sql-database.js'

/** How long somebody waits for a transaction of somebody else in this process. */
const TRANSACTION_MS_MAX = 10_000

/**
 * A file of SQLite. Each statement runs at once, on this thread; but a transaction that waits for something between two of
 * its statements has the connection for itself until it ends, so that nobody sees half of it.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly #database: Database
  readonly #statements: Statements
  /** Settles when the transaction under way has ended; undefined when there is none. */
  #ended: Promise<void> | undefined

  /** The connection is ours from now on. */
  constructor(database: Database) {
    this.#database = database
    this.#statements = new Statements(database)
  }

  /** A file has one guard, the statements themselves. */
  of(): Sql {
    return this
  }

  async all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    while (this.#ended !== undefined) await this.#turn(this.#ended)
    return this.#statements.all(text, values)
  }

  async get<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    while (this.#ended !== undefined) await this.#turn(this.#ended)
    return this.#statements.get(text, values)
  }

  async run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    while (this.#ended !== undefined) await this.#turn(this.#ended)
    return this.#statements.run(text, values)
  }

  async runEach(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    if (rows.length > 0) await this.transaction((sql) => sql.runEach(text, rows))
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    while (this.#ended !== undefined) await this.#turn(this.#ended)
    let end: () => void = () => undefined
    this.#ended = new Promise((resolve) => {
      end = resolve
    })
    const transaction = new Transaction(this.#statements)
    try {
      return await this.#commit(work, transaction)
    } finally {
      transaction.end()
      this.#ended = undefined
      end()
    }
  }

  readonly isVersionInTable = false

  /** `data_version` changes with every commit of another connection; asking costs about 2 µs and waits for nobody. */
  async version(): Promise<number> {
    const row = this.#statements.get('PRAGMA data_version', [])
    return (row as { data_version: number }).data_version
  }

  async scrub(): Promise<boolean> {
    while (this.#ended !== undefined) await this.#turn(this.#ended)
    return scrubDatabase(this.#database)
  }

  async close(): Promise<void> {
    while (this.#ended !== undefined) await this.#turn(this.#ended)
    this.#database.close()
  }

  /**
   * Waits for the end of the transaction under way; by then somebody else may have begun another. It ends within milliseconds,
   * unless who waits is part of it: better an error than to wait for oneself for ever.
   */
  async #turn(ended: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error('a transaction did not end, or the database itself was used within it')),
        TRANSACTION_MS_MAX,
      )
    })
    try {
      await Promise.race([ended, tooLong])
    } finally {
      clearTimeout(timer)
    }
  }

  async #commit<T>(work: (sql: Sql) => Promise<T>, transaction: Sql): Promise<T> {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = await work(transaction)
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      // A failed COMMIT may already have ended the transaction; the first error is the one that matters.
      try {
        this.#database.exec('ROLLBACK')
      } catch {}
      throw error
    }
  }
}

/** The statements of one transaction; used by somebody who did not wait for it, they would belong to another one. */
class Transaction implements Sql {
  readonly #statements: Statements
  #ended = false

  constructor(statements: Statements) {
    this.#statements = statements
  }

  of(): Sql {
    return this
  }

  async all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#open().all(text, values)
  }

  async get<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined> {
    return this.#open().get(text, values)
  }

  async run(text: string, ...values: readonly SqlValue[]): Promise<number> {
    return this.#open().run(text, values)
  }

  async runEach(text: string, rows: readonly (readonly SqlValue[])[]): Promise<void> {
    for (const values of rows) this.#open().run(text, values)
  }

  end(): void {
    this.#ended = true
  }

  #open(): Statements {
    if (this.#ended) throw new Error('a transaction was used after its end')
    return this.#statements
  }
}

/** Texts are written in our code and few: each is compiled once. */
class Statements {
  readonly #database: Database
  readonly #prepared = new Map<string, Statement>()

  constructor(database: Database) {
    this.#database = database
  }

  all<Row>(text: string, values: readonly SqlValue[]): readonly Row[] {
    return this.#prepare(text).all(...values) as unknown as Row[]
  }

  get<Row>(text: string, values: readonly SqlValue[]): Row | undefined {
    return this.#prepare(text).get(...values) as Row | undefined
  }

  run(text: string, values: readonly SqlValue[]): number {
    return Number(this.#prepare(text).run(...values).changes)
  }

  #prepare(text: string): Statement {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    const statement = this.#database.prepare(text)
    this.#prepared.set(text, statement)
    return statement
  }
}
