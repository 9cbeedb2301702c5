import { AppError, HASH_BYTES, TILE_WIDTH } from '@counterfoil/core'
import { type Block, isKept, type RecordedAt, recordedAtOf, type StoredSection } from '../journal/block.js'
import { ContentsWriter, type Segmentation, sectionBit, segmentsOf } from '../journal/contents.js'
import { encodeRuns, type SaltRun, sliceRuns } from '../journal/salts.js'
import { sha256Into } from '../platform-hash.js'

/** Of a full tile. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES

/**
 * A bundle as it rests: what 256 consecutive entries of a log say, with their ids, times and salts. Their hashes are in the
 * tile of the same number, and with these the bundle gives every leaf byte for byte.
 *
 * ```
 * bundle = version (1) || length of times, ids, salts (u32 LE each) || prev (32) || times || ids || salts || contents
 * times  = (count - 1 (u8) || microseconds since 1970 (u64 LE)) *           entries that share a time
 * ids    = bit for each entry, set for a short id (32) || id *
 * id     = UUID (16) | its last 10 bytes, of a UUIDv7 whose milliseconds are the entry's own
 * salts  = see salts.ts
 * contents = see contents.ts
 * ```
 */
const VERSION = 1
const HEAD_BYTES = 1 + 3 * 4 + HASH_BYTES
const TIME_BYTES = 9
const SHORT_ID_BYTES = 10
const BITMAP_BYTES = TILE_WIDTH / 8

/**
 * Of entries whose segments in the journal are too small to be taken over. Measured on entries of 0.8 KB: 171 bytes an entry
 * and 5 µs; level 6 takes 155 and 60 % more time.
 */
export const BUNDLE_SEGMENTS: Segmentation = { entriesMax: 64, entriesMin: 2, bytesMax: 64 * 1024, level: 3 }

/** A segment of a journal row with so many entries is taken over as it rests: 187 bytes an entry, and no time at all. */
const COPIED_ENTRIES_MIN = 24

/** A bundle as it rests, and the hashes of its tile. */
export interface FinishedBundle {
  readonly bytes: Uint8Array
  readonly hashes: Uint8Array
}

/** Gathers entries, block by block, into a bundle. */
export class BundleWriter {
  readonly #contents = new ContentsWriter(BUNDLE_SEGMENTS)
  readonly #hashes = new Uint8Array(TILE_BYTES)
  readonly #ids = new Uint8Array(16 * TILE_WIDTH)
  readonly #times = new Float64Array(TILE_WIDTH)
  #prev = new Uint8Array(HASH_BYTES)
  #salts: SaltRun[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Begins a bundle; `prev` is the `entry_hash` before its first entry. */
  begin(prev: Uint8Array): void {
    this.#contents.reset()
    this.#prev = new Uint8Array(prev)
    this.#salts = []
    this.#count = 0
  }

  /**
   * Adds the entries of `block` from place `from` on, as many as there is room for, and returns how many.
   * `sections` and `runs` are those of the whole block.
   */
  add(
    block: Block,
    from: number,
    sections: readonly (readonly StoredSection[])[],
    runs: readonly SaltRun[],
  ): number {
    const count = Math.min(block.count - from, TILE_WIDTH - this.#count)
    this.#addContents(block, from, from + count, sections)
    for (let i = 0; i < count; i++) this.#times[this.#count + i] = recordedAtOf(block, from + i)
    const salts = countKept(sections, from, from + count)
    this.#salts.push(...sliceRuns(runs, countKept(sections, 0, from), salts))
    this.#ids.set(block.ids.subarray(16 * from, 16 * (from + count)), 16 * this.#count)
    this.#hashes.set(
      block.entryHashes.subarray(HASH_BYTES * from, HASH_BYTES * (from + count)),
      HASH_BYTES * this.#count,
    )
    this.#count += count
    return count
  }

  /** Whole segments as they rest, where they lie between `from` and `to` and are large enough; other entries one by one. */
  #addContents(
    { contents }: Block,
    from: number,
    to: number,
    sections: readonly (readonly StoredSection[])[],
  ): void {
    for (const place of segmentsOf(contents)) {
      const end = place.firstEntry + place.entries
      if (place.firstEntry >= from && end <= to && place.entries >= COPIED_ENTRIES_MIN) {
        this.#contents.addSegment(contents, place)
        continue
      }
      for (let i = Math.max(from, place.firstEntry); i < Math.min(to, end); i++)
        this.#addEntry(sections[i] as readonly StoredSection[])
    }
  }

  #addEntry(sections: readonly StoredSection[]): void {
    let mask = 0
    for (const { path } of sections) mask |= sectionBit(path)
    this.#contents.beginEntry(mask)
    for (const section of sections) {
      if (isKept(section)) this.#contents.addSection(section.json)
      else this.#contents.addErased(section.commitment)
    }
  }

  /** The bundle and the hashes of its tile. Call when `count` has reached `TILE_WIDTH`. */
  finish(): FinishedBundle {
    if (this.#count !== TILE_WIDTH) throw new RangeError(`a bundle of ${this.#count} entries`)
    const times = encodeTimes(this.#times)
    const ids = encodeIds(this.#ids, this.#times)
    const salts = encodeRuns(this.#salts)
    const bytes = assemble({ prev: this.#prev, times, ids, salts, contents: this.#contents.finish() })
    return { bytes, hashes: this.#hashes.slice() }
  }
}

/** How many sections that are there the entries at places `from` to `to - 1` have. */
function countKept(sections: readonly (readonly StoredSection[])[], from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) for (const section of sections[i] ?? []) if (isKept(section)) count++
  return count
}

/** The same bundle with other salts or contents, after something of it was erased. Throws a RangeError. */
export function rewriteBundle(
  bytes: Uint8Array,
  { salts, contents }: Partial<Pick<BundleParts, 'salts' | 'contents'>>,
): Uint8Array {
  const parts = split(bytes)
  return assemble({ ...parts, salts: salts ?? parts.salts, contents: contents ?? parts.contents })
}

interface BundleParts {
  readonly prev: Uint8Array
  readonly times: Uint8Array
  readonly ids: Uint8Array
  readonly salts: Uint8Array
  readonly contents: Uint8Array
}

function assemble({ prev, times, ids, salts, contents }: BundleParts): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES)
  head[0] = VERSION
  head.writeUInt32LE(times.length, 1)
  head.writeUInt32LE(ids.length, 5)
  head.writeUInt32LE(salts.length, 9)
  head.set(prev, 13)
  return Buffer.concat([head, times, ids, salts, contents])
}

function split(bytes: Uint8Array): BundleParts {
  if (bytes[0] !== VERSION) throw new RangeError(`unknown version ${bytes[0]} of bundles`)
  if (bytes.length < HEAD_BYTES) throw new RangeError('the bundle ends within its head')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const timesEnd = HEAD_BYTES + view.getUint32(1, true)
  const idsEnd = timesEnd + view.getUint32(5, true)
  const saltsEnd = idsEnd + view.getUint32(9, true)
  if (saltsEnd > bytes.length) throw new RangeError('the bundle ends before its contents')
  return {
    prev: bytes.subarray(13, HEAD_BYTES),
    times: bytes.subarray(HEAD_BYTES, timesEnd),
    ids: bytes.subarray(timesEnd, idsEnd),
    salts: bytes.subarray(idsEnd, saltsEnd),
    contents: bytes.subarray(saltsEnd),
  }
}

/** SHA-256 of a bundle as it rests: whether it is still what was put, without looking into it. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  const digest = new Uint8Array(HASH_BYTES)
  sha256Into(bytes, digest, 0)
  return digest
}

/** The block that a bundle holds; `hashes` is its tile. Throws `damaged_ledger` when the bytes make no sense. */
export function decodeBundle(index: number, bytes: Uint8Array, hashes: Uint8Array): Block {
  try {
    return toBlock(index, bytes, hashes)
  } catch (cause) {
    throw damagedBundle(index, cause)
  }
}

export function damagedBundle(index: number, cause?: unknown): AppError {
  const first = index * TILE_WIDTH
  return new AppError('damaged_ledger', {
    hint: `The bundle of entries ${first} to ${first + TILE_WIDTH - 1} does not decode. Run "counterfoil fsck" to locate the damage and restore a backup.`,
    cause,
  })
}

function toBlock(index: number, bytes: Uint8Array, hashes: Uint8Array): Block {
  if (hashes.length !== TILE_BYTES) throw new RangeError(`a tile of ${hashes.length} bytes`)
  const { prev, times, ids, salts, contents } = split(bytes)
  const recordedAt = decodeTimes(times)
  return {
    firstSeq: index * TILE_WIDTH,
    count: TILE_WIDTH,
    recordedAt,
    prevHash: prev,
    ids: decodeIds(ids, recordedAt),
    entryHashes: hashes,
    salts,
    contents,
  }
}

function encodeTimes(times: Float64Array): Uint8Array {
  const runs: { readonly time: number; count: number }[] = []
  for (const time of times) {
    const last = runs.at(-1)
    if (last?.time === time) last.count++
    else runs.push({ time, count: 1 })
  }
  const bytes = Buffer.alloc(TIME_BYTES * runs.length)
  runs.forEach(({ time, count }, i) => {
    bytes.writeUInt8(count - 1, TIME_BYTES * i)
    bytes.writeBigUInt64LE(BigInt(time), TIME_BYTES * i + 1)
  })
  return bytes
}

function decodeTimes(bytes: Uint8Array): Float64Array {
  if (bytes.length % TIME_BYTES !== 0) throw new RangeError('the times end within one')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const times = new Float64Array(TILE_WIDTH)
  let next = 0
  for (let at = 0; at < bytes.length; at += TIME_BYTES) {
    const count = view.getUint8(at) + 1
    const time = Number(view.getBigUint64(at + 1, true))
    if (next + count > TILE_WIDTH || !Number.isSafeInteger(time)) throw new RangeError('impossible times')
    times.fill(time, next, next + count)
    next += count
  }
  if (next !== TILE_WIDTH) throw new RangeError('there are times of fewer entries')
  return times
}

function encodeIds(ids: Uint8Array, times: Float64Array): Uint8Array {
  const bytes = Buffer.alloc(BITMAP_BYTES + 16 * TILE_WIDTH)
  let at = BITMAP_BYTES
  for (let i = 0; i < TILE_WIDTH; i++) {
    const id = ids.subarray(16 * i, 16 * (i + 1))
    const isShort = isOfTime(id, times[i] as number)
    if (isShort) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7))
    const kept = isShort ? id.subarray(16 - SHORT_ID_BYTES) : id
    bytes.set(kept, at)
    at += kept.length
  }
  return bytes.subarray(0, at)
}

function decodeIds(bytes: Uint8Array, times: Exclude<RecordedAt, number>): Uint8Array {
  const ids = new Uint8Array(16 * TILE_WIDTH)
  let at = BITMAP_BYTES
  for (let i = 0; i < TILE_WIDTH; i++) {
    const isShort = ((bytes[i >> 3] as number) & (1 << (i & 7))) !== 0
    const length = isShort ? SHORT_ID_BYTES : 16
    const end = 16 * (i + 1)
    if (isShort) writeMilliseconds(times[i] as number, ids, 16 * i)
    ids.set(bytes.subarray(at, at + length), end - length)
    at += length
  }
  if (at !== bytes.length) throw new RangeError('the ids are too few or too many')
  return ids
}

const milliseconds = new Uint8Array(6)

/** Whether the first six bytes of an id are the milliseconds of `recordedAt`. */
function isOfTime(id: Uint8Array, recordedAt: number): boolean {
  writeMilliseconds(recordedAt, milliseconds, 0)
  return milliseconds.every((byte, i) => byte === id[i])
}

function writeMilliseconds(recordedAt: number, out: Uint8Array, offset: number): void {
  let rest = Math.floor(recordedAt / 1000)
  for (let i = 5; i >= 0; i--) {
    out[offset + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
