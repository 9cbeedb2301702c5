import type { SqlDatabase } from '../sql/sql-database.js'
import { SqliteDatabase } from '../sql/sqlite-database.js'
import { openDatabase } from '../sqlite/driver.js'
import type { AccessStore, AccessStoreOptions } from './access-store.js'
import { SqlAccessStore } from './sql-access-store.js'
import { openSqliteAccessStore } from './sqlite-access-store.js'

/** Where the access store is, in a form that threads can be given. */
export type AccessPlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

const PART = 'access'
/** Deleted entries about ourselves lie here. */
const SCRUBBED = ['outbox']

/** Opens, and if need be makes, the access store. Throws `invalid_setting`, or `database_unavailable`. */
export async function openAccessStore(
  place: AccessPlace,
  options: AccessStoreOptions = {},
): Promise<AccessStore> {
  if (place.kind === 'sqlite') return openSqliteAccessStore(place.path, options)
  const { migrate } = await import('../postgres/migrations.js')
  const { POSTGRES_MIGRATIONS } = await import('./tables/postgres-migrations.js')
  await migrate({ url: place.url, purpose: PART }, PART, POSTGRES_MIGRATIONS)
  return new SqlAccessStore(await openTables(place.url), options)
}

/** The tables of an access store that is there, to be read. */
export async function openAccessTables(place: AccessPlace): Promise<SqlDatabase> {
  if (place.kind === 'postgres') return openTables(place.url)
  const database = await openDatabase(place.path, { readOnly: true })
  database.exec('PRAGMA busy_timeout = 5000')
  return new SqliteDatabase(database)
}

async function openTables(url: string): Promise<SqlDatabase> {
  const { openPostgresDatabase } = await import('../sql/postgres-database.js')
  return openPostgresDatabase({ url, part: PART, isVersioned: true, scrubbed: SCRUBBED })
}
