import { availableParallelism } from 'node:os'
import { ClickHouseIndex } from './clickhouse/clickhouse-index.js'
import { Connection, type Deadlines } from './clickhouse/connection.js'
import { SupervisedEngine } from './engine/supervised-engine.js'
import type { SearchIndex } from './search-index.js'

/** A ClickHouse server that runs elsewhere. */
export interface RemoteIndexSettings {
  readonly url: string
  readonly user: string
  readonly password: string
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
const DEADLINES: Deadlines = { queryMs: 30_000, writeMs: 120_000, startMs: 10_000 }

/** Opens the index without touching its tables: `migrate` comes next. `index.close` ends the engine too. */
export function openSearchIndex(settings: SearchIndexSettings): OpenSearchIndex {
  const deadlines = { ...DEADLINES, ...settings.deadlines }
  const database = settings.database ?? 'counterfoil'
  if ('url' in settings) {
    const address = { url: settings.url, user: settings.user, password: settings.password }
    const connection = new Connection(
      { address: () => Promise.resolve(address), close: () => Promise.resolve() },
      deadlines,
    )
    return { index: new ClickHouseIndex(connection, database), engine: undefined }
  }
  const engine = new SupervisedEngine({
    directory: settings.directory,
    memoryBytes: settings.memoryBytes ?? MEMORY_BYTES_DEFAULT,
    queryThreads: Math.min(availableParallelism(), QUERY_THREADS_MAX),
    ...(settings.onEngineExit === undefined ? {} : { onExit: settings.onEngineExit }),
  })
  return { index: new ClickHouseIndex(new Connection(engine, deadlines), database), engine }
}
