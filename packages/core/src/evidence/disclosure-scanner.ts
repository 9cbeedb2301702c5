import { SECTION_PATHS, type SectionPath } from '../entry/admission.js'
import { type BodyHasher, SALT_BYTES } from '../hash/commitment.js'
import { GENESIS_HASH, type Leaf } from '../hash/leaf.js'
import { HASH_BYTES } from '../hash/sha256.js'
import { type EvidenceError, malformed } from './evidence-error.js'
import { requireUtf8 } from './text.js'
import { PROOF_HASHES_MAX } from './tlog-proof.js'

// Constants of this module, not imports: loaders that do not link modules natively read an import as a property.
const QUOTE = 0x22
const COMMA = 0x2c
const ZERO = 0x30
const NINE = 0x39
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const ID = ascii('{"id":"')
const INCLUSION = ascii('","inclusion":[')
const PREV = ascii('],"prev":"')
const RECORDED_AT = ascii('","recorded_at":"')
const SECTIONS = ascii('","sections":[')
const SEQ = ascii('],"seq":')
const PATH = ascii('{"path":"')
const SALT = ascii('","salt":"')
const VALUE = ascii('","value":')
const COMMITMENT = ascii('{"commitment":"')
const PATH_AFTER = ascii('","path":"')
const PATHS = SECTION_PATHS.map(ascii)
const ID_LENGTH = 36
const TIME_LENGTH = 27

const NO_DIGIT = 255
const HEX_VALUES = new Uint8Array(256).fill(NO_DIGIT)
for (let value = 0; value < 16; value++) HEX_VALUES[value.toString(16).charCodeAt(0)] = value

/** A section found in a line. `json` is where its value lies; of an erased one both are -1. */
export interface ScannedSection {
  /** Place in `SECTION_PATHS`. */
  order: number
  jsonStart: number
  jsonEnd: number
}

/**
 * Reads lines as `disclosureLine` writes them, in bytes and in place: a verifier spends more time on reading than on
 * hashing, so nothing is copied that need not be. Strict: one spelling, members in order, sections in the order of their
 * paths. A value's extent is found by its brackets and quotes; that the bytes within are what was recorded, its commitment
 * tells. One scanner reads one line after another; what it says is of the line read last.
 */
export class DisclosureScanner {
  seq = 0
  /** How many of `sections` are of this line. */
  count = 0
  /** How many of them are erased or held back. */
  redacted = 0
  readonly sections: ScannedSection[] = SECTION_PATHS.map(() => ({ order: 0, jsonStart: -1, jsonEnd: -1 }))
  /** The salt of section i from 16 × i on. */
  readonly salts = new Uint8Array(SALT_BYTES * SECTION_PATHS.length)
  /** The commitment of section i, where it is erased, from 32 × i on. */
  readonly commitments = new Uint8Array(HASH_BYTES * SECTION_PATHS.length)
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  #idStart = 0
  #timeStart = 0
  #prevStart = -1
  #path: Uint8Array[] | undefined

  /** Reads the line at [start, end) of `bytes`, its newline not included. Throws `malformed`. */
  read(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#expect(ID)
    this.#idStart = this.#skip(ID_LENGTH)
    this.#readInclusion()
    this.#expect(RECORDED_AT)
    this.#timeStart = this.#skip(TIME_LENGTH)
    this.#expect(SECTIONS)
    this.#readSections()
    this.#expect(SEQ)
    this.seq = this.#decimal()
    if (this.#bytes[this.#at] !== CLOSE_BRACE || this.#at + 1 !== end) throw this.#fault('its end')
  }

  /** Bytes that hold the line read last. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  get id(): string {
    return requireUtf8(this.#bytes.subarray(this.#idStart, this.#idStart + ID_LENGTH), 'An id')
  }

  get recordedAt(): string {
    return requireUtf8(this.#bytes.subarray(this.#timeStart, this.#timeStart + TIME_LENGTH), 'A time')
  }

  /** Undefined in a line of a whole log. */
  get prev(): string | undefined {
    if (this.#prevStart < 0) return undefined
    return requireUtf8(this.#bytes.subarray(this.#prevStart, this.#prevStart + GENESIS_HASH.length), 'A hash')
  }

  /** The inclusion proof; undefined in a line of a whole log. */
  get inclusion(): readonly Uint8Array[] | undefined {
    return this.#path
  }

  pathOf(i: number): SectionPath {
    return SECTION_PATHS[this.sections[i]!.order] as SectionPath
  }

  /** Writes the body hash of the line's sections into `out` at `offset`. */
  hashBody(hasher: BodyHasher, out: Uint8Array, offset: number): void {
    hasher.begin()
    for (let i = 0; i < this.count; i++) {
      const { order, jsonStart, jsonEnd } = this.sections[i]!
      if (jsonStart < 0) hasher.addCommitment(this.commitments.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)))
      else {
        const json = this.#bytes.subarray(jsonStart, jsonEnd)
        hasher.addSectionBytes(SECTION_PATHS[order] as SectionPath, this.salts, SALT_BYTES * i, json)
      }
    }
    hasher.finish(out, offset)
  }

  /** Whether the line's id and time are those of a leaf's bytes, at these offsets in it. */
  isOf(leaf: Uint8Array, idStart: number, timeStart: number): boolean {
    return (
      this.#equal(this.#idStart, leaf, idStart, ID_LENGTH) &&
      this.#equal(this.#timeStart, leaf, timeStart, TIME_LENGTH)
    )
  }

  /** The leaf that a line with an inclusion proof stands for, given its body hash in hex and the log's origin. */
  leaf(body: string, origin: string): Leaf {
    if (this.prev === undefined) throw malformed('A disclosure has no inclusion proof of its own.')
    return { body, id: this.id, log: origin, prev: this.prev, seq: this.seq, t: this.recordedAt }
  }

  #readInclusion(): void {
    this.#prevStart = -1
    this.#path = undefined
    if (this.#bytes[this.#at + 2] !== INCLUSION[2] || this.#bytes[this.#at + 3] !== INCLUSION[3]) return
    this.#expect(INCLUSION)
    const path: Uint8Array[] = []
    while (this.#bytes[this.#at] === QUOTE) {
      if (path.length === PROOF_HASHES_MAX) throw this.#fault('at most 63 hashes')
      this.#at++
      const hash = new Uint8Array(HASH_BYTES)
      this.#hex(hash, 0, HASH_BYTES)
      path.push(hash)
      if (this.#bytes[this.#at++] !== QUOTE) throw this.#fault('the end of a hash')
      if (this.#bytes[this.#at] !== COMMA) break
      this.#at++
      if (this.#bytes[this.#at] !== QUOTE) throw this.#fault('a hash')
    }
    this.#expect(PREV)
    this.#prevStart = this.#at
    this.#hex(new Uint8Array(HASH_BYTES), 0, HASH_BYTES)
    this.#path = path
  }

  #readSections(): void {
    this.count = 0
    this.redacted = 0
    let previous = -1
    while (this.#bytes[this.#at] === OPEN_BRACE) {
      if (this.count === SECTION_PATHS.length) throw this.#fault('no further section')
      const section = this.sections[this.count]!
      if (this.#bytes[this.#at + 2] === COMMITMENT[2]) this.#readCommitment(section)
      else this.#readValue(section)
      if (section.order <= previous) throw this.#fault('sections in the order of their paths')
      previous = section.order
      this.count++
      if (this.#bytes[this.#at] !== COMMA) break
      this.#at++
      if (this.#bytes[this.#at] !== OPEN_BRACE) throw this.#fault('a section')
    }
  }

  #readCommitment(section: ScannedSection): void {
    this.#expect(COMMITMENT)
    this.#hex(this.commitments, HASH_BYTES * this.count, HASH_BYTES)
    this.#expect(PATH_AFTER)
    section.order = this.#sectionPath()
    if (this.#bytes[this.#at] !== QUOTE || this.#bytes[this.#at + 1] !== CLOSE_BRACE)
      throw this.#fault('the end of a section')
    this.#at += 2
    section.jsonStart = -1
    section.jsonEnd = -1
    this.redacted++
  }

  #readValue(section: ScannedSection): void {
    this.#expect(PATH)
    section.order = this.#sectionPath()
    this.#expect(SALT)
    this.#hex(this.salts, SALT_BYTES * this.count, SALT_BYTES)
    this.#expect(VALUE)
    section.jsonStart = this.#at
    this.#at = endOfValue(this.#bytes, this.#at, this.#end)
    section.jsonEnd = this.#at
    if (section.jsonEnd === section.jsonStart || this.#bytes[this.#at] !== CLOSE_BRACE)
      throw this.#fault('a value and the end of its section')
    this.#at++
  }

  #sectionPath(): number {
    for (let order = 0; order < PATHS.length; order++) {
      const path = PATHS[order]!
      if (this.#bytes[this.#at + path.length] === QUOTE && this.#equal(this.#at, path, 0, path.length)) {
        this.#at += path.length
        return order
      }
    }
    throw this.#fault('the path of a section')
  }

  #expect(literal: Uint8Array): void {
    if (!this.#equal(this.#at, literal, 0, literal.length)) throw this.#fault(String.fromCharCode(...literal))
    this.#at += literal.length
  }

  #equal(at: number, other: Uint8Array, from: number, length: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) if (bytes[at + i] !== other[from + i]) return false
    return true
  }

  #skip(length: number): number {
    const start = this.#at
    this.#at += length
    // No quote, backslash, control or non-ASCII character: what is skipped is one plain string.
    for (let at = start; at < this.#at; at++) {
      const byte = this.#bytes[at]!
      if (!(byte > 0x20 && byte < 0x7f) || byte === QUOTE || byte === BACKSLASH)
        throw this.#fault('plain characters')
    }
    return start
  }

  #hex(out: Uint8Array, offset: number, length: number): void {
    const bytes = this.#bytes
    let at = this.#at
    for (let i = offset; i < offset + length; i++, at += 2) {
      const high = HEX_VALUES[bytes[at] ?? QUOTE]!
      const low = HEX_VALUES[bytes[at + 1] ?? QUOTE]!
      if ((high | low) > 15) throw this.#fault('lower-case hex')
      out[i] = (high << 4) | low
    }
    this.#at = at
  }

  #decimal(): number {
    const start = this.#at
    let value = 0
    for (let byte = this.#bytes[start]!; byte >= ZERO && byte <= NINE; byte = this.#bytes[++this.#at]!)
      value = value * 10 + (byte - ZERO)
    const digits = this.#at - start
    if (
      digits === 0 ||
      digits > 16 ||
      !Number.isSafeInteger(value) ||
      (digits > 1 && this.#bytes[start] === ZERO)
    )
      throw this.#fault('a whole number up to 2^53 - 1')
    return value
  }

  #fault(expected: string): EvidenceError {
    return malformed(`A line of the disclosures lacks ${expected}, around its byte ${this.#at}.`)
  }
}

/** The offset behind the JSON value at `at`, by its brackets and quotes; `end` or less. Numbers and words end at a bracket or comma. */
function endOfValue(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0
  let at = from
  while (at < end) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at++
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
      at++
      if (depth === 0) return at
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++
      at++
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at
      at++
      if (--depth === 0) return at
    } else if (byte === COMMA && depth === 0) return at
    else at++
  }
  return at
}
