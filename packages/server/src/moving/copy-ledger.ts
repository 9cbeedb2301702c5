import { insert } from './copy-journal.js'
import type { Row, Side, SideSql, Value } from './side.js'

const OBJECTS_AT_ONCE = 128
const TILES = ['log', 'level', 'tile', 'root', 'hashes']
const BUNDLES = ['log', 'bundle', 'digest', 'bytes']

export const LEDGER_TABLES = {
  sqlite: { logs: 'logs', tiles: 'tiles', bundles: 'bundles' },
  postgres: { logs: 'ledger_logs', tiles: 'ledger_tiles', bundles: 'ledger_bundles' },
} as const

/**
 * Brings a ledger to where another one is: objects that it lacks, and those that were changed since by erasure or pruning. Everything
 * is taken over byte for byte; what was cut short goes on where it was. Gives how many objects were written.
 */
export async function copyLedger(source: Side, target: Side): Promise<number> {
  const [from, to] = [LEDGER_TABLES[source.engine], LEDGER_TABLES[target.engine]]
  let written = 0
  const logs = await source.all(`SELECT log, origin, size, min_index FROM ${from.logs} ORDER BY log`)
  for (const { log } of logs) {
    written += await copyObjects(source, target, log as Value, {
      from: from.bundles,
      to: to.bundles,
      columns: BUNDLES,
      keys: ['bundle'],
      // A bundle of which something was erased has another digest.
      mark: 'digest',
    })
    written += await copyObjects(source, target, log as Value, {
      from: from.tiles,
      to: to.tiles,
      columns: TILES,
      keys: ['level', 'tile'],
      // The hashes of a pruned tile are empty.
      mark: 'length(hashes)',
    })
  }
  await target.change(async (sql) => {
    const overriding = target.engine === 'postgres' ? 'OVERRIDING SYSTEM VALUE' : ''
    await insert(sql, to.logs, ['log', 'origin', 'size', 'min_index'], logs, ['log'], overriding)
    await goOnNumbering(target.engine, sql)
  })
  return written
}

/** New logs of a ledger get numbers beyond those that were copied. */
export async function goOnNumbering(engine: Side['engine'], sql: SideSql): Promise<void> {
  if (engine === 'sqlite') return
  const { logs } = LEDGER_TABLES.postgres
  await sql.all(
    `SELECT setval(pg_get_serial_sequence('${logs}', 'log'), coalesce(max(log), 0) + 1) FROM ${logs}`,
  )
}

interface Objects {
  readonly from: string
  readonly to: string
  readonly columns: readonly string[]
  readonly keys: readonly string[]
  /** What tells whether an object is still as it was copied. */
  readonly mark: string
}

async function copyObjects(
  source: Side,
  target: Side,
  log: Value,
  { from, to, columns, keys, mark }: Objects,
): Promise<number> {
  const list = `${keys.join(', ')}, ${mark} AS mark`
  const here = await source.all(`SELECT ${list} FROM ${from} WHERE log = ? ORDER BY ${keys.join(', ')}`, [
    log,
  ])
  const there = new Map(
    (await target.all(`SELECT ${list} FROM ${to} WHERE log = ?`, [log])).map((row) => [
      nameOf(row, keys),
      row,
    ]),
  )
  const wanted = here.filter((row) => markOf(there.get(nameOf(row, keys))) !== markOf(row))
  const kept = new Set(here.map((row) => nameOf(row, keys)))
  const condition = `log = ? AND ${keys.map((key) => `${key} = ?`).join(' AND ')}`
  for (const row of there.values()) {
    if (kept.has(nameOf(row, keys))) continue
    await target.all(`DELETE FROM ${to} WHERE ${condition}`, [log, ...keys.map((key) => row[key] as Value)])
  }
  for (let i = 0; i < wanted.length; i += OBJECTS_AT_ONCE) {
    const rows: Row[] = []
    for (const row of wanted.slice(i, i + OBJECTS_AT_ONCE)) {
      const values = [log, ...keys.map((key) => row[key] as Value)]
      rows.push(...(await source.all(`SELECT ${columns.join(', ')} FROM ${from} WHERE ${condition}`, values)))
    }
    await target.change((sql) => insert(sql, to, columns, rows, ['log', ...keys]))
  }
  return wanted.length
}

function nameOf(row: Row, keys: readonly string[]): string {
  return keys.map((key) => row[key]).join('/')
}

function markOf(row: Row | undefined): string {
  const mark = row?.mark
  return mark instanceof Uint8Array ? Buffer.from(mark).toString('hex') : String(mark)
}
