import { AppError, type Epoch, HASH_BYTES, TILE_WIDTH } from '@counterfoil/core'
import type { Block } from './block.js'
import { DecodedSegments } from './decoded-segments.js'
import type { RestingEntries, StoredEntry } from './journal.js'

/** Bundles kept in memory, about 60 KB each: those that a page's or a batch's entries share. */
const BUNDLES_MAX = 32

/** Reads entries for one answer. */
export interface RestingPage {
  entry(epochs: readonly Epoch[], seq: number): Promise<StoredEntry>
  /** See `RestingRows.bundle`. */
  bundle(epochs: readonly Epoch[], seq: number): Promise<Block>
}

/** Entries whose rows were trimmed: they are read from where they rest. */
export class RestingRows {
  readonly #open: (() => Promise<RestingEntries>) | undefined
  readonly #bundles = new Map<string, Promise<Block>>()
  readonly #decoded = new DecodedSegments()
  #resting: Promise<RestingEntries> | undefined
  #version: number | undefined

  /** Opened when it is first needed: most journals have nothing that rests elsewhere. */
  constructor(open: (() => Promise<RestingEntries>) | undefined) {
    this.#open = open
  }

  /** For whoever reads several entries for one answer: whether something was erased is looked at once, when the first is read. */
  page(): RestingPage {
    let looked: Promise<void> | undefined
    const look = (origin: string) => {
      looked ??= this.#forgetErased(origin)
      return looked
    }
    return {
      entry: async (epochs, seq) => this.#entryOf(await this.#bundle(epochs, seq, look), epochs, seq),
      bundle: (epochs, seq) => this.#bundle(epochs, seq, look),
    }
  }

  /**
   * The block of 256 entries that holds `seq`, from the newest epoch that the ledger has it of: after another epoch began, its
   * part of the ledger fills up anew, and until then that of the one before has what was trimmed.
   */
  async bundle(epochs: readonly Epoch[], seq: number): Promise<Block> {
    return this.#bundle(epochs, seq, (origin) => this.#forgetErased(origin))
  }

  async #bundle(
    epochs: readonly Epoch[],
    seq: number,
    look: (origin: string) => Promise<void>,
  ): Promise<Block> {
    const origin = await this.#originHolding(epochs, seq)
    const index = Math.floor(seq / TILE_WIDTH)
    const key = `${origin}#${index}`
    await look(origin)
    const known = this.#bundles.get(key)
    if (known !== undefined) return known
    if (this.#bundles.size >= BUNDLES_MAX) this.#bundles.delete(this.#bundles.keys().next().value as string)
    const reading = this.#read(origin, index)
    this.#bundles.set(key, reading)
    // What failed may have been mended by the next time.
    reading.catch(() => this.#bundles.delete(key))
    return reading
  }

  /** What was erased meanwhile must not be read on. */
  async #forgetErased(origin: string): Promise<void> {
    const version = await (await this.#entries(origin)).version()
    if (version !== this.#version) this.#bundles.clear()
    this.#version = version
  }

  async #originHolding(epochs: readonly Epoch[], seq: number): Promise<string> {
    const newest = epochs.at(-1) as Epoch
    if (epochs.length === 1) return newest.origin
    const entries = await this.#entries(newest.origin)
    for (const { origin } of epochs.toReversed()) if (seq < (await entries.size(origin))) return origin
    return newest.origin
  }

  /** How many entries of an epoch rest elsewhere; none when nothing was opened. */
  async size(origin: string): Promise<number> {
    return this.#open === undefined ? 0 : (await this.#entries(origin)).size(origin)
  }

  /** The hash of an entry as it rests; undefined where it does not rest yet, or nothing does. */
  async hashAt(origin: string, seq: number): Promise<Uint8Array | undefined> {
    if (this.#open === undefined || seq >= (await (await this.#entries(origin)).size(origin)))
      return undefined
    const { firstSeq, entryHashes } = await this.bundle([{ origin, firstSeq: 0 }], seq)
    return entryHashes.subarray(HASH_BYTES * (seq - firstSeq), HASH_BYTES * (seq - firstSeq + 1))
  }

  async entry(epochs: readonly Epoch[], seq: number): Promise<StoredEntry> {
    return this.#entryOf(await this.bundle(epochs, seq), epochs, seq)
  }

  #entryOf(block: Block, epochs: readonly Epoch[], seq: number): StoredEntry {
    const origin = (epochs.at(-1) as Epoch).origin
    try {
      return this.#decoded.entry(`${origin}#${block.firstSeq}`, block, seq - block.firstSeq)
    } catch (cause) {
      throw new AppError('damaged_ledger', {
        hint: `Entry ${seq} of ${origin} does not decode. Run "counterfoil fsck" to locate the damage and restore a backup.`,
        cause,
      })
    }
  }

  /** Closes what was opened, if anything was. */
  async close(): Promise<void> {
    // What could not be opened has nothing to close.
    await this.#resting?.then(
      (resting) => resting.close(),
      () => undefined,
    )
  }

  async #read(origin: string, index: number): Promise<Block> {
    return (await this.#entries(origin)).bundle(origin, index)
  }

  #entries(origin: string): Promise<RestingEntries> {
    if (this.#open === undefined) {
      throw new AppError('damaged_journal', {
        hint: `Entries of ${origin} rest in the ledger, which was not opened.`,
      })
    }
    this.#resting ??= this.#open()
    return this.#resting
  }
}

/** The same entries, for a journal that is closed before whoever lends them is done with them. */
export function lent(entries: RestingEntries): RestingEntries {
  return {
    size: (origin) => entries.size(origin),
    version: () => entries.version(),
    bundle: (origin, index) => entries.bundle(origin, index),
    close: async () => undefined,
  }
}
