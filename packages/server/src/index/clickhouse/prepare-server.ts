import { ClickHouseError } from '@clickhouse/client'
import { AppError } from '@counterfoil/core'
import type { RemoteIndexSettings } from '../open-search-index.js'
import { IndexUnavailable, type SearchIndex } from '../search-index.js'
import { checkVersion } from './server-version.js'

/** What ClickHouse says to a change of tables that never succeeds, and which setting to look at. */
const REFUSALS: Readonly<Record<string, { readonly param: string; readonly advice: string }>> = {
  '497': {
    param: 'clickhouse_user',
    advice:
      'give the user of clickhouse_user the rights on the database of clickhouse_database that docs/clickhouse.md lists',
  },
  '81': {
    param: 'clickhouse_database',
    advice: 'make the database, or name another one with clickhouse_database',
  },
  '164': {
    param: 'clickhouse_user',
    advice: 'the user of clickhouse_user may only read: name another, or take readonly from its profile',
  },
  '170': { param: 'clickhouse_cluster', advice: "name one of the server's clusters in clickhouse_cluster" },
  '701': { param: 'clickhouse_cluster', advice: "name one of the server's clusters in clickhouse_cluster" },
  '225': {
    param: 'clickhouse_cluster',
    advice: 'a cluster needs Keeper: set it up on every server, or leave clickhouse_cluster empty',
  },
  '139': {
    param: 'clickhouse_cluster',
    advice: 'every server of the cluster needs the macros "shard" and "replica", and Keeper',
  },
  '115': { param: 'clickhouse_url', advice: 'upgrade the server' },
}

/**
 * Looks at a server before anything depends on it: version, user, tables, whose index it is. Gives a sentence when it is away,
 * undefined when it is ready. Throws `invalid_setting` when it cannot be used as the settings say.
 */
export async function prepareServer(
  { url, user, password, transport }: RemoteIndexSettings,
  index: SearchIndex,
  installation: string,
): Promise<string | undefined> {
  const away = await checkVersion({ url, user, password }, transport)
  if (away !== undefined) return away
  try {
    await index.migrate()
    await index.claim(installation)
    return undefined
  } catch (error) {
    if (error instanceof IndexUnavailable)
      return `The ClickHouse server at ${url} (clickhouse_url) did not take the tables: ${reasonOf(error)}.`
    const refusal = error instanceof ClickHouseError ? REFUSALS[error.code] : undefined
    if (refusal === undefined) throw error
    throw new AppError('invalid_setting', {
      param: refusal.param,
      hint: `The ClickHouse server at ${url} refuses: ${(error as Error).message.slice(0, 300)} — ${refusal.advice}.`,
      cause: error,
    })
  }
}

function reasonOf({ cause }: IndexUnavailable): string {
  return cause instanceof Error ? cause.message : 'no answer'
}
