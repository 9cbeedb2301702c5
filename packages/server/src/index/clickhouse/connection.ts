import { Readable } from 'node:stream'
import {
  type ClickHouseClient,
  ClickHouseError,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client'
import { PipeAgent } from '../engine/pipe-agent.js'
import { IndexDamaged, IndexUnavailable } from '../search-index.js'
import type { Statement } from './compile-query.js'

/** How to reach a ClickHouse server or the engine process that stands in for one. */
export interface Address {
  readonly url: string
  /** Where there is one, connections go through this pipe, and the URL's host says nothing. */
  readonly pipe?: string
  readonly user: string
  readonly password: string
}

/** How bytes travel to a server. */
export interface Transport {
  /** PEM of the authorities that the server's certificate is held against, in place of those that Node.js knows. */
  readonly ca?: Buffer
  /** Whether requests and answers are compressed. */
  readonly compression?: boolean
  /** What comes with every SELECT. */
  readonly readSettings?: ClickHouseSettings
}

/** Gives the address, which may change when an engine starts anew. Rejects while there is none. */
export interface AddressSource {
  address(): Promise<Address>
  close(): Promise<void>
}

export interface Deadlines {
  /** For one search. */
  readonly queryMs: number
  /** For one insert. */
  readonly writeMs: number
  /** For changes of tables, which may rewrite much. */
  readonly changeMs: number
  /** For an engine that is just starting. */
  readonly startMs: number
}

const CONNECTIONS_MAX = 16

/**
 * Errors of ClickHouse that may be gone at the next attempt: a statement stopped or out of time, no memory, no
 * room, too many at once, or a server that is starting or ending.
 */
const PASSING_ERRORS: ReadonlySet<string> = new Set([
  '159',
  '160',
  '202',
  '203',
  '209',
  '210',
  '236',
  '241',
  '242',
  '243',
  '252',
  '279',
  '319',
  '394',
  '516',
  '999',
])

/** A checksum that does not fit, a file that is missing, short or unreadable. */
const DAMAGE_ERRORS: ReadonlySet<string> = new Set(['40', '226', '228', '246', '271', '432'])

/** Time for an answer to arrive, beyond the time that ClickHouse may work on it. */
const ANSWER_MS = 2_000

/** Statements over ClickHouse's HTTP interface. Every method rejects with `IndexUnavailable` when it may be repeated. */
export class Connection {
  readonly #source: AddressSource
  readonly #deadlines: Deadlines
  readonly #transport: Transport
  #client: { readonly address: Address; readonly client: ClickHouseClient } | undefined

  constructor(source: AddressSource, deadlines: Deadlines, transport: Transport = {}) {
    this.#source = source
    this.#deadlines = deadlines
    this.#transport = transport
  }

  /** Rows of a SELECT, each as the values of its columns; 64-bit integers must be safe ones. */
  async select<Row extends readonly unknown[]>(statement: Statement): Promise<readonly Row[]> {
    return this.#attempt(async (client) => {
      const result = await client.query({
        query: statement.sql,
        query_params: { ...statement.parameters },
        format: 'JSONCompact',
        abort_signal: AbortSignal.timeout(this.#deadlines.queryMs + ANSWER_MS),
        clickhouse_settings: { ...this.#searchSettings(), ...(statement.settings as ClickHouseSettings) },
      })
      return (await result.json<Row>()).data
    })
  }

  /** Runs a statement that gives no rows. */
  async command(sql: string): Promise<void> {
    await this.#attempt((client) => client.command({ query: sql }))
  }

  /**
   * Inserts lines in TabSeparated format as one block: if they are of one partition, all of them or none. `settings` come on
   * top.
   */
  async insert(table: string, lines: Buffer, settings: ClickHouseSettings = {}): Promise<void> {
    await this.#attempt((client) =>
      client.insert({
        table,
        values: Readable.from([lines], { objectMode: false }),
        format: 'TabSeparated',
        abort_signal: AbortSignal.timeout(this.#deadlines.writeMs),
        clickhouse_settings: { ...ONE_BLOCK, ...settings },
      }),
    )
  }

  /** Ends the connection and its source. */
  async close(): Promise<void> {
    await this.#client?.client.close()
    this.#client = undefined
    await this.#source.close()
  }

  async #attempt<Result>(use: (client: ClickHouseClient) => Promise<Result>): Promise<Result> {
    try {
      return await use(await this.#connect())
    } catch (error) {
      if (error instanceof ClickHouseError) {
        if (DAMAGE_ERRORS.has(error.code))
          throw new IndexDamaged('The search index is damaged', { cause: error })
        if (!PASSING_ERRORS.has(error.code)) throw error
      }
      throw new IndexUnavailable('The search index is away', { cause: error })
    }
  }

  async #connect(): Promise<ClickHouseClient> {
    const address = await within(this.#deadlines.startMs, this.#source.address())
    if (this.#client?.address === address) return this.#client.client
    // Statements that still run over the old connection fail by themselves: their engine is gone.
    void this.#client?.client.close().catch(() => undefined)
    const { ca, compression = false } = this.#transport
    const { url, pipe, user, password } = address
    const client = createClient({
      url,
      username: user,
      password,
      request_timeout: this.#deadlines.changeMs,
      max_open_connections: CONNECTIONS_MAX,
      ...(pipe === undefined ? {} : { http_agent: new PipeAgent(pipe, CONNECTIONS_MAX) }),
      compression: { request: compression, response: compression },
      ...(ca === undefined ? {} : { tls: { ca_cert: ca } }),
      log: { level: 127 },
    })
    this.#client = { address, client }
    return client
  }

  #searchSettings(): ClickHouseSettings {
    return {
      ...this.#transport.readSettings,
      max_execution_time: this.#deadlines.queryMs / 1000,
      output_format_json_quote_64bit_integers: 0,
      cancel_http_readonly_queries_on_client_close: 1,
    }
  }
}

/** Rows stay one block, however many. Rows like others are no mistake: whether they are new is known by position or token. */
const ONE_BLOCK: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 0,
  input_format_parallel_parsing: 0,
  max_insert_threads: '1',
  max_insert_block_size: '100000000',
  min_insert_block_size_rows: '0',
  min_insert_block_size_bytes: '0',
}

async function within<Result>(ms: number, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The engine did not start within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
