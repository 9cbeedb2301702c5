import { AppError } from '@counterfoil/core'
import type * as Photostructure from '@photostructure/sqlite'

/** A connection, with the API of `node:sqlite`. Keep it referenced: statements do not keep it alive. */
export type Database = Photostructure.DatabaseSyncInstance
export type Statement = Photostructure.StatementSyncInstance
type DatabaseConstructor = new (path: string, options?: { readOnly?: boolean; open?: boolean }) => Database

/** First version without the WAL-reset bug, which could lose committed writes in silence. */
export const SQLITE_VERSION_MIN = '3.51.3'

/** Whether `version` has the fix: 3.51.3 and later. Backports to older lines are refused to keep one line tested. */
export function isSafeSqlite(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major !== 3) return major > 3
  return minor > 51 || (minor === 51 && patch >= 3)
}

/** Throws `unsupported_sqlite` for a version that can lose committed writes. */
export function assertSafeSqlite(version: string): void {
  if (isSafeSqlite(version)) return
  throw new AppError('unsupported_sqlite', {
    hint: `SQLite ${version} is older than ${SQLITE_VERSION_MIN}. Run Counterfoil on Node.js 22.22.3 or later, or install its dependency @photostructure/sqlite.`,
  })
}

let chosen: Promise<DatabaseConstructor> | undefined

/** The newest Node's own SQLite where it is safe, else the one that npm brings. Same API. */
async function chooseDriver(): Promise<DatabaseConstructor> {
  if (process.versions.sqlite !== undefined && isSafeSqlite(process.versions.sqlite)) {
    const name = 'node:sqlite'
    const builtIn = (await import(name)) as { DatabaseSync: DatabaseConstructor }
    return builtIn.DatabaseSync
  }
  const { DatabaseSync } = await import('@photostructure/sqlite')
  return DatabaseSync as unknown as DatabaseConstructor
}

/** Opens a database file. Throws `unsupported_sqlite` before anything is read or written with an unsafe engine. */
export async function openDatabase(path: string, options: { readOnly?: boolean } = {}): Promise<Database> {
  chosen ??= chooseDriver()
  const Driver = await chosen
  const probe = new Driver(':memory:')
  const { version } = probe.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  probe.close()
  assertSafeSqlite(version)
  return new Driver(path, options)
}

/** Runs `work` in one transaction that takes the write lock at once; rolls back when it throws. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // A failed COMMIT may already have ended the transaction; the first error is the one that matters.
    try {
      database.exec('ROLLBACK')
    } catch {}
    throw error
  }
}
