import { IndexUnavailable } from '../search-index.js'
import type { Statement } from './compile-query.js'
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
  // Tables of engines in the box that were made when replaced files stayed for ten seconds.
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
  if (tables.layout.kind !== 'embedded') {
    await change(connection, tables)
    return
  }
  const undefinedTables = await tablesWithoutDefinition(connection, tables)
  if (undefinedTables.length > 0) {
    await requireRoom(connection)
    await dropEverything(connection, tables)
    for (const name of undefinedTables)
      await connection.command(`DROP TABLE IF EXISTS ${tables.database}.${name} SYNC`)
  } else if ((await knownVersion(connection, tables)) === MIGRATIONS.at(-1)?.version) return
  else await requireRoom(connection)
  await change(connection, tables)
  if ((await tablesWithoutDefinition(connection, tables)).length > 0)
    throw new IndexUnavailable('The disk was full while tables were made or changed')
}

async function change(connection: Connection, tables: Tables): Promise<void> {
  for (const statement of foundation(tables)) await connection.command(statement)
  const applied = await appliedVersion(connection, tables)
  for (const migration of MIGRATIONS) {
    if (migration.version <= applied) continue
    for (const statement of statementsOf(migration, tables, applied)) await connection.command(statement)
    await connection.command(`INSERT INTO ${tables.migrations} (version) SELECT ${migration.version}`)
  }
}

async function appliedVersion(connection: Connection, { migrations }: Tables): Promise<number> {
  const rows = await connection.select<[number]>(plain(`SELECT max(version) FROM ${migrations}`))
  return rows[0]?.[0] ?? 0
}

/** Undefined where nothing was made yet. */
async function knownVersion(connection: Connection, tables: Tables): Promise<number | undefined> {
  const found = await connection.select<[number]>(
    plain(`SELECT count() FROM system.tables WHERE database = '${tables.database}' AND name = 'migrations'`),
  )
  return found[0]?.[0] === 0 ? undefined : appliedVersion(connection, tables)
}

/** Many times what definitions of tables take. */
const ROOM_BYTES = 4 * 2 ** 20

/**
 * A definition that there was no room for is lost without a word: chDB takes it for written, until it starts the next time. Rejects
 * with `IndexUnavailable`.
 */
export async function requireRoom(connection: Connection): Promise<void> {
  const rows = await connection.select<[number]>(plain('SELECT min(free_space) FROM system.disks'))
  if ((rows[0]?.[0] ?? 0) < ROOM_BYTES)
    throw new IndexUnavailable('There is no room on the disk to make or change tables')
}

/** Tables whose definition is an empty file: they work until the engine ends, and cannot be changed. */
async function tablesWithoutDefinition(
  connection: Connection,
  { database }: Tables,
): Promise<readonly string[]> {
  const rows = await connection.select<[string]>(
    plain(`SELECT name FROM system.tables WHERE database = '${database}' AND create_table_query = ''`),
  )
  return rows.map(([name]) => name)
}

function plain(sql: string): Statement {
  return { sql, parameters: {} }
}

/** Removes every table, the record of migrations first: what is not recorded is made again. Whose index it is stays. */
export async function dropEverything(connection: Connection, tables: Tables): Promise<void> {
  const { migrations, entries, stored, everywhere } = tables
  for (const table of new Set([migrations, entries, stored]))
    await connection.command(`DROP TABLE IF EXISTS ${table}${everywhere} SYNC`)
}
