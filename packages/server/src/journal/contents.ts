import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { HASH_BYTES, SECTION_PATHS, type SectionPath } from '@counterfoil/core'
import { CONTENTS_DICTIONARY } from './contents-dictionary.js'

/**
 * The contents of a journal row: the sections of up to 64 entries, in segments of up to 32, so that reading one entry
 * inflates half of its row. Bundles of the ledger have the same form, with 256 entries, and take over whole segments.
 *
 * ```
 * contents = version (1) || segment count (u8) || header * || segment *
 * header   = entries (u8) || plain length (u32 LE) || coded length (u32 LE)
 * segment  = raw deflate with CONTENTS_DICTIONARY, or as it is when the two lengths are equal
 * entry    = one byte with a bit for each section of SECTION_PATHS that is present, and each of those as
 *            length (u32 LE) || JSON in UTF-8, or 0xffffffff || commitment (32) when it was erased
 * ```
 *
 * Hashes, ids and salts are random bytes that no compressor shrinks; they have columns of their own.
 */
const VERSION = 1
const PREFIX_BYTES = 2
const HEADER_BYTES = 9

/**
 * Measured on entries of 0.8 KB: 187 bytes an entry, where segments of 16 take 212 and segments of 64 take 180; a page of 50
 * entries from 50 rows inflates in 2 ms, in 1.1 ms and in 2.9 ms.
 */
const SEGMENT_ENTRIES_MAX = 32
/** Past this many bytes a segment is closed early, so that one large entry does not make its neighbours slow. */
const SEGMENT_BYTES_MAX = 32 * 1024
/** The smallest chunk that zlib takes. */
const CHUNK_BYTES_MIN = 64

/** Stands for the length of a section of which only the commitment is left. */
const ERASED = 0xffffffff

/** A section as it rests: its JSON in UTF-8. */
export interface KeptBytes {
  readonly path: SectionPath
  readonly json: Uint8Array
}

/** A section that was erased: what it was committed as, 32 bytes. */
export interface ErasedBytes {
  readonly path: SectionPath
  readonly commitment: Uint8Array
}

/** The bytes of one section as they rest. */
export type SectionBytes = KeptBytes | ErasedBytes

interface CodedSegment {
  readonly entries: number
  readonly plainLength: number
  readonly coded: Uint8Array
}

/** Where a segment lies in the contents of a row, and which entries it holds. */
export interface SegmentPlace {
  readonly firstEntry: number
  readonly entries: number
  readonly plainLength: number
  readonly start: number
  readonly end: number
}

/** How entries are put into segments. */
export interface Segmentation {
  readonly entriesMax: number
  /** Entries that a segment has at least, however large they are. Their number is one byte. */
  readonly entriesMin: number
  /** Past this many bytes a segment is closed early. */
  readonly bytesMax: number
  /** Of deflate, 1 to 9. */
  readonly level: number
}

/** Of journal rows. Level 2 costs what level 1 does and saves 4 % of bytes; level 6 costs three times as much for 12 %. */
export const ROW_SEGMENTS: Segmentation = {
  entriesMax: SEGMENT_ENTRIES_MAX,
  entriesMin: 1,
  bytesMax: SEGMENT_BYTES_MAX,
  level: 2,
}

/** Gathers sections into the contents of a row. */
export class ContentsWriter {
  readonly #segmentation: Segmentation
  #plain = Buffer.allocUnsafe(2 * SEGMENT_BYTES_MAX)
  #plainLength = 0
  #entries = 0
  #closedLength = 0
  #closed: CodedSegment[] = []

  constructor(segmentation: Segmentation = ROW_SEGMENTS) {
    this.#segmentation = segmentation
  }

  /** Bytes that were gathered, before compression. */
  get length(): number {
    return this.#closedLength + this.#plainLength
  }

  reset(): void {
    this.#closed = []
    this.#closedLength = 0
    this.#plainLength = 0
    this.#entries = 0
  }

  /** Starts an entry that has the sections whose bits are set in `mask`. */
  beginEntry(mask: number): void {
    const { entriesMax, entriesMin, bytesMax } = this.#segmentation
    if (this.#entries === entriesMax || (this.#plainLength >= bytesMax && this.#entries >= entriesMin))
      this.#closeSegment()
    this.#reserve(1)
    this.#plain[this.#plainLength++] = mask
    this.#entries++
  }

  addSection(json: Uint8Array): void {
    this.#reserve(4 + json.length)
    this.#plainLength = this.#plain.writeUInt32LE(json.length, this.#plainLength)
    this.#plain.set(json, this.#plainLength)
    this.#plainLength += json.length
  }

  /** In the place of a section that was erased. */
  addErased(commitment: Uint8Array): void {
    this.#reserve(4 + commitment.length)
    this.#plainLength = this.#plain.writeUInt32LE(ERASED, this.#plainLength)
    this.#plain.set(commitment, this.#plainLength)
    this.#plainLength += commitment.length
  }

  /** Adds a whole segment of other contents as it rests there, after the entries so far. */
  addSegment(contents: Uint8Array, { entries, plainLength, start, end }: SegmentPlace): void {
    this.#closeSegment()
    this.#closed.push({ entries, plainLength, coded: contents.subarray(start, end) })
    this.#closedLength += plainLength
  }

  /** The coded contents; independent of this writer. */
  finish(): Uint8Array {
    this.#closeSegment()
    const segments = this.#closed
    const codedLength = segments.reduce((sum, { coded }) => sum + coded.length, 0)
    const contents = Buffer.alloc(PREFIX_BYTES + HEADER_BYTES * segments.length + codedLength)
    let header = contents.writeUInt8(segments.length, contents.writeUInt8(VERSION, 0))
    let at = PREFIX_BYTES + HEADER_BYTES * segments.length
    for (const { entries, plainLength, coded } of segments) {
      header = contents.writeUInt8(entries, header)
      header = contents.writeUInt32LE(plainLength, header)
      header = contents.writeUInt32LE(coded.length, header)
      contents.set(coded, at)
      at += coded.length
    }
    return contents
  }

  #closeSegment(): void {
    if (this.#entries === 0) return
    const plain = this.#plain.subarray(0, this.#plainLength)
    const deflated = deflateRawSync(plain, {
      level: this.#segmentation.level,
      dictionary: CONTENTS_DICTIONARY,
      chunkSize: Math.max(CHUNK_BYTES_MIN, plain.length >> 1),
    })
    const coded = deflated.length < plain.length ? deflated : Uint8Array.prototype.slice.call(plain)
    this.#closed.push({ entries: this.#entries, plainLength: plain.length, coded })
    this.#closedLength += plain.length
    this.#plainLength = 0
    this.#entries = 0
  }

  #reserve(bytes: number): void {
    if (this.#plainLength + bytes <= this.#plain.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#plainLength + bytes))
    larger.set(this.#plain.subarray(0, this.#plainLength))
    this.#plain = larger
  }
}

/** The bit of a section in an entry's mask. */
export function sectionBit(path: SectionPath): number {
  return 1 << SECTION_PATHS.indexOf(path)
}

/** The segments of a row's contents. Throws a RangeError when they do not fill the contents exactly. */
export function segmentsOf(contents: Uint8Array): SegmentPlace[] {
  const [version, count = 0] = contents
  if (version !== VERSION) throw new RangeError(`unknown version ${version} of contents`)
  let start = PREFIX_BYTES + HEADER_BYTES * count
  if (start > contents.length) throw new RangeError('the contents end within their headers')
  const view = new DataView(contents.buffer, contents.byteOffset, contents.length)
  const places: SegmentPlace[] = []
  let firstEntry = 0
  for (let header = PREFIX_BYTES; places.length < count; header += HEADER_BYTES) {
    const entries = view.getUint8(header)
    const end = start + view.getUint32(header + 5, true)
    places.push({ firstEntry, entries, plainLength: view.getUint32(header + 1, true), start, end })
    firstEntry += entries
    start = end
  }
  if (start !== contents.length) throw new RangeError('the segments do not fill the contents')
  return places
}

/** The plain bytes of a segment. Throws when they do not decode to the length that was written. */
export function decodeSegment(contents: Uint8Array, { start, end, plainLength }: SegmentPlace): Buffer {
  const coded = Buffer.from(contents.buffer, contents.byteOffset + start, end - start)
  if (coded.length === plainLength) return coded
  const plain = inflateRawSync(coded, {
    dictionary: CONTENTS_DICTIONARY,
    // One more than there is: zlib asks for another chunk when the last one is full.
    chunkSize: Math.max(CHUNK_BYTES_MIN, plainLength + 1),
    maxOutputLength: plainLength,
  })
  if (plain.length !== plainLength) throw new RangeError('a segment is shorter than it was')
  return plain
}

/** Walks the entries of a decoded segment. */
export class SegmentReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The next entry's sections. Throws a RangeError when the bytes make no sense. */
  next(): SectionBytes[] {
    const sections: SectionBytes[] = []
    this.visit((path, start, end, isErased) => {
      const bytes = this.#bytes.subarray(start, end)
      sections.push(isErased ? { path, commitment: bytes } : { path, json: bytes })
    })
    return sections
  }

  skip(): void {
    this.visit(undefined)
  }

  /**
   * Tells where in the segment each section of the next entry lies, or the commitment of an erased one. Throws a
   * RangeError when the bytes make no sense.
   */
  visit(
    visit: ((path: SectionPath, start: number, end: number, isErased: boolean) => void) | undefined,
  ): void {
    const bytes = this.#bytes
    let at = this.#at
    if (at >= bytes.length) throw new RangeError('a segment ends before its last entry')
    const mask = bytes[at++] as number
    for (let bit = 0; bit < SECTION_PATHS.length; bit++) {
      if ((mask & (1 << bit)) === 0) continue
      if (at + 4 > bytes.length) throw new RangeError('a segment ends within a length')
      const length = bytes.readUInt32LE(at)
      const end = at + 4 + (length === ERASED ? HASH_BYTES : length)
      if (end > bytes.length) throw new RangeError('a section is longer than its segment')
      visit?.(SECTION_PATHS[bit] as SectionPath, at + 4, end, length === ERASED)
      at = end
    }
    this.#at = at
  }
}
