import {
  type AdmittedEntry,
  AppError,
  epochNumber,
  formatMicroseconds,
  type LogName,
  logOrigin,
  type SectionPath,
  TILE_WIDTH,
} from '@counterfoil/core'
import { type Database, inTransaction, type Statement } from '../../sqlite/driver.js'
import { scrubDatabase } from '../../sqlite/scrub.js'
import { AppendPlan, type History, type LogPlan, type RecordedEntry, receiptsOf } from '../append-plan.js'
import { type BlockRow, isCut } from '../block-row.js'
import { DecodedSegments } from '../decoded-segments.js'
import type { SeqRange } from '../idempotency.js'
import type {
  AppendedRows,
  AppendResult,
  IndexProgress,
  Journal,
  JournalBatch,
  LogStart,
  Receipt,
  RestingEntries,
  StoredEntry,
  TrimBounds,
} from '../journal.js'
import { RestingLookups, RestingNeeded } from '../resting-lookups.js'
import { RestingRows } from '../resting-rows.js'
import { emptyChain, type SealedBlock, Sealer } from '../sealer.js'
import { nameKey, type StoredLog } from '../stored-log.js'
import { uuidBytes } from '../uuid.js'
import { BlockTable } from './block-table.js'
import { placesOfId } from './find-entry.js'
import { IdIndex } from './id-index.js'
import { IdempotencyTable } from './idempotency-table.js'
import { LogTable, readCheckedLogs } from './log-table.js'
import { readMeta } from './meta.js'
import { RowEraser } from './row-eraser.js'
import { type JournalSettings, openForWriting } from './schema.js'
import { WriteGuard, type WriteGuardSettings } from './write-guard.js'

export interface SqliteJournalSettings extends JournalSettings, WriteGuardSettings {
  /** Microseconds since 1970; may step back. */
  readonly now: () => number
  /** Gives the entries whose rows were trimmed. */
  readonly resting?: () => Promise<RestingEntries>
  /** Ids that are written as one run; see id-index.ts. */
  readonly idRunEntries?: number
}

/** Opens the journal in SQLite. It must be the only writer of its file. */
export async function openSqliteJournal(settings: SqliteJournalSettings): Promise<Journal> {
  const database = await openForWriting(settings)
  try {
    return new SqliteJournal(database, settings)
  } catch (error) {
    database.close()
    throw error
  }
}

/** What was written to one log, to be remembered when the transaction has committed. */
interface WrittenLog {
  readonly log: StoredLog
  readonly blocks: readonly SealedBlock[]
  readonly rows: AppendedRows
}

class SqliteJournal implements Journal {
  // Referenced for as long as the journal lives: a prepared statement does not keep its connection open.
  readonly #database: Database
  readonly #settings: SqliteJournalSettings
  readonly #guard: WriteGuard
  readonly #sealer = new Sealer()
  readonly #logs: Map<string, StoredLog>
  readonly #logTable: LogTable
  readonly #blocks: BlockTable
  readonly #decoded = new DecodedSegments()
  readonly #resting: RestingRows
  readonly #ids: IdIndex
  readonly #keys: IdempotencyTable
  readonly #originHost: string
  readonly #eraser: RowEraser
  readonly #insertBlock: Statement
  readonly #saveProgress: Statement
  #lastPosition: number

  constructor(database: Database, settings: SqliteJournalSettings) {
    this.#database = database
    this.#settings = settings
    this.#resting = new RestingRows(settings.resting)
    this.#guard = new WriteGuard(settings)
    this.#originHost = readMeta(database, 'origin_host')
    this.#logs = readCheckedLogs(database)
    this.#logTable = new LogTable(database)
    this.#blocks = new BlockTable(database)
    this.#ids = new IdIndex(database, settings.idRunEntries)
    this.#eraser = new RowEraser(database, this.#blocks)
    this.#keys = new IdempotencyTable(database)
    this.#lastPosition = this.#blocks.lastPosition()
    this.#saveProgress = database.prepare('UPDATE index_progress SET done_position = ?, sending_position = ?')
    this.#insertBlock = database.prepare(
      `INSERT INTO blocks (position, log, first_seq, count, recorded_at, prev_hash, ids, entry_hashes, salts, contents)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  /** Access control has a file of its own, which no transaction here sees. */
  async accessVersion(): Promise<undefined> {
    return undefined
  }

  async append(batches: readonly JournalBatch[]): Promise<AppendResult> {
    this.#guard.assertWritable()
    const resting = new RestingLookups()
    for (;;) {
      try {
        return this.#append(batches, this.#settings.now(), resting)
      } catch (error) {
        // Nothing was written. What it takes to know whether an entry is a repeat is read first, then all is tried again.
        if (!(error instanceof RestingNeeded)) throw this.#guard.refusal(error)
      }
      await resting.load(this.#resting)
    }
  }

  async trim(name: LogName, until: TrimBounds, rowsMax: number): Promise<number> {
    this.#guard.assertWritable()
    const log = this.#logs.get(nameKey(name))
    if (log === undefined) return 0
    // The newest row stays: a log's head is held against it. So do rows whose ids are in no run yet.
    const size = Math.min(until.size, log.chain.size - 1)
    const position = Math.min(until.position, this.#ids.runsPosition)
    try {
      const { rows, log: after } = inTransaction(this.#database, () => {
        const { rows, end } = this.#blocks.trim(log.number, log.trimmedSize, { size, position }, rowsMax)
        return { rows, log: rows === 0 ? log : this.#logTable.setTrimmed(log, end) }
      })
      this.#logs.set(nameKey(name), after)
      return rows
    } catch (error) {
      throw this.#guard.refusal(error)
    }
  }

  async beginEpoch(
    name: LogName,
    epoch: number,
    entryOf: (carriedSize: number) => AdmittedEntry,
  ): Promise<Receipt> {
    this.#guard.assertWritable()
    const origin = logOrigin(this.#originHost, name.organization_id, name.mode, epoch)
    const before = this.#logs.get(nameKey(name))
    if (before !== undefined && (epochNumber(before.chain.origin) as number) >= epoch)
      throw new RangeError(`epoch ${epoch} does not follow ${before.chain.origin}`)
    try {
      const { written, plan } = inTransaction(this.#database, () => {
        const log = this.#logTable.beginEpoch(before ?? this.#beginLog(name), origin)
        const entry = entryOf(log.chain.size)
        const fresh: LogPlan = { log, fresh: [entry], freshById: new Map(), receipts: [] }
        return { written: this.#writeLog(fresh, this.#lastPosition, this.#settings.now()), plan: fresh }
      })
      this.#remember([written])
      return plan.receipts[0] as Receipt
    } catch (error) {
      throw this.#guard.refusal(error)
    }
  }

  async erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void> {
    this.#guard.assertWritable()
    const stored = this.#logs.get(nameKey(log))
    if (stored === undefined) return
    try {
      inTransaction(this.#database, () => this.#eraser.erase(stored, seqs, paths, this.#settings.now()))
    } catch (error) {
      throw this.#guard.refusal(error)
    }
  }

  async scrub(): Promise<boolean> {
    this.#guard.assertWritable()
    try {
      return scrubDatabase(this.#database)
    } catch (error) {
      throw this.#guard.refusal(error)
    }
  }

  async prune(name: LogName, start: LogStart, rowsMax: number): Promise<number> {
    this.#guard.assertWritable()
    const log = this.#logs.get(nameKey(name))
    if (log === undefined) return 0
    // A log is never emptied: its newest row stays, which its head is held against.
    if (start.size % TILE_WIDTH !== 0 || start.size < log.start.size || start.size >= log.chain.size)
      throw new RangeError(`a log of ${log.chain.size} entries cannot begin at ${start.size}`)
    try {
      const { rows, log: after } = inTransaction(this.#database, () => {
        const after = log.start.size === start.size ? log : this.#logTable.setStart(log, start)
        if (after !== log) {
          this.#eraser.eraseBefore(after, start.size)
          this.#keys.forgetBefore(log.number, start.size)
        }
        const rows = this.#blocks.prune(log.number, start.size, rowsMax)
        if (rows < rowsMax) this.#ids.dropRunsWithoutRows()
        return { rows, log: after }
      })
      this.#logs.set(nameKey(name), after)
      return rows
    } catch (error) {
      throw this.#guard.refusal(error)
    }
  }

  async saveIndexProgress({ donePosition, sendingPosition }: IndexProgress): Promise<void> {
    this.#guard.assertWritable()
    try {
      this.#saveProgress.run(donePosition, sendingPosition)
    } catch (error) {
      throw this.#guard.refusal(error)
    }
  }

  async close(): Promise<void> {
    this.#database.close()
    await this.#resting.close()
  }

  #append(batches: readonly JournalBatch[], now: number, resting: RestingLookups): AppendResult {
    const { plan, written } = inTransaction(this.#database, () => this.#write(batches, now, resting))
    this.#remember(written)
    return {
      outcomes: plan.outcomes(),
      rows: written.map(({ rows }) => rows),
      lastPosition: this.#lastPosition,
    }
  }

  /** Only once it is committed is anything of it true: memory follows the disk, never the other way round. */
  #remember(written: readonly WrittenLog[]): void {
    for (const { log, rows, blocks } of written) {
      this.#logs.set(nameKey(log.name), log)
      this.#lastPosition = rows.lastPosition
      blocks.forEach((block, i) => {
        this.#ids.add(log.number, rows.firstPosition + i, block.ids, block.count)
      })
    }
    this.#ids.writeRunIfDue()
  }

  #write(
    batches: readonly JournalBatch[],
    now: number,
    resting: RestingLookups,
  ): { plan: AppendPlan; written: WrittenLog[] } {
    const nowMs = Math.floor(now / 1000)
    const plan = new AppendPlan(this.#history(nowMs, resting), now)
    for (const batch of batches) plan.add(batch)
    if (resting.missing) throw new RestingNeeded()
    const written: WrittenLog[] = []
    let position = this.#lastPosition
    for (const logPlan of plan.logs.values()) {
      if (logPlan.fresh.length === 0) continue
      const one = this.#writeLog(logPlan, position, now)
      written.push(one)
      position = one.rows.lastPosition
    }
    for (const decision of plan.newKeys) {
      this.#keys.insert(decision.plan.log.number, decision.key, receiptsOf(decision), nowMs)
    }
    return { plan, written }
  }

  /** Seals what is new in a log and inserts it after row `position`. */
  #writeLog(plan: LogPlan, position: number, now: number): WrittenLog {
    const { log, fresh } = plan
    const { blocks, receipts, chain } = this.#sealer.seal(
      log.chain,
      fresh,
      Math.max(now, log.chain.recordedAt),
    )
    plan.receipts = receipts
    let lastPosition = position
    for (const block of blocks) this.#insert(++lastPosition, log.number, block)
    const rows: AppendedRows = {
      log: log.name,
      firstPosition: position + 1,
      lastPosition,
      firstSeq: log.chain.size,
      recordedAt: chain.recordedAt,
      entries: fresh,
      ids: receipts.map(({ id }) => id),
      counts: blocks.map(({ count }) => count),
    }
    return { log: this.#logTable.advance(log, chain, lastPosition), blocks, rows }
  }

  #insert(position: number, log: number, block: SealedBlock): void {
    const { firstSeq, count, recordedAt, prevHash, ids, entryHashes, salts, contents } = block
    this.#insertBlock.run(
      position,
      log,
      firstSeq,
      count,
      recordedAt,
      prevHash,
      ids,
      entryHashes,
      salts,
      contents,
    )
  }

  #history(nowMs: number, resting: RestingLookups): History {
    return {
      log: ({ log: name }) => this.#logs.get(nameKey(name)) ?? this.#beginLog(name),
      findEntry: (log, id): RecordedEntry | undefined => {
        for (const { row, index } of placesOfId(this.#ids, this.#blocks, log.number, uuidBytes(id))) {
          if (row.first_seq + index < log.start.size) continue
          const entry = this.#entry(log, row, index, resting)
          if (entry?.id === id)
            return { receipt: toReceipt(entry), sections: entry.sections, erased: entry.erased ?? [] }
        }
        return undefined
      },
      findKey: (log, key) => {
        const earlier = this.#keys.find(log.number, key, nowMs)
        if (earlier === undefined) return undefined
        return {
          bodyHash: earlier.bodyHash,
          receipts: earlier.places.flatMap((range) => this.#receiptsIn(log, range, resting)),
        }
      },
    }
  }

  /** The entry at place `index` of a row; undefined while it rests elsewhere and was not loaded yet. */
  #entry(log: StoredLog, row: BlockRow, index: number, resting: RestingLookups): StoredEntry | undefined {
    const seq = row.first_seq + index
    if (isCut(row) && row.first_seq + row.count <= log.trimmedSize) return resting.find(log.epochs, seq)
    return this.#decoded.entryOfRow(row, index)
  }

  /** A log begins with its first append; memory learns of it only when that append has committed. */
  #beginLog(name: JournalBatch['log']): StoredLog {
    const origin = logOrigin(this.#originHost, name.organization_id, name.mode, 0)
    return this.#logTable.find(name) ?? this.#logTable.insert(name, emptyChain(origin))
  }

  #receiptsIn(log: StoredLog, [firstSeq, count]: SeqRange, resting: RestingLookups): Receipt[] {
    const receipts: Receipt[] = []
    for (let seq = firstSeq; seq < firstSeq + count; seq++) {
      const row = this.#blocks.containing(log.number, seq)
      if (row === undefined)
        throw new AppError('damaged_journal', { hint: `Entry ${seq} of ${log.chain.origin} is missing.` })
      const entry = this.#entry(log, row, seq - row.first_seq, resting)
      if (entry !== undefined) receipts.push(toReceipt(entry))
    }
    return receipts
  }
}

/** The receipt of an entry, as it was given when it was recorded. */
function toReceipt({ id, seq, entryHash, recordedAt }: StoredEntry): Receipt {
  return { id, seq, entry_hash: entryHash, recorded_at: formatMicroseconds(recordedAt) }
}
