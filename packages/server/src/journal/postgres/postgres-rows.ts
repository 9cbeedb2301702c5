import type { LogName } from '@counterfoil/core'
import { readGuarded, setGuard } from '../../postgres/guard.js'
import type { Postgres, SqlConnection, SqlStatement, SqlValue } from '../../postgres/postgres.js'
import type { BlockRow } from '../block-row.js'
import type { IndexProgress, JournalReader, PositionRange, RestingEntries } from '../journal.js'
import type { EntryPlace, JournalRows } from '../journal-rows.js'
import { type LogRow, toStoredLog } from '../log-row.js'
import { StoredJournalReader } from '../stored-journal-reader.js'
import { nameKey, type StoredLog } from '../stored-log.js'
import { IdIndex } from './id-index.js'
import { ALL_LOGS, type JournalDatabase, LOG_SCOPE, openForReading, readMeta } from './schema.js'

export interface PostgresReaderSettings extends JournalDatabase {
  /** Which search index's progress is read. */
  readonly index: string
  /** Shown in `pg_stat_activity`. */
  readonly purpose: string
}

/** Opens the journal for reading, on connections of its own. `resting` gives the entries whose rows were trimmed. */
export async function openPostgresJournalReader(
  settings: PostgresReaderSettings,
  resting?: () => Promise<RestingEntries>,
): Promise<JournalReader> {
  const postgres = await openForReading(settings, settings.purpose)
  return new StoredJournalReader(new PostgresRows(postgres, settings.index), resting)
}

type Scope = number | string

/** Runs one statement that sees the rows of one log alone, or of all: one round trip. */
export function inScope<Row>(
  postgres: Postgres,
  scope: Scope,
  statement: SqlStatement,
): Promise<readonly Row[]> {
  return readGuarded<Row>(postgres, LOG_SCOPE, scope, statement)
}

/** Which log's rows the transaction sees, until it ends. */
export function setScope(sql: SqlConnection, scope: Scope): Promise<unknown> {
  return setGuard(sql, LOG_SCOPE, scope)
}

class PostgresRows implements JournalRows {
  readonly #postgres: Postgres
  readonly #index: string
  /** Made at the first look-up, because following every id costs memory that a mere walk does not need. */
  #ids: Promise<IdIndex> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(postgres: Postgres, index: string) {
    this.#postgres = postgres
    this.#index = index
  }

  originHost(): Promise<string> {
    return readMeta(this.#postgres, 'origin_host')
  }

  installationId(): Promise<string> {
    return readMeta(this.#postgres, 'installation_id')
  }

  async logs(): Promise<readonly StoredLog[]> {
    const rows = await this.#all<LogRow>('all_logs', 'SELECT * FROM logs ORDER BY log', [])
    return rows.map(toStoredLog)
  }

  async findLog(name: LogName): Promise<StoredLog | undefined> {
    const rows = await inScope<LogRow>(this.#postgres, nameKey(name), {
      name: 'find_log',
      text: 'SELECT * FROM logs WHERE organization_id = $1 AND mode = $2',
      values: [name.organization_id, name.mode],
    })
    return rows[0] === undefined ? undefined : toStoredLog(rows[0])
  }

  async logsOf(numbers: readonly number[]): Promise<readonly StoredLog[]> {
    const text = 'SELECT * FROM logs WHERE log = ANY ($1::bigint[])'
    return (await this.#all<LogRow>('logs_of', text, [numbers])).map(toStoredLog)
  }

  async trimmedSize(log: number): Promise<number> {
    const text = 'SELECT trimmed_size FROM logs WHERE log = $1'
    const rows = await this.#of<{ trimmed_size: number }>(log, 'trimmed_size', text, [])
    return rows[0]?.trimmed_size ?? 0
  }

  async containing(log: number, seqs: readonly number[]): Promise<readonly (BlockRow | undefined)[]> {
    const rows = await this.#of<BlockRow>(log, 'containing', CONTAINING, [seqs])
    return seqs.map((seq) => rows.find((row) => seq >= row.first_seq && seq < row.first_seq + row.count))
  }

  async before(log: number, seq: number): Promise<BlockRow | undefined> {
    return (await this.downFrom(log, seq - 1, 1))[0]
  }

  from(log: number, seq: number, limit: number): Promise<readonly BlockRow[]> {
    const text = 'SELECT * FROM blocks WHERE log = $1 AND first_seq >= $2 ORDER BY first_seq LIMIT $3'
    return this.#of(log, 'rows_from', text, [seq, limit])
  }

  downFrom(log: number, seq: number, limit: number): Promise<readonly BlockRow[]> {
    const text = 'SELECT * FROM blocks WHERE log = $1 AND first_seq <= $2 ORDER BY first_seq DESC LIMIT $3'
    return this.#of(log, 'rows_down_from', text, [seq, limit])
  }

  async holding(log: number, seq: number, limit: number): Promise<readonly BlockRow[]> {
    const rows = await this.#of<BlockRow>(log, 'rows_holding', HOLDING, [seq, limit])
    const [first] = rows
    return first !== undefined && seq < first.first_seq + first.count ? rows : []
  }

  async firstSince(log: number, time: number, size: number): Promise<number> {
    const text = 'SELECT first_since($1, $2, $3) AS seq'
    const rows = await this.#of<{ seq: number }>(log, 'first_since', text, [time, size])
    return (rows[0] as { seq: number }).seq
  }

  within(ranges: readonly PositionRange[], limit: number): Promise<readonly BlockRow[]> {
    return this.#all('rows_within', WITHIN, [
      ranges.map(({ firstPosition }) => firstPosition),
      ranges.map(({ lastPosition }) => lastPosition),
      limit,
    ])
  }

  async placesOfId(log: number, id: Uint8Array): Promise<readonly EntryPlace[]> {
    const locations = await this.#inTurn(async (ids) =>
      this.#postgres.transaction(
        async (sql) => {
          await setScope(sql, ALL_LOGS)
          await ids.catchUp(sql)
          return (await ids.find(sql, [{ log, bytes: id }]))[0] ?? []
        },
        { readOnly: true },
      ),
    )
    if (locations.length === 0) return []
    const text = 'SELECT * FROM blocks WHERE log = $1 AND position = ANY ($2::bigint[])'
    const positions = locations.map(({ position }) => position)
    const rows = await this.#of<BlockRow>(log, 'rows_at', text, [positions])
    return locations.flatMap(({ position, index }) => {
      const row = rows.find((one) => one.position === position)
      return row !== undefined && mayHold(row, index, id) ? [{ row, index }] : []
    })
  }

  async logsAfter(position: number): Promise<readonly LogName[]> {
    return this.#all<LogName>('logs_after', LOGS_AFTER, [position])
  }

  async lastPosition(): Promise<number> {
    const { rows } = await this.#postgres.query<{ last: number }>('SELECT last FROM journal_position')
    return rows[0]?.last ?? 0
  }

  async indexProgress(): Promise<IndexProgress> {
    const { rows } = await this.#postgres.query<{ done_position: number; sending_position: number }>(
      'SELECT done_position, sending_position FROM index_progress WHERE index_id = $1',
      [this.#index],
    )
    return { donePosition: rows[0]?.done_position ?? 0, sendingPosition: rows[0]?.sending_position ?? 0 }
  }

  async entriesThrough(position: number): Promise<number> {
    const rows = await this.#all<{ entries: number }>('entries_through', ENTRIES_THROUGH, [position])
    return (rows[0] as { entries: number }).entries
  }

  async seqThrough(log: number, position: number): Promise<number | undefined> {
    const text = `SELECT first_seq + count - 1 AS seq FROM blocks
      WHERE log = $1 AND position <= $2 ORDER BY first_seq DESC LIMIT 1`
    return (await this.#of<{ seq: number }>(log, 'seq_through', text, [position]))[0]?.seq
  }

  async close(): Promise<void> {
    await this.#postgres.close()
  }

  /** Rows of one log, which is the statement's first parameter. */
  #of<Row>(log: number, name: string, text: string, values: SqlStatement['values']): Promise<readonly Row[]> {
    return inScope(this.#postgres, log, { name, text, values: [log, ...(values ?? [])] })
  }

  #all<Row>(name: string, text: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return inScope(this.#postgres, ALL_LOGS, { name, text, values })
  }

  /** One look-up at a time follows the ids. */
  #inTurn<Result>(work: (ids: IdIndex) => Promise<Result>): Promise<Result> {
    this.#ids ??= readMeta(this.#postgres, 'fingerprint_seed').then((seed) => new IdIndex(Number(seed)))
    const ids = this.#ids
    // What failed may succeed the next time.
    ids.catch(() => {
      this.#ids = undefined
    })
    const result = this.#turn.then(async () => work(await ids))
    this.#turn = result.catch(() => undefined)
    return result
  }
}

/** Rows that hold entries, each once: first where they are, then what they say, as a row may be heavy. */
const CONTAINING = `
SELECT * FROM blocks WHERE log = $1 AND position IN (
  SELECT place.position FROM unnest($2::bigint[]) AS wanted (seq), LATERAL (
    SELECT position FROM blocks WHERE log = $1 AND first_seq <= wanted.seq ORDER BY first_seq DESC LIMIT 1
  ) AS place)`

/**
 * The row that holds an entry, and those after it. No function may stand in such a condition: under row-level security it might leak what
 * it is given, so the condition is no bound for an index, and every row of the log before would be read.
 */
const HOLDING = `
SELECT * FROM blocks WHERE log = $1 AND first_seq >= (
  SELECT first_seq FROM blocks WHERE log = $1 AND first_seq <= $2 ORDER BY first_seq DESC LIMIT 1)
ORDER BY first_seq LIMIT $3`

/** Range by range, as many rows of each as are wanted of all: nothing is read that lies between them. */
const WITHIN = `
SELECT found.* FROM unnest($1::bigint[], $2::bigint[]) AS r (first, last), LATERAL (
  SELECT * FROM blocks WHERE position >= r.first AND position <= r.last ORDER BY position LIMIT $3
) AS found ORDER BY found.position LIMIT $3`

/** From the few rows after a position to their logs, and not from every log to its rows. */
const LOGS_AFTER = `
WITH later AS MATERIALIZED (SELECT DISTINCT log FROM blocks WHERE position > $1)
SELECT organization_id, mode FROM later JOIN logs USING (log) ORDER BY log`

/**
 * One snapshot for both, as recording goes on. Counted from the end: heads know all there are, and few rows come after the place that an
 * index has reached. Of a row in which a log begins since it was pruned, only what is kept counts; rows before it may not be gone yet.
 */
const ENTRIES_THROUGH = `
WITH later AS MATERIALIZED (SELECT log, first_seq, count FROM blocks WHERE position > $1)
SELECT ((SELECT coalesce(sum(size - min_index), 0) FROM logs) - (
  SELECT coalesce(sum(greatest(0, first_seq + count - greatest(first_seq, min_index))), 0)
  FROM later JOIN logs USING (log)))::bigint AS entries`

/** Whether a row has an entry with this id at place `index`; one that was trimmed cannot tell. */
export function mayHold(row: BlockRow, index: number, id: Uint8Array): boolean {
  if (index >= row.count) return false
  return row.ids === null || Buffer.compare(row.ids.subarray(16 * index, 16 * index + 16), id) === 0
}
