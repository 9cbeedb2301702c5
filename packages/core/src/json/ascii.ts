// The bytes that JSON's grammar is made of.
export const TAB = 0x09
export const LINE_FEED = 0x0a
export const CARRIAGE_RETURN = 0x0d
export const SPACE = 0x20
export const QUOTE = 0x22
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const DOT = 0x2e
export const ZERO = 0x30
export const NINE = 0x39
export const COLON = 0x3a
export const UPPER_E = 0x45
export const OPEN_BRACKET = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_BRACKET = 0x5d
export const LOWER_E = 0x65
export const LOWER_U = 0x75
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d

export function isWhiteSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** The value of four hexadecimal digits, or -1. */
export function hex4(bytes: Uint8Array, from: number): number {
  let value = 0
  for (let at = from; at < from + 4; at++) {
    const byte = bytes[at]
    if (byte === undefined) return -1
    const letter = byte | 0x20
    if (isDigit(byte)) value = value * 16 + byte - ZERO
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 0x57
    else return -1
  }
  return value
}

/** Whether an escape `\uDC00` to `\uDFFF`, the second half of a surrogate pair, starts at `at`. */
export function isLowSurrogateEscape(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === BACKSLASH && bytes[at + 1] === LOWER_U && hex4(bytes, at + 2) >> 10 === 0x37
}

/** Offset of the first byte from `from` on that is not JSON's white space; the length when there is none. */
export function endOfWhiteSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isWhiteSpace(bytes[at])) at++
  return at
}

/** Offset behind the last byte that is not JSON's white space; 0 when there is none. */
export function startOfTrailingWhiteSpace(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && isWhiteSpace(bytes[end - 1])) end--
  return end
}
