import type { Connection } from './connection.js'
import { createEntriesTable } from './schema.js'

interface Migration {
  /** Ascending from 1, never used twice. */
  readonly version: number
  /** Run one by one; each harmless when run again, as the process may end between any two. */
  readonly statements: (database: string) => readonly string[]
}

/**
 * The index is derived, so a migration that changes what a row holds drops the table and leaves it to the
 * indexer to fill it again.
 */
const MIGRATIONS: readonly Migration[] = [
  { version: 1, statements: (database) => [createEntriesTable(database)] },
]

/** Brings the tables in `database` to the newest version. */
export async function applyMigrations(connection: Connection, database: string): Promise<void> {
  const table = `${database}.migrations`
  await connection.command(`CREATE DATABASE IF NOT EXISTS ${database}`)
  await connection.command(
    `CREATE TABLE IF NOT EXISTS ${table} (version UInt32, applied_at DateTime('UTC') DEFAULT now()) ` +
      'ENGINE = MergeTree ORDER BY version',
  )
  const rows = await connection.select<[number]>({ sql: `SELECT max(version) FROM ${table}`, parameters: {} })
  const applied = rows[0]?.[0] ?? 0
  for (const { version, statements } of MIGRATIONS) {
    if (version <= applied) continue
    for (const statement of statements(database)) await connection.command(statement)
    await connection.command(`INSERT INTO ${table} (version) SELECT ${version}`)
  }
}

/** Removes every table, the record of migrations first: what is not recorded is made again. */
export async function dropEverything(connection: Connection, database: string): Promise<void> {
  await connection.command(`DROP TABLE IF EXISTS ${database}.migrations SYNC`)
  await connection.command(`DROP TABLE IF EXISTS ${database}.entries SYNC`)
}
