import {
  fromHex,
  type LogName,
  originAt,
  SECTION_PATHS,
  type SectionPath,
  TILE_WIDTH,
} from '@counterfoil/core'
import type { Postgres, SqlConnection } from '../../postgres/postgres.js'
import { BLOCK_ENTRIES_MAX } from '../block.js'
import { type BlockRow, blockOf, isCut } from '../block-row.js'
import { ROW_SEGMENTS } from '../contents.js'
import { eraseFromBlock } from '../erase-block.js'
import { IDEMPOTENCY_KEY_DAYS } from '../idempotency.js'
import type { LogStart, TrimBounds } from '../journal.js'
import { type LogRow, toStoredLog } from '../log-row.js'
import type { StoredLog } from '../stored-log.js'

const KEYS_KEPT_US = (IDEMPOTENCY_KEY_DAYS + 1) * 86_400 * 1_000_000
/** Entries whose rows are read at once. */
const ENTRIES_AT_ONCE = 256
/** The work is the same however often it is begun. */
const ATTEMPTS_MAX = 5

export interface RowErasure {
  readonly log: LogName
  /** They ascend. */
  readonly seqs: readonly number[]
  readonly paths: readonly SectionPath[]
  /** Microseconds since 1970. */
  readonly now: number
}

/** Erases sections of rows in one transaction; see `Journal.erase`. */
export async function eraseRows(
  postgres: Postgres,
  { log: name, seqs, paths, now }: RowErasure,
): Promise<void> {
  await postgres.transaction(
    async (sql) => {
      const log = await readLog(sql, name, '')
      if (log === undefined) return
      const newest = await eraseFrom(sql, log, seqs, paths)
      if (now - newest <= KEYS_KEPT_US) void sql.query(FORGET_BODIES, [log.number, seqs])
    },
    { attempts: ATTEMPTS_MAX },
  )
}

/** Gives when the newest of the rows was recorded. */
async function eraseFrom(
  sql: SqlConnection,
  log: StoredLog,
  seqs: readonly number[],
  paths: readonly SectionPath[],
): Promise<number> {
  let newest = 0
  for (let from = 0; from < seqs.length; from += ENTRIES_AT_ONCE) {
    const some = seqs.slice(from, from + ENTRIES_AT_ONCE)
    // Locked, so that nobody trims them meanwhile.
    const { rows } = await sql.query<BlockRow>(ROWS_TO_ERASE, [log.number, some])
    for (const row of rows) {
      newest = Math.max(newest, row.recorded_at)
      eraseRow(sql, log, row, some, paths)
    }
  }
  return newest
}

function eraseRow(
  sql: SqlConnection,
  { epochs, trimmedSize }: StoredLog,
  row: BlockRow,
  seqs: readonly number[],
  paths: readonly SectionPath[],
): void {
  // What the row said was cut from it; the ledger has it, and erases it there.
  if (isCut(row) && row.first_seq + row.count <= trimmedSize) return
  const indexes = new Set(seqs.map((seq) => seq - row.first_seq).filter((i) => i >= 0 && i < row.count))
  const erased = eraseFromBlock({
    originAt: originAt(epochs),
    block: blockOf(row),
    indexes,
    paths,
    segmentation: ROW_SEGMENTS,
  })
  if (erased === undefined) return
  void sql.query({
    name: 'rewrite',
    text: 'UPDATE blocks SET salts = $2, contents = $3 WHERE position = $1',
    values: [row.position, erased.salts, erased.contents],
  })
}

const ROWS_TO_ERASE = `
SELECT * FROM blocks WHERE log = $1 AND position IN (
  SELECT place.position FROM unnest($2::bigint[]) AS wanted (seq), LATERAL (
    SELECT position, first_seq, count FROM blocks WHERE log = $1 AND first_seq <= wanted.seq
    ORDER BY first_seq DESC LIMIT 1
  ) AS place WHERE wanted.seq < place.first_seq + place.count)
ORDER BY position FOR UPDATE`

// Their keys still give the first receipts.
const FORGET_BODIES = `
UPDATE idempotency_keys SET body_hash = '' WHERE log = $1 AND body_hash <> '' AND EXISTS (
  SELECT FROM jsonb_array_elements(places::jsonb) AS place, unnest($2::bigint[]) AS seq
  WHERE seq BETWEEN (place ->> 0)::bigint AND (place ->> 0)::bigint + (place ->> 1)::bigint - 1)`

/** Cuts what rests elsewhere from rows; see `Journal.trim`. Gives how many rows were cut. */
export async function trimRows(
  postgres: Postgres,
  name: LogName,
  { size, position }: TrimBounds,
  rowsMax: number,
): Promise<number> {
  return postgres.transaction(
    async (sql) => {
      const log = await readLog(sql, name, 'FOR UPDATE')
      if (log === undefined) return 0
      // The newest row stays: a log's head is held against it.
      const end = Math.min(size, log.chain.size - 1)
      const { rows } = await sql.query<{ ends: number }>(TRIM, [
        log.number,
        log.trimmedSize,
        end,
        position,
        rowsMax,
      ])
      if (rows.length === 0) return 0
      const trimmed = rows.reduce((max, { ends }) => Math.max(max, ends), 0)
      void sql.query('UPDATE logs SET trimmed_size = $2 WHERE log = $1', [log.number, trimmed])
      return rows.length
    },
    { attempts: ATTEMPTS_MAX },
  )
}

const TRIM = `
UPDATE blocks SET prev_hash = NULL, ids = NULL, entry_hashes = NULL, salts = NULL, contents = NULL
WHERE position IN (
  SELECT position FROM blocks
  WHERE log = $1 AND first_seq >= $2 AND first_seq < $3 AND first_seq + count <= $3 AND position <= $4 ORDER BY first_seq LIMIT $5)
RETURNING first_seq + count AS ends`

/** Takes away what comes before the start of a log; see `Journal.prune`. Gives how many rows went. */
export async function pruneRows(
  postgres: Postgres,
  name: LogName,
  start: LogStart,
  rowsMax: number,
): Promise<number> {
  return postgres.transaction(
    async (sql) => {
      const log = await readLog(sql, name, 'FOR UPDATE')
      if (log === undefined) return 0
      // A log is never emptied: its newest row stays, which its head is held against.
      if (start.size % TILE_WIDTH !== 0 || start.size < log.start.size || start.size >= log.chain.size)
        throw new RangeError(`a log of ${log.chain.size} entries cannot begin at ${start.size}`)
      if (start.size !== log.start.size) await setStart(sql, log, start)
      const { count } = await sql.query(PRUNE, [log.number, start.size, rowsMax])
      if (count < rowsMax) void sql.query(DROP_RUNS_WITHOUT_ROWS)
      return count
    },
    { attempts: ATTEMPTS_MAX },
  )
}

/** Begins a log at `start`: of the row that goes on behind it, the entries before lose their sections. */
async function setStart(sql: SqlConnection, log: StoredLog, start: LogStart): Promise<void> {
  void sql.query('UPDATE logs SET min_index = $2, min_hash = $3, min_frontier = $4 WHERE log = $1', [
    log.number,
    start.size,
    fromHex(start.headHash) as Uint8Array,
    start.frontier,
  ])
  void sql.query(FORGET_KEYS_BEFORE, [log.number, start.size])
  const before = Array.from({ length: BLOCK_ENTRIES_MAX }, (_, i) => start.size - BLOCK_ENTRIES_MAX + i)
  const { rows } = await sql.query<{ first_seq: number }>(
    'SELECT first_seq FROM blocks WHERE log = $1 AND first_seq > $3 AND first_seq < $2 AND first_seq + count > $2',
    [log.number, start.size, start.size - BLOCK_ENTRIES_MAX],
  )
  const [row] = rows
  if (row === undefined) return
  const seqs = before.filter((seq) => seq >= row.first_seq)
  await eraseFrom(sql, log, seqs, SECTION_PATHS)
}

const PRUNE = `
DELETE FROM blocks WHERE position IN (
  SELECT position FROM blocks WHERE log = $1 AND first_seq < $2 AND first_seq + count <= $2 ORDER BY first_seq LIMIT $3)`

// There are no receipts any more of what was pruned.
const FORGET_KEYS_BEFORE = `
DELETE FROM idempotency_keys WHERE log = $1 AND EXISTS (
  SELECT FROM jsonb_array_elements(places::jsonb) AS place WHERE (place ->> 0)::bigint < $2)`

// What memory still has of them names rows that are not there, and costs no more than a look. The newest stays: by its number
// every process knows which comes next.
const DROP_RUNS_WITHOUT_ROWS = `
WITH empty AS (
  DELETE FROM id_runs USING (
    SELECT run, last_position, lag(last_position, 1, 0::bigint) OVER (ORDER BY last_position) AS before FROM id_runs
  ) AS this WHERE id_runs.run = this.run AND this.run < (SELECT max(run) FROM id_runs) AND NOT EXISTS (
    SELECT FROM blocks WHERE position <= this.last_position AND position > this.before)
  RETURNING id_runs.run
)
DELETE FROM id_chunks WHERE run IN (SELECT run FROM empty)`

/** A log's head, when the log has begun. */
export async function readLog(
  sql: SqlConnection,
  { organization_id, mode }: LogName,
  lock: '' | 'FOR UPDATE',
): Promise<StoredLog | undefined> {
  const { rows } = await sql.query<LogRow>(
    `SELECT * FROM logs WHERE organization_id = $1 AND mode = $2 ${lock}`,
    [organization_id, mode],
  )
  return rows[0] === undefined ? undefined : toStoredLog(rows[0])
}
