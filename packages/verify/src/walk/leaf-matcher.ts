import { type DisclosureScanner, HASH_BYTES, leafText } from '@counterfoil/core'

const HEX_CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const ZERO = 0x30
const HASH_DIGITS = 2 * HASH_BYTES
const ID_LENGTH = 36
const TIME_LENGTH = 27
const SEQ_DIGITS_MAX = 16
const marks = { body: '\u0001', id: '\u0002', prev: '\u0003', t: '\u0004' }

/**
 * Holds leaves of one log, one after another, against what they must be. It is leafText (@counterfoil/core) for a reader in
 * a hurry: what leaves have in common is written once, and where their members lie is taken from what leafText writes.
 */
export class LeafMatcher {
  /** The leaf up to its seq, without what differs from leaf to leaf. */
  readonly #head: Uint8Array
  readonly #bodyAt: number
  readonly #idAt: number
  readonly #prevAt: number
  /** From behind the seq to the end, without the time. */
  readonly #tail: Uint8Array
  readonly #timeAt: number
  readonly #prev = new Uint8Array(HASH_BYTES)
  readonly #seq = new Uint8Array(SEQ_DIGITS_MAX)

  constructor(origin: string) {
    const template = leafText({
      body: marks.body.repeat(HASH_DIGITS),
      id: marks.id.repeat(ID_LENGTH),
      log: origin,
      prev: marks.prev.repeat(HASH_DIGITS),
      seq: 0,
      t: marks.t.repeat(TIME_LENGTH),
    })
    const encoder = new TextEncoder()
    const seqAt = template.indexOf('"seq":') + '"seq":'.length
    // The origin is ASCII, so offsets in the text are offsets in the bytes.
    this.#head = encoder.encode(template.slice(0, seqAt))
    this.#tail = encoder.encode(template.slice(seqAt + 1))
    this.#bodyAt = template.indexOf(marks.body)
    this.#idAt = template.indexOf(marks.id)
    this.#prevAt = template.indexOf(marks.prev)
    this.#timeAt = template.indexOf(marks.t) - seqAt - 1
  }

  /** The next leaf follows the entry whose hash, 32 bytes, is in `hash`. Until then, a log's first entry is expected. */
  follow(hash: Uint8Array): void {
    for (let i = 0; i < HASH_BYTES; i++) this.#prev[i] = hash[i]!
  }

  /** Whether `leaf` is that of the scanner's line, given its body hash. */
  matches(line: DisclosureScanner, body: Uint8Array, seq: number, leaf: Uint8Array): boolean {
    const head = this.#head
    const tail = this.#tail
    const digits = this.#writeSeq(seq)
    const tailAt = head.length + digits
    const timeAt = tailAt + this.#timeAt
    return (
      leaf.length === tailAt + tail.length &&
      isSame(leaf, 0, head, 0, this.#bodyAt) &&
      isHexOf(leaf, this.#bodyAt, body) &&
      isSame(leaf, this.#bodyAt + HASH_DIGITS, head, this.#bodyAt + HASH_DIGITS, this.#idAt) &&
      line.isIdAt(leaf, this.#idAt) &&
      isSame(leaf, this.#idAt + ID_LENGTH, head, this.#idAt + ID_LENGTH, this.#prevAt) &&
      isHexOf(leaf, this.#prevAt, this.#prev) &&
      isSame(leaf, this.#prevAt + HASH_DIGITS, head, this.#prevAt + HASH_DIGITS, head.length) &&
      isSame(leaf, head.length, this.#seq, 0, digits) &&
      isSame(leaf, tailAt, tail, 0, this.#timeAt) &&
      line.isTimeAt(leaf, timeAt) &&
      isSame(leaf, timeAt + TIME_LENGTH, tail, this.#timeAt + TIME_LENGTH, tail.length)
    )
  }

  /** Returns how many digits it has. */
  #writeSeq(seq: number): number {
    let digits = 1
    for (let rest = seq; rest >= 10; rest = Math.floor(rest / 10)) digits++
    let rest = seq
    for (let at = digits - 1; at >= 0; at--) {
      const next = Math.floor(rest / 10)
      this.#seq[at] = ZERO + (rest - next * 10)
      rest = next
    }
    return digits
  }
}

/** Whether `bytes` holds from `at` on what `expected` holds from `from` to before `to`. */
function isSame(bytes: Uint8Array, at: number, expected: Uint8Array, from: number, to: number): boolean {
  for (let i = from, j = at; i < to; i++, j++) if (bytes[j] !== expected[i]) return false
  return true
}

/** Whether `bytes` holds the lower-case hex of a hash from `at` on. */
function isHexOf(bytes: Uint8Array, at: number, hash: Uint8Array): boolean {
  for (let i = 0, j = at; i < HASH_BYTES; i++, j += 2) {
    const byte = hash[i]!
    if (bytes[j] !== HEX_CODES[byte >> 4] || bytes[j + 1] !== HEX_CODES[byte & 15]) return false
  }
  return true
}
