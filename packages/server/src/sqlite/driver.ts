import { AppError } from '@counterfoil/core'
import type * as Photostructure from '@photostructure/sqlite'
import { importNodeSqlite } from './node-sqlite.js'

/** A connection, with the API of `node:sqlite`. Keep it referenced: statements do not keep it alive. */
export type Database = Photostructure.DatabaseSyncInstance
export type Statement = Photostructure.StatementSyncInstance
type DatabaseConstructor = new (path: string, options?: { readOnly?: boolean; open?: boolean }) => Database

/**
 * How long an opening waits for whoever closes the file at that moment: the last connection to go holds it alone while it clears
 * the write-ahead log away. It may be one of a command that only read.
 */
export const BUSY_WAIT_MS = 10_000
/** Pages of a copy's step: 4 MiB. */
const COPIED_PAGES = 1_024

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

/** SQLite's online backup. A source that is within a transaction is copied as that transaction sees it. */
type Backup = (
  source: Database,
  target: string,
  options: {
    readonly rate: number
    readonly progress: (state: { readonly totalPages: number; readonly remainingPages: number }) => void
  },
) => Promise<number>

export interface SqliteDriver {
  readonly DatabaseSync: DatabaseConstructor
  readonly backup: Backup
}

let chosen: Promise<SqliteDriver> | undefined

/** The newest Node's own SQLite where it is safe, else the one that npm brings. Same API. */
async function chooseDriver(): Promise<SqliteDriver> {
  if (process.versions.sqlite !== undefined && isSafeSqlite(process.versions.sqlite))
    return importNodeSqlite()
  return (await import('@photostructure/sqlite')) as unknown as SqliteDriver
}

/** Opens a database file. Throws `unsupported_sqlite` before anything is read or written with an unsafe engine. */
export async function openDatabase(path: string, options: { readOnly?: boolean } = {}): Promise<Database> {
  chosen ??= chooseDriver()
  const { DatabaseSync } = await chosen
  const probe = new DatabaseSync(':memory:')
  const { version } = probe.prepare('SELECT sqlite_version() AS version').get() as { version: string }
  probe.close()
  assertSafeSqlite(version)
  return new DatabaseSync(path, options)
}

/** Copies what `source` sees to a new file, some pages at a time, so that other work goes on between them. */
export async function copyDatabase(
  source: Database,
  target: string,
  onProgress: (doneShare: number) => void,
): Promise<void> {
  chosen ??= chooseDriver()
  const { backup } = await chosen
  await backup(source, target, {
    rate: COPIED_PAGES,
    progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / Math.max(1, totalPages)),
  })
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
