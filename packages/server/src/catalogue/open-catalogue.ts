import type { SqlDatabase } from '../sql/sql-database.js'
import type { CatalogueFlags } from './flags.js'
import type { IntegerIds } from './integer-ids.js'
import { SqlFlags } from './sql-flags.js'
import { SqlIntegerIds } from './sql-integer-ids.js'
import { openCatalogueFile } from './sqlite-catalogue.js'

/** Where integers that stand for texts, and counts of flags, are, in a form that threads can be given. */
export type CataloguePlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** Opens, and if need be makes, the integers. Any number of threads and processes may have them open at once. */
export async function openIntegerIds(place: CataloguePlace): Promise<IntegerIds> {
  // FULL: a number that was answered must not be given to another text after a power cut.
  if (place.kind === 'sqlite') return new SqlIntegerIds(await openCatalogueFile(place.path, 'FULL'))
  return new SqlIntegerIds(await openTables(place.url, 'integer ids', {}))
}

/** Opens, and if need be makes, the counts of flags. Any number of threads and processes may have them open at once. */
export async function openCatalogueFlags(place: CataloguePlace): Promise<CatalogueFlags> {
  // Counting runs beside recording and must not wait for the disk.
  if (place.kind === 'sqlite') return new SqlFlags(await openCatalogueFile(place.path, 'NORMAL'))
  return new SqlFlags(await openTables(place.url, 'catalogue flags', { synchronous_commit: 'off' }))
}

async function openTables(
  url: string,
  part: 'integer ids' | 'catalogue flags',
  session: Readonly<Record<string, string>>,
): Promise<SqlDatabase> {
  const { migrate } = await import('../postgres/migrations.js')
  const { CATALOGUE_MIGRATIONS } = await import('./postgres-schema.js')
  const { openPostgresDatabase } = await import('../sql/postgres-database.js')
  await migrate({ url, purpose: 'catalogue' }, 'catalogue', CATALOGUE_MIGRATIONS)
  return openPostgresDatabase({ url, part, isVersioned: false, scrubbed: [], connectionsMax: 2, session })
}
