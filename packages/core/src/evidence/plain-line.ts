import { SECTION_PATHS } from '../entry/admission.js'
import { FIELD_LABEL, SALT_BYTES } from '../hash/commitment.js'
import { HASH_BYTES } from '../hash/sha256.js'
import {
  COMMITMENTS_AT,
  FIELD_BYTES,
  FIELD_ROOM,
  FIELDS_AT,
  FOUND_AT,
  type Scanning,
  scanningIn,
} from '../wasm/scannable-bytes.js'

// Constants of this module, not imports: loaders that do not link modules natively read an import as a property.
const NOT_PLAIN = -1
/** Of the length of a path. */
const LENGTH_BYTES = 4
/** By the order of a section: bytes that are hashed before its value. */
const HEAD_BYTES = Uint8Array.from(
  SECTION_PATHS,
  (path) => FIELD_LABEL.length + SALT_BYTES + LENGTH_BYTES + path.length,
)
/** Where scanning.wat puts what it found, in words of four bytes: how many sections, and of each three words. */
const COUNT_AT = 2
const SECTIONS_AT = 3
/** In place of where a value starts and ends. */
const ERASED = 0

/** A section found in a line. `json` is where its value lies; of an erased one both are -1. */
export interface ScannedSection {
  /** Place in `SECTION_PATHS`. */
  order: number
  jsonStart: number
  jsonEnd: number
}

/**
 * Reads lines in the bytes of `scannableBytes` that are as nearly all of a whole log are; scanning.wat says which. That is done in one
 * go, which also puts together what is hashed of each section, in a place of its own. What a line that is not taken lacks, if anything, it
 * does not say.
 */
export class PlainLineReader {
  readonly #scanning: Scanning
  readonly #buffer: ArrayBufferLike
  readonly #byteOffset: number
  readonly #memory: Uint8Array
  readonly #words: Int32Array
  readonly #seq: Float64Array
  readonly #commitments: readonly Uint8Array[]
  /** By the order of the section and the length: what is hashed. To look for a view costs less than to make one. */
  readonly #fields: (Uint8Array | undefined)[][]

  private constructor(bytes: Uint8Array, scanning: Scanning) {
    this.#scanning = scanning
    this.#buffer = bytes.buffer
    this.#byteOffset = bytes.byteOffset
    this.#memory = new Uint8Array(bytes.buffer)
    this.#words = new Int32Array(bytes.buffer, FOUND_AT, SECTIONS_AT + 3 * SECTION_PATHS.length)
    this.#seq = new Float64Array(bytes.buffer, FOUND_AT, 1)
    this.#commitments = SECTION_PATHS.map(
      (_, i) => new Uint8Array(bytes.buffer, COMMITMENTS_AT + HASH_BYTES * i, HASH_BYTES),
    )
    this.#fields = SECTION_PATHS.map(() => new Array(FIELD_ROOM + 1).fill(undefined))
  }

  /** Undefined for other bytes than those of `scannableBytes`. */
  static in(bytes: Uint8Array): PlainLineReader | undefined {
    const scanning = scanningIn(bytes.buffer)
    return scanning === undefined ? undefined : new PlainLineReader(bytes, scanning)
  }

  /** Reads the line that begins at `start` and must end before `end`. Returns the offset behind it, or -1 if it does not take it. */
  read(start: number, end: number): number {
    this.#scanning.reader = this
    const behind = this.#scanning.readPlainLine(this.#byteOffset + start, this.#byteOffset + end)
    return behind === NOT_PLAIN ? NOT_PLAIN : behind - this.#byteOffset
  }

  get seq(): number {
    return this.#seq[0]!
  }

  /** Puts the line's sections into `sections`; returns how many there are. */
  sections(sections: readonly ScannedSection[]): number {
    const words = this.#words
    const count = words[COUNT_AT]!
    for (let i = 0, at = SECTIONS_AT; i < count; i++, at += 3) {
      const section = sections[i]!
      section.order = words[at]!
      const start = words[at + 1]!
      section.jsonStart = start === ERASED ? -1 : start - this.#byteOffset
      section.jsonEnd = start === ERASED ? -1 : words[at + 2]! - this.#byteOffset
    }
    return count
  }

  /** Of section i, which is erased. */
  commitment(i: number): Uint8Array {
    return this.#commitments[i]!
  }

  /** What is hashed of a section, as long as nobody reads another line of these bytes. Destroys the line when there is much of it. */
  field({ order, jsonStart, jsonEnd }: ScannedSection): Uint8Array {
    if (this.#scanning.reader !== this) throw new Error('Another line of the same bytes was read meanwhile.')
    const head = HEAD_BYTES[order]!
    const length = head + jsonEnd - jsonStart
    const at = FIELDS_AT + FIELD_BYTES * order
    if (length > FIELD_ROOM) {
      // In the line, where there is room for it: over the path and the salt.
      const start = this.#byteOffset + jsonStart - head
      this.#memory.copyWithin(start, at, at + head)
      return new Uint8Array(this.#buffer, start, length)
    }
    const fields = this.#fields[order]!
    const field = fields[length]
    if (field !== undefined) return field
    const made = new Uint8Array(this.#buffer, at, length)
    fields[length] = made
    return made
  }
}
