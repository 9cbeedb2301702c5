import { type DisclosureScanner, GENESIS_HASH, HASH_BYTES, leafText } from '@counterfoil/core'

const HEX_CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const ZERO = 0x30
const TIME_LENGTH = 27
const SEQ_DIGITS_MAX = 16

/**
 * Writes the leaves of one log into one buffer, one after another: `0x00 || leaf`, ready to be hashed. It is leafText
 * (@counterfoil/core) for a reader in a hurry; where members lie is taken from what leafText writes.
 */
export class LeafWriter {
  readonly bytes: Uint8Array
  /** Bytes of the leaf written last, the 0x00 before it included. */
  length = 0
  readonly #bodyAt: number
  readonly #idAt: number
  readonly #prevAt: number
  readonly #seqAt: number
  /** From behind the seq to the time, and from the time to the end. */
  readonly #beforeTime: Uint8Array
  readonly #afterTime: Uint8Array

  constructor(origin: string) {
    const marks = { body: '\u0001', id: '\u0002', prev: '\u0003', t: '\u0004' }
    const template = leafText({ ...marks, log: origin, seq: 0 })
      .replace(marks.body, marks.body.repeat(64))
      .replace(marks.id, marks.id.repeat(36))
      .replace(marks.prev, marks.prev.repeat(64))
    const encoder = new TextEncoder()
    const seqAt = template.indexOf('"seq":') + '"seq":'.length
    const timeAt = template.indexOf(marks.t)
    const head = encoder.encode(template.slice(0, seqAt))
    this.#beforeTime = encoder.encode(template.slice(seqAt + 1, timeAt))
    this.#afterTime = encoder.encode(template.slice(timeAt + 1))
    this.bytes = new Uint8Array(
      1 + head.length + SEQ_DIGITS_MAX + this.#beforeTime.length + TIME_LENGTH + this.#afterTime.length,
    )
    this.bytes.set(head, 1)
    // The origin is ASCII, so offsets in the text are offsets in the bytes.
    this.#bodyAt = 1 + template.indexOf(marks.body)
    this.#idAt = 1 + template.indexOf(marks.id)
    this.#prevAt = 1 + template.indexOf(marks.prev)
    this.#seqAt = 1 + seqAt
    this.setPrev(undefined, 0)
  }

  /** Sets `prev` to the 32 bytes that `hash` holds at `offset`; undefined stands for a log's first entry. */
  setPrev(hash: Uint8Array | undefined, offset: number): void {
    if (hash === undefined) this.bytes.fill(ZERO, this.#prevAt, this.#prevAt + GENESIS_HASH.length)
    else this.#hex(hash, offset, this.#prevAt)
  }

  /** Writes the leaf of the scanner's line, given its body hash. */
  write(line: DisclosureScanner, body: Uint8Array, seq: number): void {
    this.#hex(body, 0, this.#bodyAt)
    line.copyId(this.bytes, this.#idAt)
    let at = this.#decimal(seq)
    this.bytes.set(this.#beforeTime, at)
    at += this.#beforeTime.length
    line.copyTime(this.bytes, at)
    at += TIME_LENGTH
    this.bytes.set(this.#afterTime, at)
    this.length = at + this.#afterTime.length
  }

  /** Whether the leaf written last is `leaf`, byte for byte. */
  equals(leaf: Uint8Array): boolean {
    const { bytes, length } = this
    if (leaf.length !== length - 1) return false
    for (let i = 1; i < length; i++) if (leaf[i - 1] !== bytes[i]) return false
    return true
  }

  #hex(hash: Uint8Array, offset: number, at: number): void {
    const bytes = this.bytes
    for (let i = 0; i < HASH_BYTES; i++) {
      const byte = hash[offset + i]!
      bytes[at + 2 * i] = HEX_CODES[byte >> 4]!
      bytes[at + 2 * i + 1] = HEX_CODES[byte & 15]!
    }
  }

  /** Returns the offset behind it. */
  #decimal(value: number): number {
    let digits = 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
    let rest = value
    for (let at = this.#seqAt + digits - 1; at >= this.#seqAt; at--) {
      const next = Math.floor(rest / 10)
      this.bytes[at] = ZERO + (rest - next * 10)
      rest = next
    }
    return this.#seqAt + digits
  }
}
