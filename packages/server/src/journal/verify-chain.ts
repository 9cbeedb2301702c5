import {
  BodyHasher,
  type ErasureCoverage,
  Frontier,
  formatMicroseconds,
  HASH_BYTES,
  LeafHasher,
  type OriginAt,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { type Block, type BlockSections, blockSections, hashSections, isKept, recordedAtOf } from './block.js'
import { coverEntry } from './deletions.js'
import type { BrokenEntry, BrokenReason } from './journal.js'
import { expandSalts } from './salts.js'
import { uuidText } from './uuid.js'

/** A block as the disk gives it: after tampering any of its columns may be null. */
export type UncheckedBlock = {
  readonly [Column in keyof Block]: Block[Column] extends Uint8Array ? Uint8Array | null : Block[Column]
}

export interface WalkSettings {
  /** Takes each proven entry's hash from the one on that comes when it has that many. A new one when left out. */
  readonly frontier?: Frontier
  /** Takes in what is gone of the entries walked, and what they say was taken away. */
  readonly coverage?: ErasureCoverage
}

/**
 * Walks a log's rows in order and recomputes everything from stored content: commitments, body, leaf, entry hash,
 * the link to the entry before, the sequence, and the Merkle tree. Nothing stored is taken on trust but where a
 * walk begins in the middle: there `prev` is the hash stored with the entry before.
 */
export class ChainWalker {
  readonly #originAt: OriginAt
  readonly #bodies = new BodyHasher(sha256Into)
  readonly #leaves = new LeafHasher(sha256Into)
  readonly #body = new Uint8Array(HASH_BYTES)
  readonly #hash = new Uint8Array(HASH_BYTES)
  readonly #frontier: Frontier
  readonly #frontierFrom: number
  readonly #coverage: ErasureCoverage | undefined
  #nextSeq: number
  #prev: string
  #walked = 0
  #redacted = 0
  #recordedAt = 0

  /** Begins at `seq`; `prev` is the entry hash before it, 64 hex digits. */
  constructor(originAt: OriginAt, seq: number, prev: string, { frontier, coverage }: WalkSettings = {}) {
    this.#originAt = originAt
    this.#nextSeq = seq
    this.#prev = prev
    this.#frontier = frontier ?? new Frontier(sha256Into)
    this.#coverage = coverage
    this.#frontierFrom = frontier?.size ?? seq
  }

  get walked(): number {
    return this.#walked
  }

  /** How many of the entries walked have a section that was erased. */
  get redacted(): number {
    return this.#redacted
  }

  /** The `seq` that must come next. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  get headHash(): string {
    return this.#prev
  }

  /** Frontier of the entries walked; of the whole log only when the walk began at its start. */
  get frontier(): Frontier {
    return this.#frontier
  }

  /** Checks the entries of `block` from `nextSeq` on, at most `limit`. Returns the first that is broken. */
  walk(block: UncheckedBlock, limit: number): BrokenEntry | undefined {
    const first = this.#nextSeq
    if (block.firstSeq > first)
      return this.#broken(first, undefined, 'missing_row', `rows jump to seq ${block.firstSeq}`)
    const offset = first - block.firstSeq
    const empty = emptyColumn(block)
    if (empty !== undefined) {
      const known = empty === 'ids' || block.ids === null ? undefined : uuidText(block.ids, 16 * offset)
      return this.#broken(first, known, 'null_hash', `column ${empty} of its row is empty`)
    }
    const whole = block as Block
    const prev =
      offset === 0
        ? whole.prevHash
        : whole.entryHashes.subarray(HASH_BYTES * (offset - 1), HASH_BYTES * offset)
    const id = uuidText(whole.ids, 16 * offset)
    if (first > 0 && isNullHash(prev))
      return this.#broken(first, id, 'null_hash', 'its link to the entry before is all zeros')
    if (toHex(prev) !== this.#prev) {
      return this.#broken(
        first,
        id,
        'prev_hash_mismatch',
        `prev is ${toHex(prev)}, the entry before has ${this.#prev}`,
      )
    }
    return this.#walkEntries(whole, offset, Math.min(whole.count - offset, limit))
  }

  #walkEntries(block: Block, offset: number, count: number): BrokenEntry | undefined {
    let decoded: BlockSections
    let salts: Uint8Array
    try {
      decoded = blockSections(block)
      salts = expandSalts(block.salts, decoded.total)
    } catch (error) {
      const why = `the contents of its row do not decode: ${error instanceof Error ? error.message : String(error)}`
      return this.#broken(this.#nextSeq, uuidText(block.ids, 16 * offset), 'entry_hash_mismatch', why)
    }
    let time = ''
    for (let i = offset; i < offset + count; i++) {
      const sections = decoded.entries[i] ?? []
      this.#bodies.begin()
      hashSections(this.#bodies, sections, salts)
      this.#bodies.finish(this.#body, 0)
      const id = uuidText(block.ids, 16 * i)
      const recordedAt = recordedAtOf(block, i)
      if (recordedAt < this.#recordedAt)
        return this.#broken(
          this.#nextSeq,
          id,
          'entry_hash_mismatch',
          'recorded_at is before that of the entry before',
        )
      if (recordedAt > this.#recordedAt || time === '') time = formatMicroseconds(recordedAt)
      this.#recordedAt = recordedAt
      const leaf = {
        body: toHex(this.#body),
        id,
        log: this.#originAt(this.#nextSeq),
        prev: this.#prev,
        seq: this.#nextSeq,
        t: time,
      }
      this.#leaves.hash(leaf, this.#hash, 0)
      const computed = toHex(this.#hash)
      if (!equalAt(block.entryHashes, HASH_BYTES * i, this.#hash)) {
        const stored = block.entryHashes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1))
        if (isNullHash(stored))
          return this.#broken(this.#nextSeq, id, 'null_hash', 'its stored hash is empty or all zeros')
        return this.#broken(
          this.#nextSeq,
          id,
          'entry_hash_mismatch',
          `stored ${toHex(stored)}, its content hashes to ${computed}`,
        )
      }
      if (this.#nextSeq >= this.#frontierFrom) this.#frontier.append(this.#hash)
      if (this.#coverage !== undefined) coverEntry(this.#coverage, this.#nextSeq, sections)
      this.#prev = computed
      this.#nextSeq++
      this.#walked++
      if (!sections.every(isKept)) this.#redacted++
    }
    return undefined
  }

  #broken(seq: number, id: string | undefined, reason: BrokenReason, explanation: string): BrokenEntry {
    return { seq, id, reason, explanation }
  }
}

function equalAt(hashes: Uint8Array, offset: number, hash: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (hashes[offset + i] !== hash[i]) return false
  return true
}

/** Whether a stored hash is no hash: cut off, or all zeros. Zeros before a log's first entry are its genesis. */
export function isNullHash(hash: Uint8Array): boolean {
  return hash.length < HASH_BYTES || hash.every((byte) => byte === 0)
}

/** The first column that holds nothing, though every row has something in each. */
function emptyColumn(block: UncheckedBlock): string | undefined {
  return Object.entries(block).find(
    ([, value]) => value === null || (value instanceof Uint8Array && value.length === 0),
  )?.[0]
}
