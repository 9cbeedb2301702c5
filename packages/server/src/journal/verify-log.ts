import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError, ErasureCoverage, Frontier, HASH_BYTES, originAt, toHex } from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { type Block, recordedAtOf } from './block.js'
import type { BlockRow } from './block-row.js'
import { type DeletionSource, findUnrecorded } from './deletions.js'
import type { BrokenEntry, ChainVerdict, VerifyRange, WalkState } from './journal.js'
import type { JournalRows } from './journal-rows.js'
import type { StoredLog } from './stored-log.js'
import { uuidText } from './uuid.js'
import { ChainWalker, isNullHash, type UncheckedBlock } from './verify-chain.js'

/** Rows walked before other work of the thread gets its turn: about 10 ms. */
const ROWS_A_TURN = 16

/** Where a log's entries are read from. */
export interface VerifySource {
  readonly rows: JournalRows
  /** Whether a row was trimmed; its entries are then in bundles. */
  readonly isTrimmed: (row: BlockRow) => Promise<boolean>
  /** The 256 entries among which `seq` is. */
  readonly bundleOf: (seq: number) => Promise<Block>
  /** How many entries of the log the ledger has. */
  readonly restingSize: () => Promise<number>
  /** The hash of an entry in its tile; undefined where the ledger does not have it. */
  readonly restingHash: (seq: number) => Promise<Uint8Array | undefined>
  /** Where entries that record deletions are looked for. */
  readonly deletions: DeletionSource
}

/** Recomputes the chain of `log` in `range` from what the disk holds. Stops at the first broken entry. */
export async function verifyLog(
  source: VerifySource,
  log: StoredLog,
  range: VerifyRange,
): Promise<ChainVerdict> {
  const begin = await firstSeq(source.rows, log, range)
  const end = Math.min(range.toSeq ?? Number.POSITIVE_INFINITY, log.chain.size - 1)
  const limit = Math.min(range.limit ?? Number.POSITIVE_INFINITY, end - begin + 1)
  const { start } = log
  // Where the log was pruned meanwhile, a walk goes on from its new beginning.
  const state: WalkState | undefined = begin === start.size ? start : range.resume
  const before = state?.headHash ?? (await storedHash(source, log, begin - 1))
  if (typeof before !== 'string')
    return brokenBefore(await withNearest(source.rows, log, before), log.chain.size)
  const coverage = new ErasureCoverage()
  const walker = new ChainWalker(originAt(log.epochs), begin, before, {
    ...frontierOf(begin, state),
    coverage,
  })
  const fromStart = state !== undefined
  let broken: BrokenEntry | undefined
  let pastRange = false
  while (broken === undefined && !pastRange && walker.walked < limit) {
    const rows = await rowsFrom(source.rows, log, walker.nextSeq)
    if (rows.length === 0) {
      broken = {
        seq: walker.nextSeq,
        id: undefined,
        reason: 'missing_row',
        explanation: `the log has ${log.chain.size} entries, the row of this one is gone`,
      }
      break
    }
    for (const row of rows) {
      pastRange = row.recorded_at > (range.to ?? Number.POSITIVE_INFINITY)
      if (pastRange || walker.walked >= limit) break
      if (walker.nextSeq >= row.first_seq + row.count) continue
      broken = (await source.isTrimmed(row))
        ? await walkTrimmed(source, walker, rows, range, limit - walker.walked)
        : walker.walk(toUncheckedBlock(row), limit - walker.walked)
      if (broken !== undefined) break
    }
    range.onProgress?.(walker.walked)
    await nextTurn()
  }
  const lastSeq = walker.walked === 0 ? undefined : walker.nextSeq - 1
  if (broken === undefined && lastSeq !== undefined) {
    const { deletionEntries = [] } = range
    const part = { start: begin === start.size ? start : undefined, end: walker.nextSeq, deletionEntries }
    broken =
      (await unlikeTile(source, log, begin, lastSeq)) ??
      (await findUnrecorded(source.deletions, coverage, part))
  }
  return {
    walked: walker.walked,
    redacted: walker.redacted,
    firstSeq: walker.walked === 0 ? undefined : begin,
    lastSeq,
    broken: await withNearest(source.rows, log, broken ?? (fromStart ? brokenHead(log, walker) : undefined)),
    logSize: log.chain.size,
    nextSeq: broken === undefined && !pastRange && walker.nextSeq <= end ? walker.nextSeq : undefined,
    headMatches: fromStart && walker.nextSeq === log.chain.size ? headMatches(log, walker) : undefined,
    ...(range.resume === undefined
      ? {}
      : { state: { headHash: walker.headHash, frontier: walker.frontier.toBytes() } }),
  }
}

/** Walks the bundle of the entry that is next, as far as rows that follow one another were trimmed and lie in the range. */
async function walkTrimmed(
  { isTrimmed, bundleOf }: VerifySource,
  walker: ChainWalker,
  rows: readonly BlockRow[],
  { to = Number.POSITIVE_INFINITY }: VerifyRange,
  limit: number,
): Promise<BrokenEntry | undefined> {
  const seq = walker.nextSeq
  const bundle = await readBundle(bundleOf, seq)
  if ('reason' in bundle) return bundle
  let end = seq
  for (const row of rows) {
    const rowEnd = row.first_seq + row.count
    if (rowEnd <= seq) continue
    if (row.first_seq > end || row.recorded_at > to || !(await isTrimmed(row))) break
    const next = Math.min(rowEnd, bundle.firstSeq + bundle.count)
    for (let at = end; at < next; at++) {
      if (recordedAtOf(bundle, at - bundle.firstSeq) === row.recorded_at) continue
      const explanation = 'the time that is kept of its row is another than its own'
      return { seq: at, id: undefined, reason: 'entry_hash_mismatch', explanation }
    }
    end = next
    if (rowEnd > next) break
  }
  return walker.walk(bundle, Math.min(limit, end - seq))
}

async function readBundle(bundleOf: VerifySource['bundleOf'], seq: number): Promise<Block | BrokenEntry> {
  try {
    return await bundleOf(seq)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { seq, id: undefined, reason: 'missing_row', explanation: error.hint ?? error.message }
  }
}

function headMatches(log: StoredLog, walker: ChainWalker): boolean {
  return (
    walker.headHash === toHex(log.chain.headHash) &&
    toHex(walker.frontier.toBytes()) === toHex(log.chain.frontier)
  )
}

/** The frontier of the entries before a walk that begins where the log does, or goes on with another. */
function frontierOf(begin: number, state: WalkState | undefined): { readonly frontier?: Frontier } {
  return state === undefined ? {} : { frontier: Frontier.restore(sha256Into, begin, state.frontier) }
}

/** A whole walk must end in the very head that the log claims. */
function brokenHead(log: StoredLog, walker: ChainWalker): BrokenEntry | undefined {
  if (walker.nextSeq !== log.chain.size || headMatches(log, walker)) return undefined
  const explanation = 'the chain is whole, but it does not lead to the head stored for the log'
  return { seq: Math.max(0, walker.nextSeq - 1), id: undefined, reason: 'entry_hash_mismatch', explanation }
}

/** The first `seq` of the range: the later of its number and of the first entry recorded at or after `from`. */
async function firstSeq(rows: JournalRows, log: StoredLog, range: VerifyRange): Promise<number> {
  const bySeq = Math.max(log.start.size, range.fromSeq ?? 0)
  if (range.from === undefined) return bySeq
  return Math.max(bySeq, await rows.firstSince(log.number, range.from, log.chain.size))
}

/** Rows from the one that holds `seq` on; with its row gone, those after it. */
async function rowsFrom(rows: JournalRows, log: StoredLog, seq: number): Promise<readonly BlockRow[]> {
  const holding = await rows.holding(log.number, seq, ROWS_A_TURN)
  return holding.length > 0 ? holding : rows.from(log.number, seq, ROWS_A_TURN)
}

/**
 * What was walked and rests in the ledger as well must have the very hashes of its tiles: equal hashes at the last of these
 * entries mean equal entries before it.
 */
async function unlikeTile(
  { rows, isTrimmed, restingSize, restingHash }: VerifySource,
  log: StoredLog,
  begin: number,
  lastSeq: number,
): Promise<BrokenEntry | undefined> {
  const seq = Math.min(lastSeq, (await restingSize()) - 1)
  const row = seq < begin ? undefined : (await rows.containing(log.number, [seq]))[0]
  if (row === undefined || (await isTrimmed(row))) return undefined
  const start = HASH_BYTES * (seq - row.first_seq)
  const walked = toHex(row.entry_hashes?.subarray(start, start + HASH_BYTES) ?? new Uint8Array(0))
  const broken = { seq, id: undefined, reason: 'entry_hash_mismatch' } as const
  try {
    const hash = await restingHash(seq)
    if (hash === undefined || toHex(hash) === walked) return undefined
    return { ...broken, explanation: `its tile has ${toHex(hash)}, the journal ${walked}` }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { ...broken, explanation: error.hint ?? error.message }
  }
}

/** The hash stored with an entry, or what is wrong with it: that of its tile, which was signed, where there is one. */
async function storedHash(source: VerifySource, log: StoredLog, seq: number): Promise<string | BrokenEntry> {
  const inTile = await source.restingHash(seq)
  if (inTile !== undefined) return toHex(inTile)
  const [row] = await source.rows.containing(log.number, [seq])
  const broken = { seq, id: undefined }
  if (row === undefined)
    return { ...broken, reason: 'missing_row', explanation: 'there is no row for the entry before the range' }
  let { first_seq: first, entry_hashes: hashes } = row
  if (await source.isTrimmed(row)) {
    const bundle = await readBundle(source.bundleOf, seq)
    if ('reason' in bundle) return bundle
    first = bundle.firstSeq
    hashes = bundle.entryHashes
  }
  const start = HASH_BYTES * (seq - first)
  const hash = hashes?.subarray(start, start + HASH_BYTES)
  if (hash !== undefined && !isNullHash(hash)) return toHex(hash)
  return {
    ...broken,
    reason: 'null_hash',
    explanation: 'the hash stored with the entry before the range is empty',
  }
}

/** A broken entry whose own id cannot be known, with that of the nearest one that is there. */
async function withNearest<Broken extends BrokenEntry | undefined>(
  rows: JournalRows,
  log: StoredLog,
  broken: Broken,
): Promise<Broken> {
  if (broken === undefined || broken.id !== undefined) return broken
  const nearestId = await nearestEntry(rows, log, broken.seq)
  return nearestId === undefined ? broken : { ...broken, nearestId }
}

async function nearestEntry(rows: JournalRows, log: StoredLog, seq: number): Promise<string | undefined> {
  const [own] = await rows.containing(log.number, [seq])
  if (own?.ids != null && own.ids.length > 0) return uuidText(own.ids, 16 * (seq - own.first_seq))
  const [next] = await rows.from(log.number, seq + 1, 1)
  if (next?.ids != null && next.ids.length > 0) return uuidText(next.ids, 0)
  const last = await rows.before(log.number, seq)
  if (last?.ids == null || last.ids.length === 0) return undefined
  return uuidText(last.ids, 16 * (last.count - 1))
}

function toUncheckedBlock(row: BlockRow): UncheckedBlock {
  return {
    firstSeq: row.first_seq,
    count: row.count,
    recordedAt: row.recorded_at,
    prevHash: row.prev_hash,
    ids: row.ids,
    entryHashes: row.entry_hashes,
    salts: row.salts,
    contents: row.contents,
  }
}

/** The walk cannot begin, because of the entry before it. */
function brokenBefore(broken: BrokenEntry, logSize: number): ChainVerdict {
  return {
    logSize,
    walked: 0,
    redacted: 0,
    firstSeq: undefined,
    lastSeq: undefined,
    nextSeq: undefined,
    broken,
    headMatches: undefined,
  }
}
