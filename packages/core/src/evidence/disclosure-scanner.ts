import { SECTION_PATHS, type SectionPath } from '../entry/admission.js'
import { BODY_LABEL, FIELD_LABEL, SALT_BYTES } from '../hash/commitment.js'
import { isEarlierEpoch } from '../hash/epochs.js'
import { GENESIS_HASH, isOrigin, type Leaf } from '../hash/leaf.js'
import { HASH_BYTES, type Sha256Into } from '../hash/sha256.js'
import { type EndOfValue, endOfValueIn } from '../json/value-extent.js'
import { EvidenceError, malformed } from './evidence-error.js'
import { PlainLineReader, type ScannedSection } from './plain-line.js'
import { requireUtf8 } from './text.js'
import { PROOF_HASHES_MAX } from './tlog-proof.js'

// Constants of this module, not imports: loaders that do not link modules natively read an import as a property.
const NEWLINE = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const ZERO = 0x30
const NINE = 0x39
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** A text that must be there, in words of four bytes, which are compared as fast as one; the last may overlap the one before. */
interface Literal {
  readonly text: string
  readonly words: Int32Array
}
const WORD_BYTES = 4

function literal(text: string): Literal {
  const view = new DataView(ascii(text).buffer)
  const words = Int32Array.from({ length: Math.ceil(text.length / WORD_BYTES) }, (_, i) =>
    view.getInt32(Math.min(i * WORD_BYTES, text.length - WORD_BYTES), true),
  )
  return { text, words }
}

const ID = literal('{"id":"')
const INCLUSION = literal('","inclusion":[')
const LOG = literal('],"log":"')
const PREV = literal('],"prev":"')
const PREV_AFTER_LOG = literal('","prev":"')
const RECORDED_AT = literal('","recorded_at":"')
const SECTIONS = literal('","sections":[')
const SEQ = literal('],"seq":')
const VALUE = literal('","value":')
const COMMITMENT = literal('{"commitment":"')
const PATH = '{"path":"'
const PATH_AFTER = '","path":"'
/** By the order of the section: what stands before the salt of a value, and behind the commitment of an erased one. */
const BEFORE_SALT = SECTION_PATHS.map((path) => literal(`${PATH}${path}","salt":"`))
const AFTER_COMMITMENT = SECTION_PATHS.map((path) => literal(`${PATH_AFTER}${path}"}`))
const PATHS = SECTION_PATHS.map(ascii)
/** No two paths have the same character after their slash. */
const ORDER_BY_LETTER = new Uint8Array(256).fill(PATHS.length)
PATHS.forEach((path, order) => {
  ORDER_BY_LETTER[path[1]!] = order
})

/** `h` stands for a hex digit, `d` for a decimal one, anything else for itself. */
const ID_PATTERN = 'hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh'
const TIME_PATTERN = 'dddd-dd-ddTdd:dd:dd.ddddddZ'
const ID_LENGTH = ID_PATTERN.length
const TIME_LENGTH = TIME_PATTERN.length
/** By byte: the bits of what it may stand for in a pattern. */
const KINDS = new Uint8Array(256)
const KIND_OF = { d: '0123456789', h: '0123456789abcdef', '-': '-', T: 'T', ':': ':', '.': '.', Z: 'Z' }
const KIND_NAMES = Object.keys(KIND_OF)
Object.values(KIND_OF).forEach((bytes, kind) => {
  for (const byte of ascii(bytes)) KINDS[byte]! |= 1 << kind
})
const kindsOf = (pattern: string) => Uint8Array.from(pattern, (name) => 1 << KIND_NAMES.indexOf(name))
const ID_KINDS = kindsOf(ID_PATTERN)
const TIME_KINDS = kindsOf(TIME_PATTERN)

/** Of the length of a path. */
const LENGTH_BYTES = 4
const SALT_AT = FIELD_LABEL.length
/** By two digits, as a little-endian number of 16 bits: their byte, or -1. */
const HEX_PAIRS = new Int16Array(65_536).fill(-1)
for (let byte = 0; byte < 256; byte++) {
  const [high, low] = ascii(byte.toString(16).padStart(2, '0'))
  HEX_PAIRS[high! | (low! << 8)] = byte
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
  /** By the order of the section: what is hashed before its value, with the salt that it has in this line. */
  readonly #heads = PATHS.map(headOf)
  /** The same memory. */
  readonly #headViews = this.#heads.map(({ buffer }) => new DataView(buffer))
  /** What the body hash is made of: its label, and the commitment of section i from 32 × i behind it on. */
  readonly #body = new Uint8Array(BODY_LABEL.length + HASH_BYTES * SECTION_PATHS.length)
  /** By the number of sections: as much of it as is hashed. */
  readonly #bodies = Array.from({ length: PATHS.length + 1 }, (_, count) =>
    this.#body.subarray(0, BODY_LABEL.length + HASH_BYTES * count),
  )
  #bytes: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  /** What `#bytes` is a view of: to ask for it costs as much as a view. */
  #buffer = this.#bytes.buffer
  #endOfValue: EndOfValue = endOfValueIn(this.#bytes)
  /** Takes most lines at once, where the bytes allow it; what follows reads every other line, and alone tells what is wrong with one. */
  #plainLines: PlainLineReader | undefined
  /** The same, when it took the line read last. */
  #plain: PlainLineReader | undefined
  #at = 0
  #end = 0
  #idStart = 0
  #timeStart = 0
  #prevStart = -1
  #log: string | undefined
  #path: Uint8Array[] | undefined

  constructor() {
    this.#body.set(BODY_LABEL)
  }

  /**
   * Reads the line that begins at `start` of `bytes`, and must end before `end`. Returns the offset behind it, where its
   * newline is, or nothing. Throws `malformed`.
   */
  read(bytes: Uint8Array, start = 0, end = bytes.length): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#buffer = bytes.buffer
      this.#view = new DataView(this.#buffer, bytes.byteOffset, bytes.length)
      this.#endOfValue = endOfValueIn(bytes)
      this.#plainLines = PlainLineReader.in(bytes)
    }
    this.#plain = undefined
    if (this.#plainLines !== undefined) {
      const behind = this.#plainLines.read(start, end)
      if (behind >= 0) {
        this.#takePlain(this.#plainLines, start)
        return behind
      }
    }
    this.#at = start
    this.#end = end
    this.#expect(ID)
    this.#idStart = this.#match(ID_KINDS)
    this.#readInclusion()
    this.#expect(RECORDED_AT)
    this.#timeStart = this.#match(TIME_KINDS)
    this.#expect(SECTIONS)
    this.#readSections()
    this.#expect(SEQ)
    this.seq = this.#decimal()
    const behind = this.#at + 1
    if (this.#bytes[this.#at] !== CLOSE_BRACE || behind > end) throw this.#fault('its end')
    if (behind < end && bytes[behind] !== NEWLINE) throw this.#fault('a newline at its end')
    return behind
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

  /** Writes the body hash of the line's sections into `out` at `offset`. May destroy the line. */
  hashBody(sha256: Sha256Into, out: Uint8Array, offset: number): void {
    const plain = this.#plain
    for (let i = 0; i < this.count; i++) {
      const section = this.sections[i]!
      if (section.jsonStart < 0) continue
      const field = plain === undefined ? this.#fieldInPlace(section) : plain.field(section)
      sha256(field, this.#body, BODY_LABEL.length + HASH_BYTES * i)
    }
    sha256(this.#bodies[this.count]!, out, offset)
  }

  /** Copies the line's id to `out`. */
  copyId(out: DataView, offset: number): void {
    copyWords(this.#view, this.#idStart, ID_LENGTH, out, offset)
  }

  /** Copies the line's time to `out`. */
  copyTime(out: DataView, offset: number): void {
    copyWords(this.#view, this.#timeStart, TIME_LENGTH, out, offset)
  }

  /**
   * The leaf that a line with an inclusion proof stands for, given its body hash in hex and the log's origin. Throws
   * `wrong_origin` for one that names a log of which this origin is no later epoch.
   */
  leaf(body: string, origin: string): Leaf {
    if (this.prev === undefined) throw malformed('A disclosure has no inclusion proof of its own.')
    const log = this.#log ?? origin
    if (log !== origin && !isEarlierEpoch(log, origin))
      throw new EvidenceError('wrong_origin', `A line belongs to the log ${JSON.stringify(log)}.`)
    return { body, id: this.id, log, prev: this.prev, seq: this.seq, t: this.recordedAt }
  }

  #takePlain(line: PlainLineReader, start: number): void {
    this.#plain = line
    this.#idStart = start + ID.text.length
    this.#timeStart = this.#idStart + ID_LENGTH + RECORDED_AT.text.length
    this.#prevStart = -1
    this.#path = undefined
    this.#log = undefined
    this.count = line.sections(this.sections)
    this.redacted = 0
    for (let i = 0; i < this.count; i++) {
      if (this.sections[i]!.jsonStart >= 0) continue
      this.#body.set(line.commitment(i), BODY_LABEL.length + HASH_BYTES * i)
      this.redacted++
    }
    this.seq = line.seq
  }

  /**
   * What is hashed of a section. What is hashed with its value is put before it in place, over its path and salt, which are longer: copying
   * every value took as long as hashing it.
   */
  #fieldInPlace({ order, jsonStart, jsonEnd }: ScannedSection): Uint8Array {
    const { length } = this.#heads[order]!
    const start = jsonStart - length
    copyWords(this.#headViews[order]!, 0, length, this.#view, start)
    // Cheaper than a subarray.
    return new Uint8Array(this.#buffer, this.#bytes.byteOffset + start, jsonEnd - start)
  }

  #readInclusion(): void {
    this.#prevStart = -1
    this.#path = undefined
    this.#log = undefined
    if (!isAt(this.#view, this.#at, INCLUSION)) return
    this.#at += INCLUSION.text.length
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
    const hasLog = isAt(this.#view, this.#at, LOG)
    if (hasLog) this.#readLog()
    this.#expect(hasLog ? PREV_AFTER_LOG : PREV)
    this.#prevStart = this.#at
    this.#hex(new Uint8Array(HASH_BYTES), 0, HASH_BYTES)
    this.#path = path
  }

  #readLog(): void {
    this.#expect(LOG)
    const start = this.#at
    while (this.#at < this.#end && this.#bytes[this.#at] !== QUOTE) this.#at++
    this.#log = requireUtf8(this.#bytes.subarray(start, this.#at), 'An origin')
    if (!isOrigin(this.#log)) throw this.#fault('the origin of a log')
  }

  #readSections(): void {
    this.count = 0
    this.redacted = 0
    let previous = -1
    while (this.#bytes[this.#at] === OPEN_BRACE) {
      if (this.count === SECTION_PATHS.length) throw this.#fault('no further section')
      const section = this.sections[this.count]!
      if (isAt(this.#view, this.#at, COMMITMENT)) this.#readCommitment(section)
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
    this.#at += COMMITMENT.text.length
    this.#hex(this.#body, BODY_LABEL.length + HASH_BYTES * this.count, HASH_BYTES)
    section.order = this.#expectPath(AFTER_COMMITMENT, PATH_AFTER.length)
    section.jsonStart = -1
    section.jsonEnd = -1
    this.redacted++
  }

  #readValue(section: ScannedSection): void {
    section.order = this.#expectPath(BEFORE_SALT, PATH.length)
    this.#hex(this.#heads[section.order]!, SALT_AT, SALT_BYTES)
    this.#expect(VALUE)
    section.jsonStart = this.#at
    section.jsonEnd = this.#endOfValue(this.#at, this.#end)
    if (section.jsonEnd <= section.jsonStart || this.#bytes[section.jsonEnd] !== CLOSE_BRACE)
      throw this.#fault('a value and the end of its section')
    this.#at = section.jsonEnd + 1
  }

  /** Reads one of `texts`, which hold the path of a section from `pathAt` on; returns which. */
  #expectPath(texts: readonly Literal[], pathAt: number): number {
    const order = ORDER_BY_LETTER[this.#bytes[this.#at + pathAt + 1] ?? QUOTE]!
    const text = texts[order]
    if (text === undefined) throw this.#fault('the path of a section')
    this.#expect(text)
    return order
  }

  #expect(literal: Literal): void {
    if (!isAt(this.#view, this.#at, literal)) throw this.#fault(literal.text)
    this.#at += literal.text.length
  }

  /** Returns where it starts. */
  #match(kinds: Uint8Array): number {
    const bytes = this.#bytes
    const start = this.#at
    for (let i = 0; i < kinds.length; i++) {
      if ((KINDS[bytes[start + i] ?? QUOTE]! & kinds[i]!) === 0)
        throw this.#fault('an id or a time as logs write them')
    }
    this.#at = start + kinds.length
    return start
  }

  #hex(out: Uint8Array, offset: number, length: number): void {
    const start = this.#at
    const end = start + 2 * length
    if (end > this.#bytes.length) throw this.#fault('lower-case hex')
    for (let at = start, i = offset; at < end; at += 2, i++) {
      const byte = HEX_PAIRS[this.#view.getUint16(at, true)]!
      if (byte < 0) throw this.#fault('lower-case hex')
      out[i] = byte
    }
    this.#at = end
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

/** Label, room for the salt, length of the path, path. */
function headOf(path: Uint8Array): Uint8Array {
  const head = new Uint8Array(SALT_AT + SALT_BYTES + LENGTH_BYTES + path.length)
  head.set(FIELD_LABEL)
  head[head.length - path.length - 1] = path.length
  head.set(path, head.length - path.length)
  return head
}

/** Copies `length` bytes, four or more, by words; the last may overlap the one before. For so few a call of `set` costs more. */
function copyWords(from: DataView, start: number, length: number, to: DataView, offset: number): void {
  const last = length - WORD_BYTES
  for (let i = 0; i < last; i += WORD_BYTES) to.setInt32(offset + i, from.getInt32(start + i, true), true)
  to.setInt32(offset + last, from.getInt32(start + last, true), true)
}

/** Whether `literal` stands at `at`. */
function isAt(view: DataView, at: number, { text, words }: Literal): boolean {
  const last = at + text.length - WORD_BYTES
  if (last + WORD_BYTES > view.byteLength) return false
  let place = at
  for (let i = 0; i < words.length - 1; i++, place += WORD_BYTES)
    if (view.getInt32(place, true) !== words[i]) return false
  return view.getInt32(last, true) === words[words.length - 1]
}
