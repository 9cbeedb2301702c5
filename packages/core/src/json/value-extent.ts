import { scanningIn } from '../wasm/scannable-bytes.js'

// Constants of this module, not imports: loaders that do not link modules natively read an import as a property.
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * The offset behind the value of canonical JSON that starts at `from` and must end at `end` or before, by its brackets and quotes, or -1.
 * Canonical JSON has neither white space between its tokens nor control characters in its strings, so a value can hide no newline.
 */
export type EndOfValue = (from: number, end: number) => number

/** `EndOfValue` in given bytes; faster by far in those of `scannableBytes`. */
export function endOfValueIn(bytes: Uint8Array): EndOfValue {
  const scanning = scanningIn(bytes.buffer)
  if (scanning === undefined) return (from, end) => endOfValue(bytes, from, end)
  const { byteOffset } = bytes
  return (from, end) => {
    const first = bytes[from]
    if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfValue(bytes, from, end)
    const found = scanning.endOfNested(byteOffset + from, byteOffset + end, 0, 0)
    if (found === UNSURE) return endOfValue(bytes, from, end)
    return found < 0 ? found : found - byteOffset
  }
}

/** What scanning.wat answers when a look at each byte must tell. */
const UNSURE = -2

/** What a byte means outside of strings. One look in a table is quicker than a comparison with each of seven. */
const PLAIN = 0
const OPENS_STRING = 1
const OPENS = 2
const CLOSES = 3
const SEPARATES = 4
const ILLEGAL = 5
const MEANINGS = new Uint8Array(256).fill(PLAIN).fill(ILLEGAL, 0, SPACE + 1)
MEANINGS[QUOTE] = OPENS_STRING
for (const byte of [OPEN_BRACE, OPEN_BRACKET]) MEANINGS[byte] = OPENS
for (const byte of [CLOSE_BRACE, CLOSE_BRACKET]) MEANINGS[byte] = CLOSES
MEANINGS[COMMA] = SEPARATES

/** As `EndOfValue`, a byte at a time. */
function endOfValue(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0
  let at = from
  while (at < end) {
    const meaning = MEANINGS[bytes[at]!]
    if (meaning === PLAIN) at++
    else if (meaning === OPENS_STRING) {
      at = endOfString(bytes, at + 1)
      if (at < 0 || at > end) return -1
      if (depth === 0) return at
    } else if (meaning === OPENS) {
      depth++
      at++
    } else if (meaning === CLOSES) {
      if (depth === 0) return at
      at++
      if (--depth === 0) return at
    } else if (meaning === ILLEGAL) return -1
    else if (depth === 0) return at
    else at++
  }
  return -1
}

/** The offset behind the string whose content starts at `from`, or -1. Stops at a newline, so never far behind a line. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at++) {
    let byte = bytes[at]!
    // Two comparisons for nearly every byte: what is above the quote is neither the quote nor a control character.
    while (byte > QUOTE && byte !== BACKSLASH) byte = bytes[++at]!
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at++
    // Also at the end of the bytes, where there is no number to compare.
    else if (!(byte >= SPACE)) return -1
  }
}
