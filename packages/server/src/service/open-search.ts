import { mkdirSync, readFileSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import type { Logger } from 'pino'
import { prepareServer } from '../index/clickhouse/prepare-server.js'
import {
  type OpenSearchIndex,
  openSearchIndex,
  type RemoteIndexSettings,
} from '../index/open-search-index.js'
import type { IndexerSettings } from '../indexing/indexer.js'
import type { Settings } from '../settings/settings.js'
import { dataPaths } from './data-directory.js'

/**
 * Opens the search index that the settings name. A ClickHouse server is looked at first: throws `invalid_setting` that names
 * the setting to change when it cannot be this installation's index; one that is merely away is waited for later.
 */
export async function openSearch(
  settings: Settings,
  installation: string,
  logger: Logger,
): Promise<OpenSearchIndex> {
  if (settings.clickhouse_url !== '') {
    const address = serverAddress(settings)
    const opened = openSearchIndex({
      ...address,
      deadlines: {
        queryMs: settings.clickhouse_query_timeout_ms,
        writeMs: settings.clickhouse_write_timeout_ms,
      },
    })
    try {
      const away = await prepareServer(address, opened.index, installation)
      if (away !== undefined)
        logger.warn(`${away} Recording goes on; searches say what they miss until it is there.`)
    } catch (error) {
      await opened.index.close()
      throw error
    }
    return opened
  }
  const { index: directory } = dataPaths(settings.data)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return openSearchIndex({
    directory,
    database: settings.clickhouse_database,
    memoryBytes: settings.engine_memory_mb * 2 ** 20,
    onEngineExit: (reason) => logger.warn({ reason }, 'the search engine ended and starts again'),
  })
}

/** Where the server is and how it is spoken to. What stands in the URL wins over the settings beside it. */
export function serverAddress(settings: Settings): RemoteIndexSettings & { readonly database: string } {
  const url = new URL(settings.clickhouse_url)
  const [database = '', ...more] = url.pathname.split('/').filter((part) => part !== '')
  if (more.length > 0 || url.search !== '' || !/^([A-Za-z_][A-Za-z0-9_]*)?$/.test(database)) {
    throw new AppError('invalid_setting', {
      param: 'clickhouse_url',
      hint: 'clickhouse_url may end with the name of a database, letters, digits and underscores, and with nothing else: https://user:password@host:8443/database.',
    })
  }
  const { clickhouse_cluster: cluster, clickhouse_ca: ca } = settings
  return {
    url: url.origin,
    user: url.username === '' ? settings.clickhouse_user : decodeURIComponent(url.username),
    password: url.password === '' ? settings.clickhouse_password : decodeURIComponent(url.password),
    database: database === '' ? settings.clickhouse_database : database,
    ...(cluster === '' ? {} : { cluster }),
    transport: {
      compression: settings.clickhouse_compression === 'on',
      ...(ca === '' ? {} : { ca: readCertificate(ca) }),
    },
  }
}

function readCertificate(path: string): Buffer {
  let pem: Buffer
  try {
    pem = readFileSync(path)
  } catch (cause) {
    throw new AppError('invalid_setting', {
      param: 'clickhouse_ca',
      hint: `clickhouse_ca: ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      cause,
    })
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new AppError('invalid_setting', {
    param: 'clickhouse_ca',
    hint: `clickhouse_ca: ${path} holds no certificate in PEM.`,
  })
}

/** What the indexer has to tell. */
export function indexerReports(logger: Logger): Pick<IndexerSettings, 'onError' | 'onAway' | 'onRebuild'> {
  return {
    onError: reportOnce((error) => logger.error({ err: error }, 'indexing failed, trying again')),
    onAway: (error) =>
      logger.warn({ err: error }, 'the search index is away; recording goes on, searches say what they miss'),
    onRebuild: (indexPosition, donePosition) =>
      logger.warn({ indexPosition, donePosition }, 'the index does not fit the journal and is filled anew'),
  }
}

const SAME_AGAIN_MS = 60_000

/** Passes on an error that is another one than the last, or comes a minute later: what is tried every second fails every second. */
function reportOnce(report: (error: unknown) => void): (error: unknown) => void {
  let last = { text: '', at: Number.NEGATIVE_INFINITY }
  return (error) => {
    const now = performance.now()
    const text = String(error)
    if (text === last.text && now - last.at < SAME_AGAIN_MS) return
    last = { text, at: now }
    report(error)
  }
}
