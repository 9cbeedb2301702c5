import type { LogName, Mode } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import type { BlockRow } from '../block-row.js'
import type { IndexProgress, JournalReader, PositionRange, RestingEntries } from '../journal.js'
import type { EntryPlace, JournalRows } from '../journal-rows.js'
import { StoredJournalReader } from '../stored-journal-reader.js'
import type { StoredLog } from '../stored-log.js'
import { BlockTable } from './block-table.js'
import { placesOfId } from './find-entry.js'
import { IdIndex } from './id-index.js'
import { LogTable } from './log-table.js'
import { readMeta } from './meta.js'
import { openForReading } from './schema.js'

/**
 * Opens the journal for reading, on a connection of its own. `resting` gives the entries whose rows were trimmed.
 * Throws `damaged_journal` or `unsupported_sqlite`. */
export async function openSqliteJournalReader(
  path: string,
  resting?: () => Promise<RestingEntries>,
): Promise<JournalReader> {
  const database = await openForReading(path)
  try {
    return new StoredJournalReader(new SqliteRows(database), resting)
  } catch (error) {
    database.close()
    throw error
  }
}

class SqliteRows implements JournalRows {
  readonly #database: Database
  readonly #logs: LogTable
  readonly #blocks: BlockTable
  readonly #readProgress: Statement
  readonly #readSeqThrough: Statement
  readonly #readLater: Statement
  readonly #readGrown: Statement
  /** Made at the first look-up, because following every id costs memory that a mere walk does not need. */
  #ids: IdIndex | undefined

  constructor(database: Database) {
    this.#database = database
    this.#logs = new LogTable(database)
    this.#blocks = new BlockTable(database)
    this.#readProgress = database.prepare('SELECT done_position, sending_position FROM index_progress')
    // Of a row in which a log begins since it was pruned, only what is kept counts; rows before it may not be gone yet.
    this.#readLater = database.prepare(
      `SELECT coalesce(sum(max(0, first_seq + count - max(first_seq, min_index))), 0) AS later
       FROM blocks JOIN logs USING (log) WHERE position > ?`,
    )
    this.#readGrown = database.prepare(
      `SELECT organization_id, mode FROM logs
       WHERE log IN (SELECT log FROM blocks WHERE position > ?) ORDER BY log`,
    )
    this.#readSeqThrough = database.prepare(
      'SELECT first_seq + count - 1 AS seq FROM blocks WHERE log = ? AND position <= ? ORDER BY first_seq DESC LIMIT 1',
    )
  }

  async originHost(): Promise<string> {
    return readMeta(this.#database, 'origin_host')
  }

  async installationId(): Promise<string> {
    return readMeta(this.#database, 'installation_id')
  }

  async logs(): Promise<readonly StoredLog[]> {
    return this.#logs.all()
  }

  async findLog(name: LogName): Promise<StoredLog | undefined> {
    return this.#logs.find(name)
  }

  async logsOf(numbers: readonly number[]): Promise<readonly StoredLog[]> {
    return numbers.flatMap((log) => this.#logs.numbered(log) ?? [])
  }

  async trimmedSize(log: number): Promise<number> {
    return this.#logs.trimmedSize(log)
  }

  async containing(log: number, seqs: readonly number[]): Promise<readonly (BlockRow | undefined)[]> {
    // Entries of a page share rows, and a row is some 15 KB: reading it anew for each took a third of a page.
    let row: BlockRow | undefined
    return seqs.map((seq) => {
      const isHere = row !== undefined && seq >= row.first_seq && seq < row.first_seq + row.count
      if (!isHere) row = this.#blocks.containing(log, seq)
      return row
    })
  }

  async before(log: number, seq: number): Promise<BlockRow | undefined> {
    return this.#blocks.before(log, seq)
  }

  async from(log: number, seq: number, limit: number): Promise<readonly BlockRow[]> {
    return this.#blocks.from(log, seq, limit)
  }

  async downFrom(log: number, seq: number, limit: number): Promise<readonly BlockRow[]> {
    return this.#blocks.downFrom(log, seq, limit)
  }

  async holding(log: number, seq: number, limit: number): Promise<readonly BlockRow[]> {
    return this.#blocks.holding(log, seq, limit)
  }

  async firstSince(log: number, time: number, size: number): Promise<number> {
    return this.#blocks.firstSince(log, time, size)
  }

  async within(ranges: readonly PositionRange[], limit: number): Promise<readonly BlockRow[]> {
    const rows: BlockRow[] = []
    for (const range of ranges) {
      if (rows.length === limit) break
      rows.push(...this.#blocks.within(range, limit - rows.length))
    }
    return rows
  }

  async placesOfId(log: number, id: Uint8Array): Promise<readonly EntryPlace[]> {
    if (this.#ids === undefined) this.#ids = new IdIndex(this.#database)
    else this.#ids.catchUp()
    return placesOfId(this.#ids, this.#blocks, log, id)
  }

  async logsAfter(position: number): Promise<readonly LogName[]> {
    const rows = this.#readGrown.all(position) as unknown as { organization_id: string; mode: Mode }[]
    return rows.map(({ organization_id, mode }) => ({ organization_id, mode }))
  }

  async lastPosition(): Promise<number> {
    return this.#blocks.lastPosition()
  }

  async indexProgress(): Promise<IndexProgress> {
    const row = this.#readProgress.get() as { done_position: number; sending_position: number }
    return { donePosition: row.done_position, sendingPosition: row.sending_position }
  }

  async entriesThrough(position: number): Promise<number> {
    // One snapshot for both, as recording goes on. Counted from the end: heads know all there are, and few rows come
    // after the place that an index has reached.
    this.#database.exec('BEGIN')
    const { later } = this.#readLater.get(position) as { later: number }
    const all = this.#logs.all().reduce((sum, { chain, start }) => sum + chain.size - start.size, 0)
    this.#database.exec('COMMIT')
    return all - later
  }

  async seqThrough(log: number, position: number): Promise<number | undefined> {
    return (this.#readSeqThrough.get(log, position) as { seq: number } | undefined)?.seq
  }

  async close(): Promise<void> {
    this.#database.close()
  }
}
