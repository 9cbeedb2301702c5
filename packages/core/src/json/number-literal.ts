import { DOT, LOWER_E, UPPER_E } from './ascii.js'

/** Why a number literal cannot be read as a double without becoming another number. */
export type NumberFault = 'unsafe_integer' | 'not_finite' | 'underflow' | 'imprecise'

/** Every decimal of up to 15 digits survives being a double (DBL_DIG); sign and point only shorten it. */
const SURELY_EXACT_LENGTH = 15
const ascii = new TextDecoder()

/**
 * Judges the literal in `bytes` from `from` to before `to`. It may stand when its decimal value is the shortest
 * decimal of the double it becomes: then writing the double gives back the same value. Zeros that do not change
 * the value do not matter. Written without point and exponent it must lie within ±(2^53−1), because many readers
 * take it for an exact integer.
 */
export function numberFault(bytes: Uint8Array, from: number, to: number): NumberFault | undefined {
  if (to - from <= SURELY_EXACT_LENGTH && !hasExponent(bytes, from, to)) return undefined
  const literal = ascii.decode(bytes.subarray(from, to))
  const double = Number(literal)
  if (!hasExponent(bytes, from, to) && !literal.includes('.')) {
    return Number.isSafeInteger(double) ? undefined : 'unsafe_integer'
  }
  if (!Number.isFinite(double)) return 'not_finite'
  const digits = significantDigits(literal)
  if (digits === '') return undefined
  if (double === 0) return 'underflow'
  // Two decimals of the same digits that are the same double have the same power of ten as well.
  return digits === significantDigits(String(double)) ? undefined : 'imprecise'
}

function hasExponent(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] === LOWER_E || bytes[at] === UPPER_E) return true
  return false
}

/** The digits of a literal without sign, point, power, and zeros at either end; '' for zero. */
function significantDigits(literal: string): string {
  const digits = literal.replace(/[eE].*$/, '').replace(/[-.]/g, '')
  // Loops, not /0+$/: that pattern takes quadratic time on long runs of zeros.
  let start = 0
  while (digits.charCodeAt(start) === 0x30) start++
  let end = digits.length
  while (end > start && digits.charCodeAt(end - 1) === 0x30) end--
  return digits.slice(start, end)
}

/** Whether a byte can belong to a number literal. */
export function isNumberByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === DOT ||
    byte === 0x2d ||
    byte === 0x2b ||
    (byte | 0x20) === LOWER_E
  )
}
