import { insert } from './copy-journal.js'
import type { Row, Side, SideSql, Value } from './side.js'

/** Takes over organizations, people, keys and whatever else is in the access store. Only while nobody changes it. */
export async function copyAccess(source: Side, target: Side): Promise<void> {
  await copyTables(source, target, (sql) => goOnNumbering(sql))
}

/** Takes over integers that stand for texts, and counts of flags. Only while nobody assigns or counts any. */
export async function copyCatalogue(source: Side, target: Side): Promise<void> {
  await copyTables(source, target, async () => undefined)
}

/** What was copied into PostgreSQL goes on behind it; who remembers something of before looks again. */
async function goOnNumbering(sql: SideSql): Promise<void> {
  await sql.all(
    "SELECT setval(pg_get_serial_sequence('outbox', 'position'), (SELECT coalesce(max(position), 0) + 1 FROM outbox))",
  )
  await sql.all("UPDATE versions SET version = version + 1 WHERE part = 'access'")
}

/** Copies all tables that a file has, whose names and columns are the same in both engines. */
async function copyTables(
  source: Side,
  target: Side,
  afterwards: (postgres: SideSql) => Promise<void>,
): Promise<void> {
  const file = source.engine === 'sqlite' ? source : target
  // In the order in which they were made: what is referred to comes first.
  const tables = await file.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
  )
  const contents: {
    readonly name: string
    readonly columns: readonly string[]
    readonly rows: readonly Row[]
  }[] = []
  for (const { name } of tables as readonly { readonly name: string }[]) {
    const columns = (await file.all('SELECT name FROM pragma_table_info(?)', [name as Value])).map(
      (row) => row.name as string,
    )
    contents.push({ name, columns, rows: await source.all(`SELECT ${columns.join(', ')} FROM ${name}`) })
  }
  const isPostgres = target.engine === 'postgres'
  await target.change(async (sql) => {
    for (const { name } of contents.toReversed()) await sql.all(`DELETE FROM ${name}`)
    for (const { name, columns, rows } of contents)
      await insert(sql, name, columns, rows, [], isPostgres ? 'OVERRIDING SYSTEM VALUE' : '')
    if (isPostgres) await afterwards(sql)
  })
}
