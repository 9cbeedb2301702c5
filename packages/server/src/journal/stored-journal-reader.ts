import {
  AppError,
  type Epoch,
  Frontier,
  HASH_BYTES,
  type LogName,
  logOrigin,
  type Order,
  TILE_WIDTH,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { BLOCK_ENTRIES_MAX, type Block, contentOf, placedContents } from './block.js'
import { type BlockRow, blockOf, damagedRow, isCut, placesOf } from './block-row.js'
import { headProblems } from './check-head.js'
import { DecodedSegments } from './decoded-segments.js'
import type {
  ChainVerdict,
  IndexProgress,
  JournalReader,
  JournalRow,
  LogHead,
  LogStart,
  PositionRange,
  RestingEntries,
  SeqRange,
  StoredEntry,
  TimeRange,
  VerifyRange,
} from './journal.js'
import type { JournalRows } from './journal-rows.js'
import { rangesBetween } from './position-ranges.js'
import { type RestingPage, RestingRows } from './resting-rows.js'
import { type StoredLog, WHOLE } from './stored-log.js'
import { uuidBytes } from './uuid.js'
import { verifyLog } from './verify-log.js'

/** Entries that are asked for at once: a row or a bundle may be heavy. */
const ENTRIES_AT_ONCE = 32
/** Rows of all logs that are asked for at once. */
const ROWS_OF_ALL_AT_ONCE = 64

/** Reads a journal by what its engine finds. */
export class StoredJournalReader implements JournalReader {
  readonly #rows: JournalRows
  readonly #decoded = new DecodedSegments()
  readonly #resting: RestingRows

  /** `resting` gives the entries whose rows were trimmed. */
  constructor(rows: JournalRows, resting: (() => Promise<RestingEntries>) | undefined) {
    this.#rows = rows
    this.#resting = new RestingRows(resting)
  }

  async logs(): Promise<readonly LogName[]> {
    return (await this.#rows.logs()).map(({ name }) => name)
  }

  async heads(): Promise<readonly LogHead[]> {
    return (await this.#rows.logs()).map(toHead)
  }

  async head(log: LogName): Promise<LogHead | undefined> {
    const stored = await this.#rows.findLog(log)
    return stored === undefined ? undefined : toHead(stored)
  }

  installationId(): Promise<string> {
    return this.#rows.installationId()
  }

  async startOf(log: LogName): Promise<LogStart> {
    return (await this.#rows.findLog(log))?.start ?? WHOLE
  }

  async originOf(log: LogName): Promise<string> {
    return ((await this.epochsOf(log)).at(-1) as Epoch).origin
  }

  async epochsOf(log: LogName): Promise<readonly Epoch[]> {
    const stored = await this.#rows.findLog(log)
    if (stored !== undefined) return stored.epochs
    const host = await this.#rows.originHost()
    return [{ origin: logOrigin(host, log.organization_id, log.mode, 0), firstSeq: 0 }]
  }

  async entriesAt(log: LogName, seqs: readonly number[]): Promise<readonly StoredEntry[]> {
    const stored = await this.#rows.findLog(log)
    const resting = this.#resting.page()
    const entries = new Map<number, StoredEntry>()
    const keep = async (seq: number, read: () => Promise<StoredEntry>) => {
      const entry = await this.#unlessPruned(log, seq, read)
      if (entry !== undefined) entries.set(seq, entry)
    }
    // What was trimmed is known to rest elsewhere: its rows tell nothing more, and finding them took a fifth of the time.
    const untrimmed = seqs.filter((seq) => stored === undefined || !rests(stored, seq))
    const trimmed = seqs.filter((seq) => stored !== undefined && rests(stored, seq))
    for (let from = 0; from < trimmed.length; from += ENTRIES_AT_ONCE) {
      const some = trimmed.slice(from, from + ENTRIES_AT_ONCE)
      const { epochs } = stored as StoredLog
      await Promise.all(some.map((seq) => keep(seq, () => resting.entry(epochs, seq))))
    }
    for await (const [seq, row] of this.#rowsOf(stored, untrimmed))
      await keep(seq, () => this.#entry(stored as StoredLog, row, seq - row.first_seq, resting))
    return seqs.flatMap((seq) => entries.get(seq) ?? [])
  }

  /** Each entry that was not pruned, with the row that holds it. Throws `damaged_journal` at one that is missing. */
  async *#rowsOf(stored: StoredLog | undefined, seqs: readonly number[]): AsyncIterable<[number, BlockRow]> {
    for (let from = 0; from < seqs.length; from += ENTRIES_AT_ONCE) {
      const some = seqs.slice(from, from + ENTRIES_AT_ONCE)
      const rows = stored === undefined ? [] : await this.#rows.containing(stored.number, some)
      for (const [i, seq] of some.entries()) {
        const row = rows[i]
        if (seq < (stored?.start.size ?? 0)) continue
        if (row === undefined && stored !== undefined && (await this.#isPruned(stored.name, seq))) continue
        if (row === undefined) throw missingEntry(seq)
        yield [seq, row]
      }
    }
  }

  async findById(log: LogName, id: string): Promise<StoredEntry | undefined> {
    const stored = await this.#rows.findLog(log)
    if (stored === undefined) return undefined
    for (const { row, index } of await this.#rows.placesOfId(stored.number, uuidBytes(id))) {
      const seq = row.first_seq + index
      if (seq < stored.start.size) continue
      const entry = await this.#unlessPruned(log, seq, () => this.#entry(stored, row, index))
      if (entry?.id === id) return entry
    }
    return undefined
  }

  async blocks(log: LogName, seq: number, order: Order, limit: number): Promise<readonly Block[]> {
    const stored = await this.#rows.findLog(log)
    if (stored !== undefined && seq < stored.start.size) throw prunedEntry(seq, stored)
    // Reading rows only to learn that they were trimmed took a fifteenth of an export.
    if (stored !== undefined && rests(stored, seq)) return [await this.#resting.bundle(stored.epochs, seq)]
    const number = stored?.number ?? NO_LOG
    const rows =
      order === 'newest_first'
        ? await this.#rows.downFrom(number, seq, limit)
        : await this.#rows.holding(number, seq, limit)
    const [first] = rows
    if (stored === undefined || first === undefined || seq >= first.first_seq + first.count)
      throw missingEntry(seq)
    // Where rows were trimmed, a bundle; whoever wants more asks again.
    if (await this.#isTrimmed(stored, first)) return [await this.#resting.bundle(stored.epochs, seq)]
    const blocks: Block[] = []
    for (const row of rows) {
      if (await this.#isTrimmed(stored, row)) break
      blocks.push(blockOf(row))
    }
    return blocks
  }

  /** Whether an entry was pruned by now: pruning goes on beside reading. */
  async #isPruned(log: LogName, seq: number): Promise<boolean> {
    return seq < (await this.startOf(log)).size
  }

  /** What `read` gives; undefined when the entry was pruned meanwhile. */
  async #unlessPruned<Result>(
    log: LogName,
    seq: number,
    read: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await read()
    } catch (error) {
      if (await this.#isPruned(log, seq)) return undefined
      throw error
    }
  }

  /** The entry at place `index` of a row, from where it rests when the row was trimmed. */
  async #entry(
    log: StoredLog,
    row: BlockRow,
    index: number,
    resting: RestingPage = this.#resting,
  ): Promise<StoredEntry> {
    if (await this.#isTrimmed(log, row)) return resting.entry(log.epochs, row.first_seq + index)
    return this.#decoded.entryOfRow(row, index)
  }

  /** Whether it was us who cut the row. Asked anew each time: trimming goes on beside reading. */
  async #isTrimmed(log: StoredLog, row: BlockRow): Promise<boolean> {
    return isCut(row) && row.first_seq + row.count <= (await this.#rows.trimmedSize(log.number))
  }

  async seqsWithin(log: LogName, { from, to }: TimeRange): Promise<SeqRange | undefined> {
    const stored = await this.#rows.findLog(log)
    if (stored === undefined) return undefined
    const { size } = stored.chain
    const since = (time: number) => this.#rows.firstSince(stored.number, time, size)
    const first = Math.max(stored.start.size, from === undefined ? 0 : await since(from))
    const last = (to === undefined ? size : await since(to + 1)) - 1
    return first > last ? undefined : { first, last }
  }

  async rowsAt(log: LogName, seqs: readonly number[]): Promise<readonly JournalRow[]> {
    const stored = await this.#rows.findLog(log)
    const rows: JournalRow[] = []
    const resting = this.#resting.page()
    for await (const [seq, row] of this.#rowsOf(stored, seqs)) {
      const entry = await this.#entry(stored as StoredLog, row, seq - row.first_seq, resting)
      const { id, recordedAt } = entry
      const entries = () => [{ id, seq, recordedAt, content: contentOf(entry) }]
      rows.push({ position: row.position, log, entries })
    }
    return rows
  }

  async rowsAfter(
    position: number,
    entryLimit: number,
    held: readonly PositionRange[] = [],
  ): Promise<readonly JournalRow[]> {
    const logs = new Map<number, StoredLog>()
    const rows: JournalRow[] = []
    const resting = this.#resting.page()
    let entries = 0
    let after = position
    while (entries < entryLimit && after < Number.MAX_SAFE_INTEGER) {
      const ranges = rangesBetween(after, held, ROWS_OF_ALL_AT_ONCE)
      const batch = await this.#rows.within(ranges, ROWS_OF_ALL_AT_ONCE)
      after = (
        batch.length === ROWS_OF_ALL_AT_ONCE ? batch.at(-1)?.position : ranges.at(-1)?.lastPosition
      ) as number
      const unknown = new Set(batch.map(({ log }) => log).filter((log) => !logs.has(log)))
      if (unknown.size > 0) for (const log of await this.#rows.logsOf([...unknown])) logs.set(log.number, log)
      for (const row of batch) {
        if (entries >= entryLimit) break
        const log = logs.get(row.log) as StoredLog
        rows.push(await this.#journalRow(log, row, resting))
        entries += row.count
      }
    }
    return rows
  }

  /** Who reads entries of a row that does not decode is told of the damage, and so is who has the log verified. */
  async #journalRow(log: StoredLog, row: BlockRow, resting: RestingPage): Promise<JournalRow> {
    // Of a row that begins before the log does the rest was kept.
    const first = Math.max(0, log.start.size - row.first_seq)
    const places = () => placesOf(row).slice(first)
    const known = { position: row.position, log: log.name }
    try {
      const parts = await this.#partsOf(log, row, first, resting)
      const entries = () => {
        try {
          return parts.flatMap(({ block, indexes }) => placedContents(block, indexes))
        } catch {
          return places()
        }
      }
      return { ...known, entries }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { ...known, entries: places }
    }
  }

  /** Where the entries of a row are, from place `first` on: in the row, or in the bundles where they rest. */
  async #partsOf(
    log: StoredLog,
    row: BlockRow,
    first: number,
    resting: RestingPage,
  ): Promise<readonly BlockPart[]> {
    if (row.count > BLOCK_ENTRIES_MAX)
      throw damagedRow(row, 'it says that it has more entries than a row may')
    if (!(await this.#isTrimmed(log, row))) return [{ block: blockOf(row), indexes: range(first, row.count) }]
    const parts: BlockPart[] = []
    const end = row.first_seq + row.count
    for (let seq = row.first_seq + first; seq < end; ) {
      const bundleStart = seq - (seq % TILE_WIDTH)
      const partEnd = Math.min(end, bundleStart + TILE_WIDTH)
      const indexes = range(seq - bundleStart, partEnd - bundleStart)
      parts.push({ block: await resting.bundle(log.epochs, seq), indexes })
      seq = partEnd
    }
    return parts
  }

  async logsAfter(position: number): Promise<readonly LogName[]> {
    return this.#rows.logsAfter(position)
  }

  async lastPosition(): Promise<number> {
    return this.#rows.lastPosition()
  }

  async indexProgress(): Promise<IndexProgress> {
    return this.#rows.indexProgress()
  }

  async entriesThrough(position: number): Promise<number> {
    return this.#rows.entriesThrough(position)
  }

  async seqThrough(log: LogName, position: number): Promise<number | undefined> {
    const stored = await this.#rows.findLog(log)
    if (stored === undefined) return undefined
    return this.#rows.seqThrough(stored.number, position)
  }

  async headProblems(log: LogName): Promise<readonly string[]> {
    const stored = await this.#rows.findLog(log)
    return stored === undefined ? [] : headProblems(this.#rows, stored)
  }

  async verify(log: LogName, range: VerifyRange): Promise<ChainVerdict> {
    const stored = await this.#rows.findLog(log)
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
      bundleOf: (seq: number) => this.#resting.bundle(stored.epochs, seq),
      restingSize: () => this.#resting.size(origin),
      restingHash: (seq: number) => this.#resting.hashAt(origin, seq),
      deletions: {
        entryById: (id: string) => this.findById(log, id),
        blocksFrom: (seq: number) => this.blocks(log, seq, 'oldest_first', ROWS_AT_ONCE),
        size: stored.chain.size,
      },
    }
    return verifyLog(
      { rows: this.#rows, isTrimmed: (row) => this.#isTrimmed(stored, row), ...resting },
      stored,
      range,
    )
  }

  async close(): Promise<void> {
    await this.#rows.close()
    await this.#resting.close()
  }
}

/** Some entries of a block, by their places in it. */
interface BlockPart {
  readonly block: Block
  readonly indexes: readonly number[]
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}

/** Rows read at a time by whoever looks through all that follows. */
const ROWS_AT_ONCE = 16
/** No log has this number. */
const NO_LOG = -1

/** Whether an entry rests elsewhere for certain: a log is marked as trimmed after the ledger has what is trimmed. */
function rests({ trimmedSize, start }: StoredLog, seq: number): boolean {
  return seq < trimmedSize && seq >= start.size
}

function prunedEntry(seq: number, { start }: StoredLog): AppError {
  return new AppError('not_found', {
    hint: `Entry ${seq} was pruned: the log is kept from entry ${start.size} on.`,
  })
}

function missingEntry(seq: number): AppError {
  return new AppError('damaged_journal', { hint: `Entry ${seq} is missing from the journal.` })
}

function toHead({ name, chain, epochs, lastPosition, trimmedSize, start }: StoredLog): LogHead {
  const frontier = Frontier.restore(sha256Into, chain.size, chain.frontier)
  return {
    log: name,
    origin: chain.origin,
    epochs,
    size: chain.size,
    headHash: toHex(chain.headHash, 0, HASH_BYTES),
    root: toHex(frontier.root()),
    lastPosition,
    trimmedSize,
    minIndex: start.size,
  }
}
