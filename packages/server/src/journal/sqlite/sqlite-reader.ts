import { AppError, Frontier, HASH_BYTES, type LogName, logOrigin, type Order, toHex } from '@counterfoil/core'
import { sha256Into } from '../../platform-hash.js'
import type { Database, Statement } from '../../sqlite/driver.js'
import type { Block } from '../block.js'
import type {
  ChainVerdict,
  IndexProgress,
  JournalReader,
  JournalRow,
  LogHead,
  RestingEntries,
  SeqRange,
  StoredEntry,
  TimeRange,
  VerifyRange,
} from '../journal.js'
import { uuidBytes } from '../uuid.js'
import { type BlockRow, BlockTable, blockOf, entriesOf, isCut, placesOf } from './block-table.js'
import { DecodedSegments } from './decoded-segments.js'
import { placesOfId } from './find-entry.js'
import { IdIndex } from './id-index.js'
import { LogTable, type StoredLog } from './log-table.js'
import { RestingRows } from './resting-rows.js'
import { openForReading, readMeta } from './schema.js'
import { verifyLog } from './verify-log.js'

/**
 * Opens the journal for reading, on a connection of its own. `resting` gives the entries whose rows were trimmed.
 * Throws `damaged_journal` or `unsupported_sqlite`. */
export async function openSqliteJournalReader(
  path: string,
  resting?: () => Promise<RestingEntries>,
): Promise<JournalReader> {
  const database = await openForReading(path)
  try {
    return new SqliteJournalReader(database, new RestingRows(resting))
  } catch (error) {
    database.close()
    throw error
  }
}

class SqliteJournalReader implements JournalReader {
  readonly #database: Database
  readonly #logs: LogTable
  readonly #blocks: BlockTable
  readonly #readProgress: Statement
  readonly #readSeqThrough: Statement
  readonly #readLater: Statement
  /** Made at the first look-up, because following every id costs memory that a mere walk does not need. */
  #ids: IdIndex | undefined
  readonly #decoded = new DecodedSegments()
  readonly #resting: RestingRows

  constructor(database: Database, resting: RestingRows) {
    this.#database = database
    this.#resting = resting
    this.#logs = new LogTable(database)
    this.#blocks = new BlockTable(database)
    this.#readProgress = database.prepare('SELECT done_position, sending_position FROM index_progress')
    this.#readLater = database.prepare(
      'SELECT coalesce(sum(count), 0) AS later FROM blocks WHERE position > ?',
    )
    this.#readSeqThrough = database.prepare(
      'SELECT first_seq + count - 1 AS seq FROM blocks WHERE log = ? AND position <= ? ORDER BY first_seq DESC LIMIT 1',
    )
  }

  async logs(): Promise<readonly LogName[]> {
    return this.#logs.all().map(({ name }) => name)
  }

  async heads(): Promise<readonly LogHead[]> {
    return this.#logs.all().map(toHead)
  }

  async head(log: LogName): Promise<LogHead | undefined> {
    const stored = this.#logs.find(log)
    return stored === undefined ? undefined : toHead(stored)
  }

  async originOf(log: LogName): Promise<string> {
    const host = readMeta(this.#database, 'origin_host')
    return this.#logs.find(log)?.chain.origin ?? logOrigin(host, log.organization_id, log.mode, 0)
  }

  async entriesAt(log: LogName, seqs: readonly number[]): Promise<readonly StoredEntry[]> {
    const stored = this.#logs.find(log)
    const entries: StoredEntry[] = []
    for (const seq of seqs) {
      const row = stored === undefined ? undefined : this.#blocks.containing(stored.number, seq)
      if (stored === undefined || row === undefined) throw missingEntry(seq)
      entries.push(await this.#entry(stored, row, seq - row.first_seq))
    }
    return entries
  }

  async findById(log: LogName, id: string): Promise<StoredEntry | undefined> {
    const stored = this.#logs.find(log)
    if (stored === undefined) return undefined
    if (this.#ids === undefined) this.#ids = new IdIndex(this.#database)
    else this.#ids.catchUp()
    for (const { row, index } of placesOfId(this.#ids, this.#blocks, stored.number, uuidBytes(id))) {
      const entry = await this.#entry(stored, row, index)
      if (entry.id === id) return entry
    }
    return undefined
  }

  async blocks(log: LogName, seq: number, order: Order, limit: number): Promise<readonly Block[]> {
    const stored = this.#logs.find(log)
    const number = stored?.number ?? NO_LOG
    const rows =
      order === 'newest_first'
        ? this.#blocks.downFrom(number, seq, limit)
        : this.#blocks.holding(number, seq, limit)
    const [first] = rows
    if (stored === undefined || first === undefined || seq >= first.first_seq + first.count)
      throw missingEntry(seq)
    // Where rows were trimmed, a bundle; whoever wants more asks again.
    if (this.#isTrimmed(stored, first)) return [await this.#resting.bundle(stored.chain.origin, seq)]
    const cut = rows.findIndex((row) => this.#isTrimmed(stored, row))
    return (cut < 0 ? rows : rows.slice(0, cut)).map(blockOf)
  }

  /** The entry at place `index` of a row, from where it rests when the row was trimmed. */
  async #entry(log: StoredLog, row: BlockRow, index: number): Promise<StoredEntry> {
    if (this.#isTrimmed(log, row)) return this.#resting.entry(log.chain.origin, row.first_seq + index)
    return this.#decoded.entryOfRow(row, index)
  }

  /** Whether it was us who cut the row. Asked anew each time: trimming goes on beside reading. */
  #isTrimmed(log: StoredLog, row: BlockRow): boolean {
    return isCut(row) && row.first_seq + row.count <= this.#logs.trimmedSize(log.number)
  }

  async seqsWithin(log: LogName, { from, to }: TimeRange): Promise<SeqRange | undefined> {
    const stored = this.#logs.find(log)
    if (stored === undefined) return undefined
    const { size } = stored.chain
    const since = (time: number) => this.#blocks.firstSince(stored.number, time, size)
    const first = from === undefined ? 0 : since(from)
    const last = (to === undefined ? size : since(to + 1)) - 1
    return first > last ? undefined : { first, last }
  }

  async rowsAt(log: LogName, seqs: readonly number[]): Promise<readonly JournalRow[]> {
    const stored = this.#logs.find(log)
    const rows: JournalRow[] = []
    for (const seq of seqs) {
      const row = stored === undefined ? undefined : this.#blocks.containing(stored.number, seq)
      if (stored === undefined || row === undefined) throw missingEntry(seq)
      const entry = await this.#entry(stored, row, seq - row.first_seq)
      rows.push({ position: row.position, log, entries: [entry] })
    }
    return rows
  }

  async rowsAfter(position: number, entryLimit: number): Promise<readonly JournalRow[]> {
    const logs = new Map(this.#logs.all().map((log) => [log.number, log]))
    const rows: JournalRow[] = []
    let entries = 0
    for (let after = position; entries < entryLimit; ) {
      const batch = this.#blocks.after(after, 64)
      if (batch.length === 0) break
      for (const row of batch) {
        if (entries >= entryLimit) break
        const log = logs.get(row.log) as StoredLog
        rows.push({ position: row.position, log: log.name, entries: await this.#indexable(log, row) })
        entries += row.count
        after = row.position
      }
    }
    return rows
  }

  /** Who reads entries of a row that does not decode is told of the damage, and so is who has the log verified. */
  async #indexable(log: StoredLog, row: BlockRow): Promise<StoredEntry[]> {
    try {
      return await this.#entries(log, row)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return placesOf(row)
    }
  }

  async #entries(log: StoredLog, row: BlockRow): Promise<StoredEntry[]> {
    if (!this.#isTrimmed(log, row)) return entriesOf(row)
    const entries: StoredEntry[] = []
    for (let index = 0; index < row.count; index++) entries.push(await this.#entry(log, row, index))
    return entries
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
    const all = this.#logs.all().reduce((sum, { chain }) => sum + chain.size, 0)
    this.#database.exec('COMMIT')
    return all - later
  }

  async seqThrough(log: LogName, position: number): Promise<number | undefined> {
    const stored = this.#logs.find(log)
    if (stored === undefined) return undefined
    return (this.#readSeqThrough.get(stored.number, position) as { seq: number } | undefined)?.seq
  }

  async verify(log: LogName, range: VerifyRange): Promise<ChainVerdict> {
    const stored = this.#logs.find(log)
    if (stored === undefined) {
      return {
        logSize: 0,
        walked: 0,
        redacted: 0,
        firstSeq: undefined,
        lastSeq: undefined,
        nextSeq: undefined,
        broken: undefined,
        headMatches: undefined,
      }
    }
    const { origin } = stored.chain
    const resting = {
      bundleOf: (seq: number) => this.#resting.bundle(origin, seq),
      restingSize: () => this.#resting.size(origin),
      restingHash: (seq: number) => this.#resting.hashAt(origin, seq),
    }
    return verifyLog(
      { blocks: this.#blocks, isTrimmed: (row) => this.#isTrimmed(stored, row), ...resting },
      stored,
      range,
    )
  }

  async close(): Promise<void> {
    this.#database.close()
  }
}

/** No log has this number. */
const NO_LOG = -1

function missingEntry(seq: number): AppError {
  return new AppError('damaged_journal', { hint: `Entry ${seq} is missing from the journal.` })
}

function toHead({ name, chain, lastPosition, trimmedSize }: StoredLog): LogHead {
  const frontier = Frontier.restore(sha256Into, chain.size, chain.frontier)
  return {
    log: name,
    origin: chain.origin,
    size: chain.size,
    headHash: toHex(chain.headHash, 0, HASH_BYTES),
    root: toHex(frontier.root()),
    lastPosition,
    trimmedSize,
  }
}
