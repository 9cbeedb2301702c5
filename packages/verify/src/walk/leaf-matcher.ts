import { type DisclosureScanner, GENESIS_HASH, HASH_BYTES, leafText } from '@counterfoil/core'

/** By byte: its two digits, the first in the lower half, as they are written into little-endian memory. */
const HEX_PAIRS = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, '0')
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8)
})
const ZERO = 0x30
const ID_LENGTH = 36
const TIME_LENGTH = 27
const SEQ_DIGITS_MAX = 16
const WORD_BYTES = 4
const marks = { body: '\u0001', id: '\u0002', t: '\u0003' }

/**
 * Holds leaves of one log, one after another, against what they must be. It is leafText (@counterfoil/core) for a reader in
 * a hurry: what leaves have in common is written once, and where their members lie is taken from what leafText writes.
 */
export class LeafMatcher {
  /** `0x00 || leaf` as the next one must be, and as it is: compared by words, in a third of the time that bytes take. */
  readonly #expectedWords: Int32Array
  readonly #foundWords: Int32Array
  readonly #expected: Uint8Array
  readonly #expectedView: DataView
  readonly #found: Uint8Array
  readonly #bodyAt: number
  readonly #idAt: number
  readonly #prevAt: number
  readonly #seqAt: number
  #seqDigits = 0
  /** From behind the seq to the end, with any time. */
  readonly #tail: Uint8Array
  /** Where the time is in that. */
  readonly #timeAt: number

  constructor(origin: string) {
    const template = `\u0000${leafText({
      body: marks.body.repeat(2 * HASH_BYTES),
      id: marks.id.repeat(ID_LENGTH),
      log: origin,
      prev: GENESIS_HASH,
      seq: 0,
      t: marks.t.repeat(TIME_LENGTH),
    })}`
    const words = Math.ceil((template.length + SEQ_DIGITS_MAX) / WORD_BYTES)
    this.#expectedWords = new Int32Array(words)
    this.#foundWords = new Int32Array(words)
    this.#expected = new Uint8Array(this.#expectedWords.buffer)
    this.#expectedView = new DataView(this.#expectedWords.buffer)
    this.#found = new Uint8Array(this.#foundWords.buffer)
    const encoder = new TextEncoder()
    this.#seqAt = template.indexOf('"seq":') + '"seq":'.length
    // The origin is ASCII, so offsets in the text are offsets in the bytes.
    encoder.encodeInto(template, this.#expected)
    this.#tail = encoder.encode(template.slice(this.#seqAt + 1))
    this.#bodyAt = template.indexOf(marks.body)
    this.#idAt = template.indexOf(marks.id)
    this.#prevAt = this.#seqAt - '","seq":'.length - GENESIS_HASH.length
    this.#timeAt = template.indexOf(marks.t) - this.#seqAt - 1
  }

  /** The next leaf follows the entry whose hash, 32 bytes, is in `hash`. Until then, a log's first entry is expected. */
  follow(hash: Uint8Array): void {
    writeHex(hash, this.#expectedView, this.#prevAt)
  }

  /** Whether `input`, a leaf behind its 0x00, is that of the scanner's line, given its body hash. */
  matches(line: DisclosureScanner, body: Uint8Array, seq: number, input: Uint8Array): boolean {
    const tailAt = this.#writeSeq(seq)
    const length = tailAt + this.#tail.length
    if (input.length !== length) return false
    const expected = this.#expected
    writeHex(body, this.#expectedView, this.#bodyAt)
    line.copyId(this.#expectedView, this.#idAt)
    line.copyTime(this.#expectedView, tailAt + this.#timeAt)
    const found = this.#found
    found.set(input)
    const words = Math.floor(length / WORD_BYTES)
    for (let i = 0; i < words; i++) if (this.#foundWords[i] !== this.#expectedWords[i]) return false
    for (let i = words * WORD_BYTES; i < length; i++) if (found[i] !== expected[i]) return false
    return true
  }

  /** Returns where it ends. */
  #writeSeq(seq: number): number {
    let digits = 1
    for (let rest = seq; rest >= 10; rest = Math.floor(rest / 10)) digits++
    const end = this.#seqAt + digits
    if (digits !== this.#seqDigits) {
      this.#seqDigits = digits
      this.#expected.set(this.#tail, end)
    }
    let rest = seq
    for (let at = end - 1; at >= this.#seqAt; at--) {
      const next = Math.floor(rest / 10)
      this.#expected[at] = ZERO + (rest - next * 10)
      rest = next
    }
    return end
  }
}

function writeHex(hash: Uint8Array, out: DataView, offset: number): void {
  for (let i = 0, at = offset; i < HASH_BYTES; i++, at += 2) out.setUint16(at, HEX_PAIRS[hash[i]!]!, true)
}
