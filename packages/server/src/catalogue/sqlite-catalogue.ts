import { AppError } from '@counterfoil/core'
import type { SqlDatabase } from '../sql/sql-database.js'
import { SqliteDatabase } from '../sql/sqlite-database.js'
import { inTransaction, openDatabase } from '../sqlite/driver.js'

/** What each version adds to the one before; `user_version` counts them. */
const MIGRATIONS = [
  `
CREATE TABLE IF NOT EXISTS integer_ids (
  organization_id TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (organization_id, kind, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS integer_ids_by_text ON integer_ids (organization_id, kind, text);
`,
  `
CREATE TABLE catalogue_flags (
  organization_id TEXT NOT NULL, mode TEXT NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL, version INTEGER NOT NULL,
  count INTEGER NOT NULL, first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL, entry_id TEXT NOT NULL,
  pointer TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (organization_id, mode, kind, action, version)
) STRICT, WITHOUT ROWID;
`,
] as const

/** Opens, and if need be makes, the file. Several threads and processes may have it open at once. */
export async function openCatalogueFile(path: string, synchronous: 'FULL' | 'NORMAL'): Promise<SqlDatabase> {
  const database = await openDatabase(path)
  try {
    database.exec(
      `PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`,
    )
    inTransaction(database, () => {
      const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
      if (user_version > MIGRATIONS.length) {
        throw new AppError('invalid_setting', {
          hint: `${path} was written by a newer Counterfoil (schema ${user_version}).`,
        })
      }
      for (const statements of MIGRATIONS.slice(user_version)) database.exec(statements)
      database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
    })
    return new SqliteDatabase(database)
  } catch (error) {
    database.close()
    throw error
  }
}
