import { AppError } from '@counterfoil/core'
import type { Logger } from 'pino'
import { IndexStandings } from '../cluster/postgres/index-standings.js'
import type { SearchIndex } from '../index/search-index.js'
import { Indexer } from '../indexing/indexer.js'
import type { Indexing } from '../indexing/indexing.js'
import { SharedIndexing } from '../indexing/shared-indexing.js'
import type { ReadingMethods } from '../reading/reading-thread.js'
import type { Recorder } from '../recording/recorder.js'
import type { Settings } from '../settings/settings.js'
import type { ThreadClient } from '../threads/thread-call.js'
import type { Cluster } from './open-cluster.js'
import { indexerReports } from './open-search.js'

export interface IndexingParts {
  readonly index: SearchIndex
  /** See `JournalReader.installationId`. */
  readonly installation: string
  readonly reading: ThreadClient<ReadingMethods>
  readonly recorder: Pick<Recorder, 'saveIndexProgress'>
  readonly logger: Logger
}

const INDEX_CLOSE_MS = 5_000

/** Fills the search index of a process that shares nothing. */
export async function openIndexing(
  { index, installation, reading, recorder, logger }: IndexingParts,
  closers: (() => Promise<void> | void)[],
): Promise<Indexing> {
  const indexer = new Indexer({
    index,
    installation,
    rowsAfter: reading.indexRowsAfter,
    entriesThrough: reading.entriesThrough,
    saveProgress: (progress) => recorder.saveIndexProgress(progress),
    progress: await reading.indexProgress(),
    lastPosition: await reading.lastPosition(),
    ...indexerReports(logger),
  })
  indexer.start()
  closers.push(() => indexer.close(INDEX_CLOSE_MS))
  return indexer
}

/** Follows the search index of several processes, one of which fills it. */
export async function openSharedIndexing(
  settings: Pick<Settings, 'clickhouse_url'>,
  cluster: Cluster,
  { index, installation, reading, logger }: Omit<IndexingParts, 'recorder'>,
  closers: (() => Promise<void> | void)[],
): Promise<SharedIndexing> {
  if (settings.clickhouse_url === '') await requireSoleIndex(cluster)
  const indexing = new SharedIndexing({
    signals: cluster.signals,
    lastPosition: reading.lastPosition,
    claim: async () => {
      await index.migrate()
      const indexId = await index.claim(installation)
      return { indexId, standings: new IndexStandings(cluster.postgres, indexId) }
    },
    indexer: {
      index,
      installation,
      rowsAfter: reading.indexRowsAfter,
      entriesThrough: reading.entriesThrough,
      ...indexerReports(logger),
    },
  })
  indexing.start()
  closers.push(() => indexing.close())
  return indexing
}

/** Longer than a lease lasts that nobody renews any more. */
const SOLE_WAIT_MS = 5_000

/**
 * An engine in the box has one process that erases from it: its own. A second process with another one is refused. The lease
 * is held until the process ends.
 */
async function requireSoleIndex({ leases, registry }: Cluster): Promise<void> {
  try {
    await leases.acquire('sole index', AbortSignal.timeout(SOLE_WAIT_MS))
  } catch (cause) {
    const [other] = registry.others
    const who =
      other === undefined ? 'Another server process' : `Server process ${other.pid} on ${other.host}`
    throw new AppError('invalid_setting', {
      param: 'clickhouse_url',
      hint: `${who} uses this database with a search index of its own. Several processes need one that they share: set clickhouse_url for all of them.`,
      cause,
    })
  }
}
