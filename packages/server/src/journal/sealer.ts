import {
  type AdmittedEntry,
  BodyHasher,
  Frontier,
  formatMicroseconds,
  HASH_BYTES,
  LeafHasher,
  SALT_BYTES,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { BLOCK_BYTES_MAX, BLOCK_ENTRIES_MAX, type Block, GENESIS_BYTES } from './block.js'
import { ContentsWriter, sectionBit } from './contents.js'
import type { Receipt } from './journal.js'
import { expandSalts, newSeededSalts } from './salts.js'
import { uuidBytes, uuidText, writeUuidV7 } from './uuid.js'

/** Everything that appending to a log needs to know of it. */
export interface ChainState {
  readonly origin: string
  readonly size: number
  /** `entry_hash` of the newest entry, 32 bytes. */
  readonly headHash: Uint8Array
  /** The Merkle tree's frontier, at most 53 × 32 bytes. */
  readonly frontier: Uint8Array
  /** `recorded_at` of the newest entry, microseconds since 1970. */
  readonly recordedAt: number
}

export function emptyChain(origin: string): ChainState {
  return { origin, size: 0, headHash: GENESIS_BYTES, frontier: new Uint8Array(0), recordedAt: 0 }
}

/** A block as it becomes a row: with one time. */
export interface SealedBlock extends Block {
  readonly recordedAt: number
}

export interface Sealed {
  readonly blocks: readonly SealedBlock[]
  readonly receipts: readonly Receipt[]
  readonly chain: ChainState
}

const SECTIONS_AN_ENTRY_MAX = 5

/**
 * Gives entries their place: ids, salts, commitments, leaves, chain and tree. It changes nothing but its own
 * buffers, so that a transaction that fails leaves no trace; every engine seals with it.
 */
export class Sealer {
  readonly #bodies = new BodyHasher(sha256Into)
  readonly #leaves = new LeafHasher(sha256Into)
  readonly #contents = new ContentsWriter()
  readonly #body = new Uint8Array(HASH_BYTES)

  /** Appends `entries` to a log at `recordedAt`, microseconds since 1970, which must not precede the chain's. */
  seal(chain: ChainState, entries: readonly AdmittedEntry[], recordedAt: number): Sealed {
    const frontier = Frontier.restore(sha256Into, chain.size, chain.frontier)
    const blocks: SealedBlock[] = []
    const receipts: Receipt[] = []
    let headHash = chain.headHash
    let next = 0
    while (next < entries.length) {
      const block = this.#sealBlock(
        chain.origin,
        chain.size + next,
        headHash,
        entries,
        next,
        recordedAt,
        receipts,
      )
      for (let i = 0; i < block.count; i++) frontier.append(block.entryHashes, i * HASH_BYTES)
      headHash = block.entryHashes.slice((block.count - 1) * HASH_BYTES)
      blocks.push(block)
      next += block.count
    }
    const size = chain.size + entries.length
    return {
      blocks,
      receipts,
      chain: { origin: chain.origin, size, headHash, frontier: frontier.toBytes(), recordedAt },
    }
  }

  #sealBlock(
    origin: string,
    firstSeq: number,
    prevHash: Uint8Array,
    entries: readonly AdmittedEntry[],
    from: number,
    recordedAt: number,
    receipts: Receipt[],
  ): SealedBlock {
    const room = Math.min(BLOCK_ENTRIES_MAX, entries.length - from)
    const ids = new Uint8Array(16 * room)
    const entryHashes = new Uint8Array(HASH_BYTES * room)
    const time = formatMicroseconds(recordedAt)
    this.#contents.reset()
    const seeded = newSeededSalts()
    const salts = expandSalts(seeded, room * SECTIONS_AN_ENTRY_MAX)
    let saltsLength = 0
    let prev = toHex(prevHash)
    let count = 0
    while (count < room && this.#contents.length < BLOCK_BYTES_MAX) {
      const entry = entries[from + count] as AdmittedEntry
      const id = placeId(entry.id, recordedAt, ids, 16 * count)
      saltsLength = this.#hashBody(entry, salts, saltsLength)
      const leaf = { body: toHex(this.#body), id, log: origin, prev, seq: firstSeq + count, t: time }
      this.#leaves.hash(leaf, entryHashes, HASH_BYTES * count)
      prev = toHex(entryHashes, HASH_BYTES * count, HASH_BYTES)
      receipts.push({ id, seq: leaf.seq, entry_hash: prev, recorded_at: time })
      count++
    }
    return {
      firstSeq,
      count,
      recordedAt,
      prevHash,
      ids: ids.subarray(0, 16 * count),
      entryHashes: entryHashes.subarray(0, HASH_BYTES * count),
      salts: seeded,
      contents: this.#contents.finish(),
    }
  }

  /** Writes the entry's sections to the contents and its body hash to `#body`; returns where salts now end. */
  #hashBody(entry: AdmittedEntry, salts: Uint8Array, saltsLength: number): number {
    let mask = 0
    for (const { path } of entry.sections) mask |= sectionBit(path)
    this.#contents.beginEntry(mask)
    this.#bodies.begin()
    let saltOffset = saltsLength
    for (const { path, json } of entry.sections) {
      this.#contents.addSection(this.#bodies.addSection(path, salts, saltOffset, json))
      saltOffset += SALT_BYTES
    }
    this.#bodies.finish(this.#body, 0)
    return saltOffset
  }
}

/** Puts the client's id or a new one into `ids`; returns its text. */
function placeId(given: string | undefined, recordedAt: number, ids: Uint8Array, offset: number): string {
  if (given !== undefined) {
    ids.set(uuidBytes(given), offset)
    return given
  }
  writeUuidV7(Math.floor(recordedAt / 1000), ids, offset)
  return uuidText(ids, offset)
}
