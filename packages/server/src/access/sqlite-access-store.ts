import { SqliteDatabase } from '../sql/sqlite-database.js'
import { openDatabase } from '../sqlite/driver.js'
import type { AccessStore, AccessStoreOptions } from './access-store.js'
import { SqlAccessStore } from './sql-access-store.js'
import { migrate } from './tables/migrations.js'

/** Opens, and if need be makes, the access store in an SQLite file of its own. */
export async function openSqliteAccessStore(
  path: string,
  options: AccessStoreOptions = {},
): Promise<AccessStore> {
  const database = await openDatabase(path)
  try {
    database.exec('PRAGMA busy_timeout = 5000')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    // What is deleted here may be the hash of a secret or an address: it shall not linger in free pages.
    database.exec('PRAGMA secure_delete = ON')
    migrate(database, path)
    return new SqlAccessStore(new SqliteDatabase(database), options)
  } catch (error) {
    database.close()
    throw error
  }
}
