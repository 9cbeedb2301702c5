import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Leases } from '../cluster/leases.js'
import { PostgresLeases } from '../cluster/postgres/postgres-leases.js'
import { ProcessRegistry } from '../cluster/postgres/process-registry.js'
import { CLUSTER_MIGRATIONS } from '../cluster/postgres/schema.js'
import { Signals } from '../cluster/postgres/signals.js'
import { migrate } from '../postgres/migrations.js'
import { openPostgres, type Postgres } from '../postgres/postgres.js'
import type { Settings } from '../settings/settings.js'
import { VERSION } from '../version.js'

/** What the server processes of one database have in common. */
export interface Cluster {
  readonly postgres: Postgres
  readonly leases: Leases
  readonly signals: Signals
  readonly registry: ProcessRegistry
}

/** Joins the processes that share the database; undefined where there is none to share. */
export async function openCluster(
  { database_url: url, data }: Pick<Settings, 'database_url' | 'data'>,
  logger: Logger,
  closers: (() => Promise<void> | void)[],
): Promise<Cluster | undefined> {
  if (url === '') return undefined
  const settings = { url, purpose: 'cluster' }
  await migrate(settings, 'cluster', CLUSTER_MIGRATIONS)
  const postgres = await openPostgres(settings)
  closers.push(() => postgres.close())
  const holder = processId(data)
  const signals = new Signals(postgres)
  signals.start()
  closers.push(() => signals.close())
  const registry = new ProcessRegistry({
    postgres,
    holder,
    version: VERSION,
    onClocks: (sentence) => {
      if (sentence === undefined) logger.info('the clocks of the server processes agree again')
      else logger.warn(sentence)
    },
  })
  await registry.start()
  closers.push(() => registry.close())
  const leases = new PostgresLeases({
    postgres,
    holder,
    onError: (error) => logger.warn({ err: error }, 'leases cannot be had, trying again'),
  })
  closers.push(() => leases.close())
  return { postgres, leases, signals, registry }
}

/** Names the process whoever runs it: it holds the data directory, so no other has this name at the same time. */
function processId(data: string): string {
  const file = join(data, 'process-id')
  if (!existsSync(file)) writeFileSync(file, `${randomUUID()}\n`)
  return readFileSync(file, 'utf8').trim()
}
