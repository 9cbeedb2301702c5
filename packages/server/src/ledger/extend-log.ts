import {
  AppError,
  type Epoch,
  type Frontier,
  fromHex,
  GENESIS_HASH,
  HASH_BYTES,
  type LogName,
  originAt,
  TILE_WIDTH,
  toHex,
} from '@counterfoil/core'
import { type Block, type BlockSections, blockSections } from '../journal/block.js'
import type { BrokenEntry, JournalReader } from '../journal/journal.js'
import { saltRuns } from '../journal/salts.js'
import { ChainWalker } from '../journal/verify-chain.js'
import { BundleWriter, decodeBundle, type FinishedBundle } from './bundle.js'
import type { FullBundle, LedgerObject, LedgerReader } from './ledger.js'
import { TileTree } from './tile-tree.js'

/** Where a log is proven to be: everything up to here was recomputed from stored bytes. */
export interface ProvenHead {
  readonly size: number
  /** `entry_hash` of the newest entry, 64 hex digits; zeros for an empty log. */
  readonly headHash: string
}

export type Extension =
  | {
      readonly kind: 'extended'
      readonly head: ProvenHead
      /** What the ledger holds once `objects` are put. */
      readonly ledgerSize: number
      readonly objects: readonly LedgerObject[]
    }
  /** What is stored cannot be what was recorded after the proven head. */
  | { readonly kind: 'contradicted'; readonly broken: BrokenEntry }

export interface ExtensionRequest {
  readonly log: LogName
  /** What the ledger knows the log by: that of its newest epoch. */
  readonly origin: string
  readonly epochs: readonly Epoch[]
  readonly from: ProvenHead
  /** Of the tree up to `from`; takes in what is proven. */
  readonly frontier: Frontier
  /** How many entries the log has. */
  readonly size: number
}

/** Entries proven at a time: 150 ms of work, and about 2 MB of bundles. */
const STEP_ENTRIES = 8_192
/** Rows read by one statement. */
const ROWS_AT_ONCE = 16

/**
 * Recomputes what follows a log's proven head from the bytes that the journal stores: commitments, leaves, links, tree. The
 * bundles that these entries complete are made first, and recomputed as they will be read back: what rests in the ledger is
 * proven by the very hashes that are signed. At most `STEP_ENTRIES` at a time; it neither signs nor stores anything.
 */
export class LogExtender {
  readonly #journal: JournalReader
  readonly #ledger: LedgerReader
  readonly #writer = new BundleWriter()

  constructor(journal: JournalReader, ledger: LedgerReader) {
    this.#journal = journal
    this.#ledger = ledger
  }

  async extend({ log, origin, epochs, from, frontier, size }: ExtensionRequest): Promise<Extension> {
    const ledgerSize = await this.#ledger.size(origin)
    if (ledgerSize > size)
      return contradicted(size, `the ledger holds ${ledgerSize} entries, the journal ${size}`)
    const end = Math.min(size, Math.min(ledgerSize, from.size) + STEP_ENTRIES)
    const bundlesEnd = end - (end % TILE_WIDTH)
    const builds = bundlesEnd > ledgerSize
    const begin = builds ? Math.min(ledgerSize, from.size) : from.size
    const prev = begin === from.size ? from.headHash : await this.#hashBefore(log, origin, begin)
    const walker = new ChainWalker(originAt(epochs), begin, prev, { frontier })
    const bundles: FinishedBundle[] = []
    const broken =
      (await this.#walk(log, walker, from, Math.min(end, ledgerSize))) ??
      (builds ? await this.#build(log, walker, from, bundlesEnd, bundles) : undefined) ??
      (await this.#walk(log, walker, from, end))
    if (broken !== undefined) return { kind: 'contradicted', broken }
    const head = end > from.size ? { size: end, headHash: walker.headHash } : from
    const objects = await this.#objects(origin, ledgerSize / TILE_WIDTH, bundles)
    return { kind: 'extended', head, ledgerSize: ledgerSize + TILE_WIDTH * bundles.length, objects }
  }

  async #walk(
    log: LogName,
    walker: ChainWalker,
    from: ProvenHead,
    end: number,
  ): Promise<BrokenEntry | undefined> {
    while (walker.nextSeq < end) {
      const blocks = await this.#blocks(log, walker.nextSeq)
      if ('reason' in blocks) return blocks
      for (const block of blocks) {
        const broken = walkBlock(walker, block, from, end)
        if (broken !== undefined) return broken
        if (walker.nextSeq >= end) return undefined
      }
    }
    return undefined
  }

  async #blocks(log: LogName, seq: number): Promise<readonly Block[] | BrokenEntry> {
    try {
      return await this.#journal.blocks(log, seq, 'oldest_first', ROWS_AT_ONCE)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'damaged_journal')) throw error
      return { seq, id: undefined, reason: 'missing_row', explanation: error.hint ?? error.message }
    }
  }

  /**
   * Makes bundles of the entries from where the walk is up to `end`, and walks each as it will be read back: what is proven is
   * the bytes that will rest.
   */
  async #build(
    log: LogName,
    walker: ChainWalker,
    from: ProvenHead,
    end: number,
    bundles: FinishedBundle[],
  ): Promise<BrokenEntry | undefined> {
    const writer = this.#writer
    let prev = fromHex(walker.headHash) as Uint8Array
    writer.begin(prev)
    for (let seq = walker.nextSeq; seq < end; ) {
      const blocks = await this.#blocks(log, seq)
      if ('reason' in blocks) return blocks
      for (const block of blocks) {
        const decoded = decode(block, seq, prev)
        if ('reason' in decoded) return decoded
        const runs = saltRuns(block.salts, decoded.total)
        const last = Math.min(block.firstSeq + block.count, end)
        while (seq < last) {
          const limited = { ...block, count: last - block.firstSeq }
          seq += writer.add(limited, seq - block.firstSeq, decoded.entries, runs)
          prev = block.entryHashes.subarray(
            HASH_BYTES * (seq - block.firstSeq - 1),
            HASH_BYTES * (seq - block.firstSeq),
          )
          if (seq % TILE_WIDTH !== 0) continue
          const bundle = writer.finish()
          const index = seq / TILE_WIDTH - 1
          const broken = walkBlock(walker, decodeBundle(index, bundle.bytes, bundle.hashes), from, end)
          if (broken !== undefined) return broken
          bundles.push(bundle)
          writer.begin(prev)
        }
        if (seq >= end) return undefined
      }
    }
    return undefined
  }

  async #objects(
    origin: string,
    firstBundle: number,
    finished: readonly FinishedBundle[],
  ): Promise<LedgerObject[]> {
    const tree = new TileTree(origin, this.#ledger)
    const bundles: FullBundle[] = []
    for (const [i, { bytes, hashes }] of finished.entries()) {
      bundles.push({ kind: 'bundle', index: firstBundle + i, bytes })
      await tree.add(0, firstBundle + i, hashes)
    }
    return [...bundles, ...tree.tiles]
  }

  /** The hash of the entry before `seq`, a multiple of 256 up to which the ledger has the log. */
  async #hashBefore(log: LogName, origin: string, seq: number): Promise<string> {
    if (seq === 0) return GENESIS_HASH
    const start = await this.#journal.startOf(log)
    if (seq === start.size) return start.headHash
    const tile = await this.#ledger.tile(origin, 0, seq / TILE_WIDTH - 1)
    return toHex(tile, HASH_BYTES * (TILE_WIDTH - 1), HASH_BYTES)
  }
}

/** The sections of a block whose first entry follows `prev`; or what is wrong with it. */
function decode(block: Block, seq: number, prev: Uint8Array): BlockSections | BrokenEntry {
  const broken = { seq, id: undefined }
  if (block.firstSeq === seq && toHex(block.prevHash) !== toHex(prev)) {
    const explanation = `prev is ${toHex(block.prevHash)}, the entry before has ${toHex(prev)}`
    return { ...broken, reason: 'prev_hash_mismatch', explanation }
  }
  try {
    return blockSections(block)
  } catch (error) {
    const explanation = `the contents of its row do not decode: ${error instanceof Error ? error.message : String(error)}`
    return { ...broken, reason: 'entry_hash_mismatch', explanation }
  }
}

/** Walks a block up to `end`. A walk that began before the proven head, to fill a bundle, must come through that very head. */
function walkBlock(
  walker: ChainWalker,
  block: Block,
  from: ProvenHead,
  end: number,
): BrokenEntry | undefined {
  const blockEnd = block.firstSeq + block.count
  if (walker.nextSeq < from.size && blockEnd >= from.size && end >= from.size) {
    const broken = walker.walk(block, from.size - walker.nextSeq)
    if (broken !== undefined) return broken
    if (walker.headHash !== from.headHash) return fork(from)
  }
  if (walker.nextSeq >= end || walker.nextSeq === blockEnd) return undefined
  return walker.walk(block, end - walker.nextSeq)
}

function fork({ size, headHash }: ProvenHead): BrokenEntry {
  const explanation = `the first ${size} entries lead to another hash than ${headHash}, which was proven before`
  return { seq: size - 1, id: undefined, reason: 'prev_hash_mismatch', explanation }
}

function contradicted(seq: number, explanation: string): Extension {
  return { kind: 'contradicted', broken: { seq, id: undefined, reason: 'missing_row', explanation } }
}
