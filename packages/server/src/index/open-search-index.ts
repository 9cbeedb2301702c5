import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { ClickHouseIndex } from './clickhouse/clickhouse-index.js'
import { Connection, type Deadlines, type Transport } from './clickhouse/connection.js'
import { Tables } from './clickhouse/layout.js'
import { SupervisedEngine } from './engine/supervised-engine.js'
import type { SearchIndex } from './search-index.js'

/** A ClickHouse server that runs elsewhere. */
export interface RemoteIndexSettings {
  readonly url: string
  readonly user: string
  readonly password: string
  /** Of several servers under this name in the configuration of each: replicas and shards of one index. */
  readonly cluster?: string
  readonly transport?: Transport
}

/** An engine of our own, as a child process. */
export interface EmbeddedIndexSettings {
  readonly directory: string
  /** Upper bound of what the engine allocates, in bytes. Default 700 MiB. */
  readonly memoryBytes?: number
  /** Told when the engine ends unasked; it starts again by itself. */
  readonly onEngineExit?: (reason: string) => void
}

export type SearchIndexSettings = (RemoteIndexSettings | EmbeddedIndexSettings) & {
  /** Default `counterfoil`. */
  readonly database?: string
  readonly deadlines?: Partial<Deadlines>
}

export interface OpenSearchIndex {
  readonly index: SearchIndex
  /** Undefined with a ClickHouse server. */
  readonly engine: SupervisedEngine | undefined
}

const MEMORY_BYTES_DEFAULT = 700 * 1024 * 1024
const QUERY_THREADS_MAX = 4
const DEADLINES: Deadlines = { queryMs: 30_000, writeMs: 120_000, changeMs: 300_000, startMs: 10_000 }

/** Opens the index without touching its tables: `migrate` comes next. `index.close` ends the engine too. */
export function openSearchIndex(settings: SearchIndexSettings): OpenSearchIndex {
  const deadlines = { ...DEADLINES, ...settings.deadlines }
  const database = settings.database ?? 'counterfoil'
  // It becomes part of the SQL.
  assert.match(database, /^[A-Za-z_][A-Za-z0-9_]*$/, 'The name of the index database is not an identifier')
  if ('url' in settings) {
    const address = { url: settings.url, user: settings.user, password: settings.password }
    const { cluster } = settings
    const tables = new Tables(
      database,
      cluster === undefined ? { kind: 'server' } : { kind: 'cluster', cluster },
    )
    const connection = new Connection(
      { address: () => Promise.resolve(address), close: () => Promise.resolve() },
      deadlines,
      { ...settings.transport, readSettings: tables.readSettings },
    )
    return { index: new ClickHouseIndex(connection, tables), engine: undefined }
  }
  const engine = new SupervisedEngine({
    directory: settings.directory,
    memoryBytes: settings.memoryBytes ?? MEMORY_BYTES_DEFAULT,
    queryThreads: Math.min(availableParallelism(), QUERY_THREADS_MAX),
    ...(settings.onEngineExit === undefined ? {} : { onExit: settings.onEngineExit }),
  })
  const tables = new Tables(database, { kind: 'embedded' })
  return { index: new ClickHouseIndex(new Connection(engine, deadlines), tables), engine }
}
