import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { TestClickHouse } from '@counterfoil/server/dist/index/testing/clickhouse-server.js'
import type { S3Place } from '@counterfoil/server/dist/ledger/s3/s3-ledger.js'
import { TEST_CREDENTIALS, TestS3 } from '@counterfoil/server/dist/object-storage/testing/s3-server.js'
import { openPostgres } from '@counterfoil/server/dist/postgres/postgres.js'
import {
  type EmbeddedServer,
  startEmbeddedServer,
} from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { TcpProxy } from '@counterfoil/server/dist/testing/tcp-proxy.js'

interface Parts {
  readonly postgres: EmbeddedServer
  readonly databaseUrl: string
  readonly s3: TestS3
  readonly s3Proxy: TcpProxy
  readonly clickhouse: TestClickHouse
}

/**
 * What the server processes share, for real: PostgreSQL for journal, signer and access; an object store for the ledger, behind a
 * proxy; the search engine as a ClickHouse server.
 */
export class SharedStores {
  readonly #parts: Parts
  readonly clickhouse: TestClickHouse
  readonly databaseUrl: string

  private constructor(parts: Parts) {
    this.#parts = parts
    this.clickhouse = parts.clickhouse
    this.databaseUrl = parts.databaseUrl
  }

  static async open(): Promise<SharedStores> {
    const postgres = await startEmbeddedServer({ max_connections: '200' })
    const databaseUrl = await postgres.createDatabase('counterfoil')
    const s3 = await TestS3.open()
    const s3Proxy = await TcpProxy.open(() => ({ host: '127.0.0.1', port: s3.port }))
    return new SharedStores({ postgres, databaseUrl, s3, s3Proxy, clickhouse: await TestClickHouse.open() })
  }

  /** The ledger as the server processes reach it. */
  get ledger(): S3Place {
    const { s3, s3Proxy } = this.#parts
    const url = s3.url('cluster', `http://127.0.0.1:${s3Proxy.port}`)
    return { kind: 's3', url, credentials: TEST_CREDENTIALS }
  }

  /** What a server process is told of them. */
  get environment(): Readonly<Record<string, string>> {
    return {
      COUNTERFOIL_DATABASE_URL: this.databaseUrl,
      COUNTERFOIL_LEDGER_URL: this.ledger.url,
      COUNTERFOIL_S3_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
      COUNTERFOIL_S3_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
      COUNTERFOIL_CLICKHOUSE_URL: this.clickhouse.url,
      COUNTERFOIL_CLICKHOUSE_USER: this.clickhouse.user,
      COUNTERFOIL_CLICKHOUSE_PASSWORD: this.clickhouse.password,
      COUNTERFOIL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    }
  }

  /** PostgreSQL ends at once, as in a crash, and starts again. */
  async restartPostgres(): Promise<void> {
    await this.#parts.postgres.kill()
    await this.#parts.postgres.start()
  }

  /** The object store answers every request with 503, until `letLedger`. */
  refuseLedger(): void {
    this.#parts.s3.fault = { kind: 'refuse' }
  }

  /** Connections to the object store break off, and new ones are refused, until `letLedger`. */
  cutLedger(): void {
    this.#parts.s3Proxy.fault = { kind: 'cut' }
  }

  letLedger(): void {
    this.#parts.s3.fault = { kind: 'none' }
    this.#parts.s3Proxy.fault = { kind: 'none' }
  }

  /** Who leads, how far the index is said to be, and what the search engine is at. */
  async describe(): Promise<string> {
    const postgres = await openPostgres({ url: this.databaseUrl, purpose: 'test', asOwner: true })
    const leases = await postgres.query(
      'SELECT name, holder, token, expires - clock_timestamp() AS left FROM leases',
    )
    const standings = await postgres.query('SELECT * FROM index_standings')
    const active = await postgres.query(
      "SELECT application_name, state, wait_event, left(query, 100) AS query FROM pg_stat_activity WHERE state <> 'idle'",
    )
    await postgres.close()
    const statements = await this.clickhouse.ask(
      'SELECT query_kind, elapsed, substring(query, 1, 100) FROM system.processes',
    )
    const tables = [leases, standings, active].map(({ rows }) => JSON.stringify(rows))
    return [...tables, statements].join('\n')
  }

  async remove(): Promise<void> {
    const { clickhouse, s3Proxy, s3, postgres } = this.#parts
    await clickhouse.remove()
    await s3Proxy.close()
    await s3.close()
    await postgres.remove()
  }
}

/** A data directory for each process. */
export function directoriesIn(folder: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const directory = join(folder, `process-${i}`)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return directory
  })
}
