import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  DOT,
  isDigit,
  LOWER_E,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  PLUS,
  QUOTE,
  UPPER_E,
  ZERO,
} from './ascii.js'

const WORDS = ['true', 'false', 'null'].map((word) => Array.from(word, (letter) => letter.charCodeAt(0)))

/** Offset behind the `true`, `false` or `null` at `at`, or -1. */
export function endOfWord(bytes: Uint8Array, at: number, to: number): number {
  for (const word of WORDS) {
    if (at + word.length <= to && word.every((letter, index) => bytes[at + index] === letter))
      return at + word.length
  }
  return -1
}

/** Offset behind the number at `at`, by JSON's grammar, or -1. */
export function endOfNumber(bytes: Uint8Array, at: number, to: number): number {
  const whole = bytes[at] === MINUS ? at + 1 : at
  let end = endOfDigits(bytes, whole, to)
  if (end === whole || (bytes[whole] === ZERO && end > whole + 1)) return -1
  if (end < to && bytes[end] === DOT) {
    const fraction = end + 1
    end = endOfDigits(bytes, fraction, to)
    if (end === fraction) return -1
  }
  if (end < to && (bytes[end] === LOWER_E || bytes[end] === UPPER_E)) {
    const sign = bytes[end + 1]
    const power = sign === PLUS || sign === MINUS ? end + 2 : end + 1
    end = endOfDigits(bytes, power, to)
    if (end <= power) return -1
  }
  return end
}

function endOfDigits(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && isDigit(bytes[at])) at++
  return at
}

/**
 * Offset behind the object or array that opens at `at`: where as many brackets have closed as opened, whatever
 * their kind; `to` when that never happens. Depth costs nothing here.
 */
export function endOfContainer(bytes: Uint8Array, from: number, to: number): number {
  let depth = 0
  let inString = false
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) inString = !inString
    else if (inString) {
      if (byte === BACKSLASH) at++
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1
  }
  return to
}
