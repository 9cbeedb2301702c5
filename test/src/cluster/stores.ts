import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { TestClickHouse } from '@counterfoil/server/dist/index/testing/clickhouse-server.js'
import {
  type EmbeddedServer,
  startEmbeddedServer,
} from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { TcpProxy } from '@counterfoil/server/dist/testing/tcp-proxy.js'

/**
 * What the server processes share, for real: PostgreSQL for journal, signer and access; another database of it for the ledger,
 * behind a proxy that can refuse; the search engine as a ClickHouse server.
 */
export class SharedStores {
  readonly #postgres: EmbeddedServer
  readonly #ledgerProxy: TcpProxy
  readonly clickhouse: TestClickHouse
  readonly databaseUrl: string
  readonly ledgerUrl: string

  private constructor(
    postgres: EmbeddedServer,
    ledgerProxy: TcpProxy,
    clickhouse: TestClickHouse,
    databaseUrl: string,
  ) {
    this.#postgres = postgres
    this.#ledgerProxy = ledgerProxy
    this.clickhouse = clickhouse
    this.databaseUrl = databaseUrl
    this.ledgerUrl = postgres.url('ledger').replace(`:${postgres.port}/`, `:${ledgerProxy.port}/`)
  }

  static async open(): Promise<SharedStores> {
    const postgres = await startEmbeddedServer({ max_connections: '200' })
    const databaseUrl = await postgres.createDatabase('counterfoil')
    await postgres.createDatabase('ledger')
    const proxy = await TcpProxy.open(() => ({ host: '127.0.0.1', port: postgres.port }))
    return new SharedStores(postgres, proxy, await TestClickHouse.open(), databaseUrl)
  }

  /** What a server process is told of them. */
  get environment(): Readonly<Record<string, string>> {
    return {
      COUNTERFOIL_DATABASE_URL: this.databaseUrl,
      COUNTERFOIL_LEDGER_URL: this.ledgerUrl,
      COUNTERFOIL_CLICKHOUSE_URL: this.clickhouse.url,
      COUNTERFOIL_CLICKHOUSE_USER: this.clickhouse.user,
      COUNTERFOIL_CLICKHOUSE_PASSWORD: this.clickhouse.password,
      COUNTERFOIL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    }
  }

  /** PostgreSQL ends at once, as in a crash, and starts again. */
  async restartPostgres(): Promise<void> {
    await this.#postgres.kill()
    await this.#postgres.start()
  }

  /** Connections to the ledger break off, and new ones are refused, until `letLedger`. */
  refuseLedger(): void {
    this.#ledgerProxy.fault = { kind: 'cut' }
  }

  letLedger(): void {
    this.#ledgerProxy.fault = { kind: 'none' }
  }

  async remove(): Promise<void> {
    await this.clickhouse.remove()
    await this.#ledgerProxy.close()
    await this.#postgres.remove()
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
