import type { Connection } from './connection.js'
import type { Tables } from './layout.js'
import { createEntriesTable } from './schema.js'

interface Migration {
  /** Ascending from 1, never used twice. */
  readonly version: number
  /** Brings older tables to what the first migration now makes of itself. */
  readonly onlyOlder?: true
  /** Run one by one; each harmless when run again, as the process may end between any two. */
  readonly statements: (tables: Tables) => readonly string[]
}

/**
 * The index is derived, so a migration that changes what a row holds drops the table and leaves it to the
 * indexer to fill it again.
 */
const MIGRATIONS: readonly Migration[] = [
  { version: 1, statements: createEntriesTable },
  // Tables of servers that were made before inserts had tokens.
  {
    version: 2,
    statements: ({ remembersInserts, stored, everywhere, storedEngine }) =>
      remembersInserts
        ? [`ALTER TABLE ${stored}${everywhere} MODIFY SETTING ${storedEngine.settings.join(', ')}`]
        : [],
  },
  // Tables of engines in the box that were made when replaced files stayed for ten seconds. New ones are left alone: each change of
  // a table that fails half way, as on a full disk, keeps the engine from the next until it is started anew.
  {
    version: 3,
    onlyOlder: true,
    statements: ({ layout, stored, storedEngine }) =>
      layout.kind === 'embedded'
        ? [`ALTER TABLE ${stored} MODIFY SETTING ${storedEngine.settings.join(', ')}`]
        : [],
  },
]

/** What has to be there before a migration can be noted. */
function foundation({ database, migrations, everywhere, sharedEngine }: Tables): readonly string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}${everywhere}`,
    `CREATE TABLE IF NOT EXISTS ${migrations}${everywhere} (version UInt32, applied_at DateTime('UTC') DEFAULT now())
ENGINE = ${sharedEngine} ORDER BY version`,
  ]
}

function statementsOf(
  { onlyOlder, statements }: Migration,
  tables: Tables,
  applied: number,
): readonly string[] {
  return onlyOlder === true && applied === 0 ? [] : statements(tables)
}

/** Every statement that an empty server or cluster is sent, in order. */
export function everyStatement(tables: Tables): readonly string[] {
  return [...foundation(tables), ...MIGRATIONS.flatMap((migration) => statementsOf(migration, tables, 0))]
}

/** Brings the tables to the newest version. */
export async function applyMigrations(connection: Connection, tables: Tables): Promise<void> {
  for (const statement of foundation(tables)) await connection.command(statement)
  const rows = await connection.select<[number]>({
    sql: `SELECT max(version) FROM ${tables.migrations}`,
    parameters: {},
  })
  const applied = rows[0]?.[0] ?? 0
  for (const migration of MIGRATIONS) {
    if (migration.version <= applied) continue
    for (const statement of statementsOf(migration, tables, applied)) await connection.command(statement)
    await connection.command(`INSERT INTO ${tables.migrations} (version) SELECT ${migration.version}`)
  }
}

/** Removes every table, the record of migrations first: what is not recorded is made again. Whose index it is stays. */
export async function dropEverything(connection: Connection, tables: Tables): Promise<void> {
  const { migrations, entries, stored, everywhere } = tables
  for (const table of new Set([migrations, entries, stored]))
    await connection.command(`DROP TABLE IF EXISTS ${table}${everywhere} SYNC`)
}
