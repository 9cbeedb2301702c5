import { type DisclosureScanner, GENESIS_HASH, HASH_BYTES, leafText } from '@counterfoil/core'

const HEX_CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const ZERO = 0x30
const TIME_LENGTH = 27
const SEQ_DIGITS_MAX = 16
const marks = { body: '\u0001', id: '\u0002', prev: '\u0003', t: '\u0004' }

/**
 * Holds leaves of one log, one after another, against what they must be. It is leafText (@counterfoil/core) for a reader in
 * a hurry: what leaves have in common is written once, and where their members lie is taken from what leafText writes.
 */
export class LeafMatcher {
  /** The leaf up to its seq; `id` and `body` are of the entry looked at last. */
  readonly #head: Uint8Array
  readonly #bodyAt: number
  readonly #idAt: number
  readonly #prevAt: number
  /** From behind the seq to the end; the time is of the entry looked at last. */
  readonly #tail: Uint8Array
  readonly #timeAt: number
  readonly #seq = new Uint8Array(SEQ_DIGITS_MAX)

  constructor(origin: string) {
    const template = leafText({ ...marks, log: origin, seq: 0, t: marks.t.repeat(TIME_LENGTH) })
      .replace(marks.body, marks.body.repeat(2 * HASH_BYTES))
      .replace(marks.id, marks.id.repeat(36))
      .replace(marks.prev, '0'.repeat(GENESIS_HASH.length))
    const encoder = new TextEncoder()
    const seqAt = template.indexOf('"seq":') + '"seq":'.length
    // The origin is ASCII, so offsets in the text are offsets in the bytes.
    this.#head = encoder.encode(template.slice(0, seqAt))
    this.#tail = encoder.encode(template.slice(seqAt + 1))
    this.#bodyAt = template.indexOf(marks.body)
    this.#idAt = template.indexOf(marks.id)
    this.#prevAt = seqAt - '","seq":'.length - GENESIS_HASH.length
    this.#timeAt = template.indexOf(marks.t) - seqAt - 1
  }

  /** The next leaf follows the entry whose hash, 32 bytes, is in `hash`. Until then, a log's first entry is expected. */
  follow(hash: Uint8Array): void {
    writeHex(hash, this.#head, this.#prevAt)
  }

  /** Whether the bytes from `start` to before `end` are the leaf of the scanner's line, given its body hash. */
  matches(
    line: DisclosureScanner,
    body: Uint8Array,
    seq: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const head = this.#head
    const tail = this.#tail
    writeHex(body, head, this.#bodyAt)
    line.copyId(head, this.#idAt)
    line.copyTime(tail, this.#timeAt)
    const digits = this.#writeSeq(seq)
    if (end - start !== head.length + digits + tail.length) return false
    for (let i = 0; i < head.length; i++) if (bytes[start + i] !== head[i]) return false
    const seqStart = start + head.length
    for (let i = 0; i < digits; i++) if (bytes[seqStart + i] !== this.#seq[i]) return false
    const tailStart = seqStart + digits
    for (let i = 0; i < tail.length; i++) if (bytes[tailStart + i] !== tail[i]) return false
    return true
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

function writeHex(hash: Uint8Array, out: Uint8Array, offset: number): void {
  for (let i = 0; i < HASH_BYTES; i++) {
    const byte = hash[i]!
    out[offset + 2 * i] = HEX_CODES[byte >> 4]!
    out[offset + 2 * i + 1] = HEX_CODES[byte & 15]!
  }
}
