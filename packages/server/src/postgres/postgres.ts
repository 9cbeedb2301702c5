import { AppError } from '@counterfoil/core'
import { type Client, type ClientConfig, DatabaseError, Pool, type PoolClient, type QueryConfig } from 'pg'
import { typesOfColumns } from './column-types.js'
import {
  describeAddress,
  type PostgresAddress,
  type PostgresSetting,
  readPostgresUrl,
} from './connection-url.js'
import { CommitUnknown, failureOf, toAppError } from './failures.js'
import { GatheringSocket } from './gathering-socket.js'
import { prepareSession, wrongServer } from './session.js'

/** The schema of everything but the signer's. */
export const DEFAULT_SCHEMA = 'counterfoil'

export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`; see `readPostgresUrl`. */
  readonly url: string
  /** Which setting the URL is from, for messages; `database_url` when left out. */
  readonly setting?: PostgresSetting
  /** `counterfoil` when left out. */
  readonly schema?: string
  /** Shown in `pg_stat_activity`, behind `counterfoil`. */
  readonly purpose: string
  /** Connections that are open at once at most; 4 when left out. They are opened when they are needed. */
  readonly connectionsMax?: number
  /** Further settings of its sessions. */
  readonly session?: Readonly<Record<string, string>>
  /** Keeps the user's own role, also where that passes over row-level security: for upkeep, which its owner alone may do. */
  readonly asOwner?: boolean
  /** A statement without an answer for so long has lost its connection; 60,000 when left out. */
  readonly answerTimeoutMs?: number
}

export type SqlValue = string | number | bigint | boolean | Uint8Array | null | readonly SqlValue[]

export interface SqlStatement {
  readonly text: string
  readonly values?: readonly SqlValue[]
  /** With a name it is parsed and planned once a connection. One name, one text. */
  readonly name?: string
}

export interface SqlRows<Row> {
  readonly rows: readonly Row[]
  /** How many rows were read or changed. */
  readonly count: number
}

/**
 * One connection, or any of a pool. Statements on one connection are executed in order; they may be sent without waiting for the
 * answers before them, which saves round trips. `bigint` comes as a number (exact, or an error), `bytea` as a Buffer.
 */
export interface SqlConnection {
  query<Row>(statement: SqlStatement | string, values?: readonly SqlValue[]): Promise<SqlRows<Row>>
}

/** A connection that was taken from the pool for long. */
export interface DedicatedConnection extends SqlConnection {
  /** Told once, when the connection breaks. */
  onBroken(listener: (error: Error) => void): void
  /** `LISTEN channel`; the channel is an identifier of ours. */
  listen(channel: string, listener: (payload: string) => void): Promise<void>
  /** Gives the connection back, or away: whoever held locks with it gives it away. */
  release(destroy?: boolean): void
}

export interface TransactionOptions {
  /** `read committed` when left out. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readonly readOnly?: boolean
  /** How often `work` runs at most when another transaction is in its way; 1 when left out. `work` must bear being run again. */
  readonly attempts?: number
}

/** A pool of connections to one database. Every session was looked at and set up; see session.ts. */
export interface Postgres extends SqlConnection {
  readonly address: PostgresAddress
  /** How far the server's clock was ahead of ours when a connection was opened last. */
  readonly clockSkewMs: number
  /**
   * Runs `work` in a transaction: commits when it resolves, rolls back when it rejects, or when a statement failed whose
   * answer it did not wait for. Rejects with `database_unavailable`
   * when the connection broke before anything was committed, with `CommitUnknown` when it broke while committing.
   */
  transaction<T>(work: (connection: SqlConnection) => Promise<T>, options?: TransactionOptions): Promise<T>
  connect(): Promise<DedicatedConnection>
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 5_000

/**
 * Opens a pool and looks at the server with its first connection. Throws `invalid_setting` when the server is not one that
 * entries can rest in, `database_unavailable` when it cannot be reached; each names the setting.
 */
export async function openPostgres(settings: PostgresSettings): Promise<Postgres> {
  const postgres = new PostgresPool(settings)
  try {
    await postgres.query('SELECT 1')
    return postgres
  } catch (error) {
    await postgres.close()
    throw error
  }
}

/** What the driver needs to connect. */
export function clientConfig(address: PostgresAddress, settings: PostgresSettings): ClientConfig {
  const { host, port, database, user, password, ssl } = address
  return {
    ...{ host, port, database, user, ssl },
    // Never undefined: the driver would look for a password in files and variables of its own.
    password: password ?? '',
    application_name: `counterfoil ${settings.purpose}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: settings.answerTimeoutMs ?? 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    pipeline: true,
    stream: () => new GatheringSocket(),
    types: typesOfColumns,
  }
}

/** The error for a connection that could not be opened: what has to change, in one sentence. */
export function connectError(address: PostgresAddress, error: unknown): unknown {
  if (error instanceof AppError) return error
  const code = (error as { code?: string } | undefined)?.code ?? ''
  if (error instanceof DatabaseError) {
    if (code === '28P01')
      return wrongServer(address, `refuses the password of the user "${address.user}"`, error)
    if (code.startsWith('28'))
      return wrongServer(address, `does not let the user "${address.user}" in: ${error.message}`, error)
    if (code === '3D000')
      return wrongServer(address, 'has no such database: create it, or name another', error)
    if (code === '42501')
      return wrongServer(
        address,
        `denies the user "${address.user}" what Counterfoil needs: ${error.message}`,
        error,
      )
  }
  if (failureOf(error) === 'away' && !(error instanceof DatabaseError && code.startsWith('57'))) {
    const reason = code === '' ? (error as Error).message : code
    return new AppError('database_unavailable', {
      param: address.setting,
      hint: `${address.setting}: there is no connection to PostgreSQL at ${describeAddress(address)} (${reason}).`,
      cause: error,
    })
  }
  return toAppError(address, error)
}

class PostgresPool implements Postgres {
  readonly address: PostgresAddress
  readonly #pool: Pool
  clockSkewMs = 0

  constructor(settings: PostgresSettings) {
    const { setting = 'database_url', schema = DEFAULT_SCHEMA, connectionsMax = 4, url } = settings
    const { session: more = {}, asOwner = false } = settings
    this.address = readPostgresUrl(setting, url)
    this.#pool = new Pool({
      ...clientConfig(this.address, settings),
      max: connectionsMax,
      idleTimeoutMillis: 30_000,
      verify: (client, done) => {
        const session = { schema, asOwner, more }
        prepareSession(client as unknown as Client, this.address, session).then(({ clockSkewMs }) => {
          this.clockSkewMs = clockSkewMs
          done()
        }, done)
      },
    })
    // What breaks is told by the statement under way, or by the next: an error without a listener would end the process.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  async query<Row>(statement: SqlStatement | string, values?: readonly SqlValue[]): Promise<SqlRows<Row>> {
    const client = await this.#take()
    let broken = false
    try {
      return await run<Row>(client, statement, values)
    } catch (error) {
      broken = failureOf(error) === 'away'
      throw toAppError(this.address, error)
    } finally {
      client.release(broken)
    }
  }

  async transaction<T>(
    work: (connection: SqlConnection) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction(work, options)
      } catch (error) {
        if (attempt < (options.attempts ?? 1) && failureOf(error) === 'again') continue
        throw toAppError(this.address, error)
      }
    }
  }

  async connect(): Promise<DedicatedConnection> {
    const client = await this.#take()
    return new Dedicated(client, this.address)
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #take(): Promise<PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw connectError(this.address, error)
    }
  }

  async #transaction<T>(
    work: (connection: SqlConnection) => Promise<T>,
    { isolation = 'read committed', readOnly = false }: TransactionOptions,
  ): Promise<T> {
    const client = await this.#take()
    const sent = new SentStatements(client)
    let broken = false
    try {
      void sent.query(`BEGIN ISOLATION LEVEL ${isolation} ${readOnly ? 'READ ONLY' : 'READ WRITE'}`)
      const result = await work(sent)
      await this.#commit(client, sent)
      return result
    } catch (error) {
      broken = error instanceof CommitUnknown || failureOf(error) === 'away'
      if (!broken) broken = await rollBack(client)
      throw error
    } finally {
      client.release(broken)
    }
  }

  async #commit(client: PoolClient, sent: SentStatements): Promise<void> {
    let command: string
    try {
      command = (await client.query('COMMIT')).command
    } catch (error) {
      // A statement before it that got no answer either was not known to be done; neither is the whole.
      if (failureOf(error) === 'away') throw new CommitUnknown(this.address, error)
      throw error
    }
    // After a statement that failed, COMMIT is answered as ROLLBACK.
    if (command !== 'COMMIT') throw (await sent.failure()) ?? new Error(`COMMIT was answered by ${command}`)
  }
}

/** Statements of a transaction. Whoever does not wait for an answer learns of a failure when the transaction ends. */
class SentStatements implements SqlConnection {
  readonly #client: PoolClient
  readonly #answers: Promise<unknown>[] = []

  constructor(client: PoolClient) {
    this.#client = client
  }

  query<Row>(statement: SqlStatement | string, values?: readonly SqlValue[]): Promise<SqlRows<Row>> {
    const answer = run<Row>(this.#client, statement, values)
    this.#answers.push(
      answer.then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    return answer
  }

  /** What the first that failed failed of. */
  async failure(): Promise<unknown> {
    const failures = await Promise.all(this.#answers)
    return failures.find((failure) => failure instanceof Error)
  }
}

class Dedicated implements DedicatedConnection {
  readonly #client: PoolClient
  readonly #address: PostgresAddress
  #broken: Error | undefined
  #listener: ((error: Error) => void) | undefined

  constructor(client: PoolClient, address: PostgresAddress) {
    this.#client = client
    this.#address = address
    client.on('error', this.#break)
  }

  async query<Row>(statement: SqlStatement | string, values?: readonly SqlValue[]): Promise<SqlRows<Row>> {
    try {
      return await run<Row>(this.#client, statement, values)
    } catch (error) {
      throw toAppError(this.#address, error)
    }
  }

  onBroken(listener: (error: Error) => void): void {
    this.#listener = listener
    if (this.#broken !== undefined) listener(this.#broken)
  }

  async listen(channel: string, listener: (payload: string) => void): Promise<void> {
    this.#client.on('notification', (message) => {
      if (message.channel === channel) listener(message.payload ?? '')
    })
    await this.query(`LISTEN "${channel}"`)
  }

  release(destroy = false): void {
    this.#client.off('error', this.#break)
    this.#client.removeAllListeners('notification')
    this.#client.release(destroy || this.#broken !== undefined)
  }

  readonly #break = (error: Error): void => {
    if (this.#broken !== undefined) return
    this.#broken = error
    this.#listener?.(error)
  }
}

async function run<Row>(
  client: PoolClient,
  statement: SqlStatement | string,
  values: readonly SqlValue[] = [],
): Promise<SqlRows<Row>> {
  const query: QueryConfig =
    typeof statement === 'string'
      ? { text: statement, values: [...values] }
      : { ...statement, values: [...(statement.values ?? values)] }
  const { rows, rowCount } = await client.query(query)
  return { rows: rows as Row[], count: rowCount ?? 0 }
}

/** Whether the connection cannot be used any more. */
async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    return false
  } catch {
    // The first error is the one that matters; the connection is given up.
    return true
  }
}
