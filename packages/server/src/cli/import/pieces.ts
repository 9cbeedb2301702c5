/** A piece of a larger text, such as a line; `bytes` is undefined when it was longer than anyone may send. */
export interface Piece {
  readonly number: number
  readonly bytes: Buffer | undefined
  readonly length: number
}

const LINE_FEED = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x7b, 0x5b])
const CLOSING = new Set([0x7d, 0x5d])
const COMMA = 0x2c
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Gathers one piece from chunks, and forgets what is longer than `lengthMax`. */
class Gatherer {
  readonly #lengthMax: number
  #parts: Buffer[] = []
  #length = 0

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax
  }

  add(part: Buffer): void {
    this.#length += part.length
    if (this.#length > this.#lengthMax) this.#parts = []
    else if (part.length > 0) this.#parts.push(part)
  }

  take(number: number): Piece {
    const length = this.#length
    const bytes = length > this.#lengthMax ? undefined : Buffer.concat(this.#parts)
    this.#parts = []
    this.#length = 0
    return { number, bytes, length }
  }
}

/** Lines that hold something, without white space around them. Numbers count blank lines too. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, lengthMax: number): AsyncIterable<Piece> {
  const gatherer = new Gatherer(lengthMax)
  let number = 1
  for await (const chunk of withoutByteOrderMark(chunks)) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      gatherer.add(chunk.subarray(start, end))
      const line = trimmed(gatherer.take(number++))
      if (line !== undefined) yield line
      start = end + 1
    }
    gatherer.add(chunk.subarray(start))
  }
  const last = trimmed(gatherer.take(number))
  if (last !== undefined) yield last
}

/**
 * Elements of the first JSON array in a text, as the bytes that stand there: of `[…]`, or of `{"Records":[…]}`.
 * It knows brackets and strings only; whether an element is JSON is for its reader to say.
 */
export async function* elementsOf(chunks: AsyncIterable<Buffer>, lengthMax: number): AsyncIterable<Piece> {
  const gatherer = new Gatherer(lengthMax)
  let number = 1
  /** Brackets open within the element; -1 before the array has begun. */
  let depth = -1
  let inString = false
  let escaped = false
  for await (const chunk of withoutByteOrderMark(chunks)) {
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      else if (depth === -1) {
        if (byte !== 0x5b) continue
        depth = 0
        start = at + 1
      } else if (OPENING.has(byte)) depth++
      else if ((byte === COMMA && depth === 0) || (CLOSING.has(byte) && depth === 0)) {
        gatherer.add(chunk.subarray(start, at))
        const element = trimmed(gatherer.take(number))
        if (element !== undefined) {
          number++
          yield element
        }
        if (byte !== COMMA) return
        start = at + 1
      } else if (CLOSING.has(byte)) depth--
    }
    if (depth !== -1) gatherer.add(chunk.subarray(start))
  }
  // A text that was cut short: its last element shows it.
  const last = trimmed(gatherer.take(number))
  if (last !== undefined) yield last
}

/** Whether the text begins as an array or as `{"Records":[` does. Gives back the chunks, none of them used up. */
export async function beginsWithArray(
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly isArray: boolean; readonly chunks: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  let ended = false
  while (head.length < 1_024 && !ended) {
    const next = await iterator.next()
    if (next.done === true) ended = true
    else head = Buffer.concat([head, next.value])
  }
  async function* whole(): AsyncIterable<Buffer> {
    if (head.length > 0) yield head
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  const text = head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  return { isArray: /^\s*(?:\[|\{\s*"Records"\s*:\s*\[)/.test(text), chunks: whole() }
}

/** Some editors put one before JSON, where it is no JSON and means nothing. */
async function* withoutByteOrderMark(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    if (head.length < 3) continue
    yield head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? head.subarray(3) : head
    head = undefined
  }
  if (head !== undefined && head.length > 0) yield head
}

/** The piece without white space at its ends; undefined for nothing but white space. */
function trimmed(piece: Piece): Piece | undefined {
  const { bytes, number } = piece
  if (bytes === undefined) return piece
  let start = 0
  let end = bytes.length
  while (start < end && isSpace(bytes[start] as number)) start++
  while (end > start && isSpace(bytes[end - 1] as number)) end--
  return start === end ? undefined : { number, bytes: bytes.subarray(start, end), length: end - start }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
