import {
  type Checkpoint,
  DisclosureScanner,
  ErasureCoverage,
  EvidenceError,
  epochNumber,
  fromHex,
  HASH_BYTES,
  isEarlierEpoch,
  type Leaf,
  parseLeaf,
  type RecordedDeletion,
  type Sha256Into,
  TileBuilder,
  type TileSink,
  toHex,
} from '@counterfoil/core'
import type { Findings } from '../report.js'
import type { LineReader } from '../source.js'
import { coverLine } from './cover-line.js'
import { LeafMatcher } from './leaf-matcher.js'
import { noteEpoch } from './note-epoch.js'

const TIME_LENGTH = '2026-11-21T02:00:00.123456Z'.length
const WORD_BYTES = 4
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Of the log that is walked. */
export interface WalkedLog {
  readonly checkpoint: Checkpoint
  /** A checkpoint that was kept, of this epoch or an earlier one. */
  readonly kept: Checkpoint | undefined
  readonly findings: Findings
  /** Where the walk begins; see `TileBuilder.resume`. */
  readonly start: { readonly size: number; readonly prefixes: readonly Uint8Array[] }
}

/** What is disclosed of one entry apart from the walk. */
export interface KnownEntry {
  readonly seq: number
  /** Body hash of what is disclosed, 64 hex digits. */
  readonly body: string
  readonly deletion: RecordedDeletion
}

/**
 * Walks a log from its first entry: leaf bytes as the log published them, and what an export discloses of them. Every
 * hash is computed anew; the tree is built from the leaves that are there, so that one wrong entry is told apart from a
 * wrong tree.
 */
export class EntryWalker {
  readonly #sha256: Sha256Into
  readonly #findings: Findings
  readonly #signedOrigin: string
  readonly #kept: Checkpoint | undefined
  /** That of the epoch in which the walk is. */
  #origin: string | undefined
  readonly #scanner = new DisclosureScanner()
  #matcher: LeafMatcher
  readonly #tree: TileBuilder
  readonly #body = new Uint8Array(HASH_BYTES)
  readonly #hash = new Uint8Array(HASH_BYTES)
  /** Times of the entry before and of this one. */
  #timeBefore = new DataView(new ArrayBuffer(TIME_LENGTH))
  #time = new DataView(new ArrayBuffer(TIME_LENGTH))
  readonly #start: number
  /** What is gone of the entries walked, and what they say was taken away. */
  readonly coverage = new ErasureCoverage()
  #known: KnownEntry | undefined
  /** `entry_hash` of the entry before the first, as that claims; 64 hex digits. */
  prevOfStart: string | undefined

  constructor(sha256: Sha256Into, { checkpoint, kept, findings, start }: WalkedLog, onTile: TileSink) {
    this.#sha256 = sha256
    this.#signedOrigin = checkpoint.origin
    this.#kept = kept
    this.#findings = findings
    this.#matcher = new LeafMatcher(checkpoint.origin)
    this.#start = start.size
    this.#tree = TileBuilder.resume(sha256, onTile, start.size, start.prefixes)
  }

  /** Entries walked; the seq of the next one. */
  get size(): number {
    return this.#tree.size
  }

  /** Root over the entries walked. */
  root(): Uint8Array {
    return this.#tree.root()
  }

  /** Gives out the partial tiles. */
  finish(): void {
    this.#tree.finish()
  }

  /** What is disclosed of an entry that the walk has not come to yet. */
  expect(known: KnownEntry): void {
    this.#known = known
  }

  /** The next entry, of which nothing is disclosed: only its place is checked. `input` is `0x00 || leaf`, which is hashed. */
  walkLeaf(input: Uint8Array): void {
    const seq = this.size
    this.#begin(input, seq)
    const read = this.#readLeaf(input, seq)
    if (read !== undefined) {
      if (this.#known?.seq === seq && this.#known.body === read.body) this.coverage.add(this.#known.deletion)
      if (read.log !== this.#origin) this.#enterEpoch(read, seq, undefined)
      this.#checkPlace(read, seq)
    }
    this.#appendLeaf(input)
  }

  /** The next entry, with what the next of `lines` discloses of it. */
  walkEntry(input: Uint8Array, lines: LineReader): void {
    const seq = this.size
    this.#begin(input, seq)
    const scanner = this.#scanner
    try {
      lines.skipTo(scanner.read(lines.bytes, lines.start, lines.end))
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error
      lines.skipLine()
      this.#findings.failed('content', { code: error.code, detail: error.detail, seq })
      this.walkLeaf(input)
      return
    }
    scanner.hashBody(this.#sha256, this.#body, 0)
    if (this.#fits(input, seq)) {
      this.#countSections(true)
      coverLine(this.coverage, scanner)
      scanner.copyTime(this.#time, 0)
      this.#checkTime(seq)
    } else this.#explain(input, seq)
    this.#appendLeaf(input)
  }

  /** Whether the line gives the very leaf; where another epoch begins, its origin is expected from there on. */
  #fits(input: Uint8Array, seq: number): boolean {
    const scanner = this.#scanner
    if (scanner.seq !== seq) return false
    if (this.#origin !== undefined && this.#matcher.matches(scanner, this.#body, seq, input)) return true
    const read = parsedLeaf(input)
    if (read === undefined || read.log === this.#origin) return false
    this.#enterEpoch(read, seq, scanner)
    return this.#matcher.matches(scanner, this.#body, seq, input)
  }

  /** Goes on under another origin, if it may stand there: that of the first entry, or of a later epoch, up to the one signed. */
  #enterEpoch({ log }: Leaf, seq: number, disclosed: DisclosureScanner | undefined): void {
    const signed = this.#signedOrigin
    const before = this.#origin
    if (log !== signed && !isEarlierEpoch(log, signed)) return
    if (before !== undefined && !isEarlierEpoch(before, log)) return
    this.#origin = log
    this.#matcher = new LeafMatcher(log)
    if (seq > 0) this.#matcher.follow(this.#hash)
    // Where a pruned log begins, the entries about its epochs may be gone.
    if (seq > this.#start || (this.#start === 0 && (epochNumber(log) ?? 0) > 0))
      noteEpoch({ before, log, seq, disclosed }, this.#kept, this.#findings)
  }

  /** Before a pruned log's first entry: the hash before it is what that entry names, and is held against the entry about pruning. */
  #begin(input: Uint8Array, seq: number): void {
    if (seq !== this.#start || seq === 0) return
    this.prevOfStart = parsedLeaf(input)?.prev
    const hash = fromHex(this.prevOfStart ?? '')
    if (hash === undefined) return
    this.#hash.set(hash)
    this.#matcher.follow(this.#hash)
  }

  #countSections(isVerified: boolean): void {
    const { count, redacted } = this.#scanner
    this.#findings.redactedSections += redacted
    if (isVerified) this.#findings.verifiedSections += count - redacted
    else this.#findings.failedSections += count - redacted
  }

  #appendLeaf(input: Uint8Array): void {
    this.#sha256(input, this.#hash, 0)
    this.#tree.append(this.#hash)
    this.#matcher.follow(this.#hash)
  }

  /** Says what about an entry does not fit: its content, its place in the log, or the line that was given for it. */
  #explain(input: Uint8Array, seq: number): void {
    const read = this.#readLeaf(input, seq)
    if (read === undefined) {
      this.#countSections(false)
      return
    }
    this.#checkPlace(read, seq)
    const scanner = this.#scanner
    const isContent = toHex(this.#body) === read.body
    this.#countSections(isContent)
    if (!isContent) {
      const detail =
        scanner.redacted === scanner.count
          ? 'The commitments that are left do not give the body hash of its leaf.'
          : 'Its content, with its salts and commitments, does not give the body hash of its leaf: it was changed.'
      this.#findings.failed('content', { code: 'wrong_content', detail, seq })
    }
    if (scanner.seq !== seq || scanner.id !== read.id || scanner.recordedAt !== read.t) {
      const detail = `The line of the disclosures says seq ${scanner.seq}, id ${quote(scanner.id)}, time ${quote(scanner.recordedAt)}; the leaf says otherwise.`
      this.#findings.failed('content', { code: 'wrong_content', detail, seq })
    }
  }

  #readLeaf(input: Uint8Array, seq: number): Leaf | undefined {
    try {
      return parseLeaf(input.subarray(1))
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error
      this.#findings.failed('chain', { code: error.code, detail: error.detail, seq })
      return undefined
    }
  }

  /** Holds a leaf against its log and its predecessor. */
  #checkPlace(leaf: Leaf, seq: number): void {
    const fail = (code: 'wrong_origin' | 'wrong_content', detail: string) =>
      this.#findings.failed('chain', { code, detail, seq })
    if (leaf.log !== this.#origin) fail('wrong_origin', `Its leaf belongs to the log ${quote(leaf.log)}.`)
    if (leaf.seq !== seq) fail('wrong_content', `Its leaf says seq ${leaf.seq}.`)
    const prev = this.#prev()
    if (leaf.prev !== prev) fail('wrong_content', 'Its leaf does not follow from the entry before.')
    encoder.encodeInto(leaf.t, new Uint8Array(this.#time.buffer))
    this.#checkTime(seq)
  }

  /** `entry_hash` of the entry before, in hex. */
  #prev(): string {
    return this.size === 0 ? '0'.repeat(64) : toHex(this.#hash)
  }

  #checkTime(seq: number): void {
    const before = this.#timeBefore
    const time = this.#time
    if (isBefore(time, before)) {
      const detail = `Its time ${decoder.decode(time)} is before that of the entry before, ${decoder.decode(before)}.`
      this.#findings.failed('chain', { code: 'wrong_content', detail, seq })
    }
    this.#timeBefore = time
    this.#time = before
  }
}

function parsedLeaf(input: Uint8Array): Leaf | undefined {
  try {
    return parseLeaf(input.subarray(1))
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error
    return undefined
  }
}

/** By words, as numbers whose first byte weighs most; the last overlaps the one before. */
function isBefore(time: DataView, other: DataView): boolean {
  const last = TIME_LENGTH - WORD_BYTES
  let at = 0
  while (at < last && time.getUint32(at) === other.getUint32(at)) at += WORD_BYTES
  const word = Math.min(at, last)
  return time.getUint32(word) < other.getUint32(word)
}

function quote(text: string): string {
  return JSON.stringify(text)
}
