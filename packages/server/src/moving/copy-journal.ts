import { AppError } from '@counterfoil/core'
import { withChecksum } from '../journal/sqlite/meta.js'
import type { Row, Side, SideSql, Value } from './side.js'

/** Columns are the same in both engines, and so is what is in them. */
const BLOCKS = [
  ...['position', 'log', 'first_seq', 'count', 'recorded_at'],
  ...['prev_hash', 'ids', 'entry_hashes', 'salts', 'contents'],
]
const LOGS = [
  ...['log', 'organization_id', 'mode', 'epoch', 'origin', 'size', 'head_hash', 'frontier', 'recorded_at'],
  ...['last_position', 'trimmed_size', 'epochs', 'min_index', 'min_hash', 'min_frontier'],
]
const KEYS = ['log', 'route', 'key', 'body_hash', 'places', 'expires_at']
const RUNS = ['run', 'last_position', 'bloom']
const CHUNKS = ['run', 'chunk', 'bytes']

/** Rows of a transaction: some megabytes. */
const ROWS_AT_ONCE = 256
/** Rows of a statement: ten values each. */
const ROWS_A_STATEMENT = 64

export interface CopySettings {
  readonly source: Side
  readonly target: Side
  /** Which search index's progress is copied, where the target keeps that of several. */
  readonly index: string
  /** Told how far the rows are, of how many. */
  readonly onProgress: (position: number, lastPosition: number) => void
}

/**
 * Brings the target to where the source is at the moment that the source sees: rows that it lacks, rows that were changed since by
 * trimming, erasure or pruning, heads. Everything is taken over byte for byte. It may be cut short anywhere and begun again: rows
 * that are there stay. Gives how many rows were added. Throws `move_refused` when the target holds another journal.
 */
export async function copyJournal({ source, target, index, onProgress }: CopySettings): Promise<number> {
  await takeMeta(source, target)
  const done = await lastPosition(target)
  const last = await lastPosition(source)
  if (done > last) {
    throw new AppError('move_refused', {
      hint: `The target has ${done} rows, the source ${last}: something was recorded there that is not here.`,
    })
  }
  await copyIds(source, target)
  await refreshRows(source, target, done)
  let added = 0
  for (let position = done; ; ) {
    const rows = await blocksAfter(source, position, 'position > ?', ROWS_AT_ONCE)
    if (rows.length === 0) break
    await target.change((sql) => insert(sql, 'blocks', BLOCKS, rows))
    added += rows.length
    position = rows.at(-1)?.position as number
    onProgress(position, last)
  }
  await copyHeads(source, target, index)
  return added
}

const FIXED = ['installation_id', 'fingerprint_seed', 'origin_host'] as const

/** What was fixed when the source was made holds in the target, too. */
async function takeMeta(source: Side, target: Side): Promise<void> {
  const rows = await source.all(`SELECT key, value FROM ${metaTable(source)}`)
  const own = await target.all(`SELECT key, value FROM ${metaTable(target)}`)
  const isEmpty = (await target.all('SELECT 1 AS there FROM logs LIMIT 1')).length === 0
  const metaOf = (all: readonly Row[], key: string) => all.find((row) => row.key === key)?.value
  const same = FIXED.every((key) => metaOf(rows, key) === metaOf(own, key))
  if (!same && !isEmpty) {
    throw new AppError('move_refused', {
      hint: 'There is another journal in the target. Name an empty database, or another directory.',
    })
  }
  if (same) return
  const fixed = FIXED.map((key) => ({ key, value: String(metaOf(rows, key)) }))
  const taken = target.engine === 'sqlite' ? withChecksum(fixed) : fixed
  await target.change(async (sql) => {
    await sql.all(`DELETE FROM ${metaTable(target)}`)
    await insert(
      sql,
      metaTable(target),
      ['key', 'value'],
      taken.map((row) => ({ ...row })),
    )
  })
}

/** Rows that were copied earlier: what is not trimmed may have been erased since, and what was trimmed or pruned is so there, too. */
async function refreshRows(source: Side, target: Side, done: number): Promise<void> {
  for (const log of await source.all('SELECT log, trimmed_size, min_index FROM logs')) {
    const { log: number, trimmed_size: trimmed, min_index: start } = log as { [column: string]: Value }
    await target.change(async (sql) => {
      await sql.all('DELETE FROM blocks WHERE log = ? AND first_seq + count <= ?', [
        number as Value,
        start as Value,
      ])
      await sql.all(
        `UPDATE blocks SET prev_hash = NULL, ids = NULL, entry_hashes = NULL, salts = NULL, contents = NULL
         WHERE log = ? AND first_seq + count <= ? AND contents IS NOT NULL`,
        [number as Value, trimmed as Value],
      )
    })
  }
  for (let position = 0; ; ) {
    const rows = (
      await blocksAfter(source, position, 'contents IS NOT NULL AND position > ?', ROWS_AT_ONCE)
    ).filter((row) => (row.position as number) <= done)
    if (rows.length === 0) return
    await target.change((sql) => insert(sql, 'blocks', BLOCKS, rows, ['position']))
    position = rows.at(-1)?.position as number
  }
}

/** Runs and their chunks never change, and come before the rows whose ids they hold may be trimmed. */
async function copyIds(source: Side, target: Side): Promise<void> {
  const [there] = await target.all('SELECT coalesce(max(run), 0) AS run FROM id_runs')
  const runs = await source.all('SELECT run FROM id_runs WHERE run > ? ORDER BY run', [there?.run as Value])
  for (const { run } of runs) {
    const rows = await source.all('SELECT * FROM id_runs WHERE run = ?', [run as Value])
    const chunks = await source.all('SELECT * FROM id_chunks WHERE run = ? ORDER BY chunk', [run as Value])
    await target.change(async (sql) => {
      await insert(sql, 'id_runs', RUNS, rows)
      await insert(sql, 'id_chunks', CHUNKS, chunks)
    })
  }
}

/** Last: heads say that everything before them is there. */
async function copyHeads(source: Side, target: Side, index: string): Promise<void> {
  const logs = await source.all('SELECT * FROM logs ORDER BY log')
  const keys = await source.all('SELECT * FROM idempotency_keys')
  const [progress] = await source.all(
    source.engine === 'sqlite'
      ? 'SELECT done_position, sending_position FROM index_progress'
      : `SELECT done_position, sending_position FROM index_progress WHERE index_id = '${index.replaceAll("'", "''")}'`,
  )
  const last = await lastPosition(target)
  await target.change(async (sql) => {
    const isPostgres = target.engine === 'postgres'
    await insert(sql, 'logs', LOGS, logs, ['log'], isPostgres ? 'OVERRIDING SYSTEM VALUE' : '')
    await sql.all('DELETE FROM idempotency_keys')
    await insert(sql, 'idempotency_keys', KEYS, keys)
    const { done_position: done = 0, sending_position: sending = 0 } = progress ?? {}
    await sql.all('DELETE FROM index_progress')
    if (isPostgres) {
      await sql.all(
        "SELECT setval(pg_get_serial_sequence('logs', 'log'), coalesce(max(log), 0) + 1) FROM logs",
      )
      await sql.all('UPDATE journal_position SET last = ?', [last])
      await sql.all(
        'INSERT INTO index_progress (index_id, done_position, sending_position) VALUES (?, ?, ?)',
        [index, done, sending],
      )
    } else
      await sql.all('INSERT INTO index_progress (one, done_position, sending_position) VALUES (1, ?, ?)', [
        done,
        sending,
      ])
  })
}

/** Position of the newest row that is there. */
export async function lastPosition(side: SideSql): Promise<number> {
  const [row] = await side.all('SELECT coalesce(max(position), 0) AS last FROM blocks')
  return row?.last as number
}

function blocksAfter(
  side: Side,
  position: number,
  condition: string,
  limit: number,
): Promise<readonly Row[]> {
  return side.all(
    `SELECT ${BLOCKS.join(', ')} FROM blocks WHERE ${condition} ORDER BY position LIMIT ${limit}`,
    [position],
  )
}

/** Inserts rows; with `keys`, those that are there already are replaced. */
export async function insert(
  sql: SideSql,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
  keys: readonly string[] = [],
  overriding = '',
): Promise<void> {
  const place = `(${columns.map(() => '?').join(', ')})`
  const updates = columns
    .filter((column) => !keys.includes(column))
    .map((column) => `${column} = excluded.${column}`)
  const conflict =
    keys.length === 0 ? '' : ` ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${updates.join(', ')}`
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT) {
    const some = rows.slice(i, i + ROWS_A_STATEMENT)
    await sql.all(
      `INSERT INTO ${table} (${columns.join(', ')}) ${overriding} VALUES ${some.map(() => place).join(', ')}${conflict}`,
      some.flatMap((row) => columns.map((column) => row[column] ?? null)),
    )
  }
}

function metaTable({ engine }: Side): string {
  return engine === 'sqlite' ? 'meta' : 'journal_meta'
}
