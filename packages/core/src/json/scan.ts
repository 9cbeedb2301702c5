import type { AdmissionLimits } from '../entry/limits.js'
import { hex4, isLowSurrogateEscape } from './ascii.js'
import { isNumberByte, numberFault } from './number-literal.js'

// Constants of this module, not imports of ascii.ts: loaders that do not link modules natively, as that of the
// tests, read an import as a property each time, which made this loop five times slower.
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const LOWER_U = 0x75
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** The text breaks a rule, or may: only `inspectBody` can tell where and why. */
export const SUSPECT = -1

/**
 * One pass over JSON text before the native parser sees it, for what the parser would alter or choke on in
 * silence: depth, number and size of entries, lone surrogates, NUL, numbers that are no doubles. Gives the number
 * of keys in all objects, for the caller to compare with what was parsed (fewer keys there means that one came
 * twice), or SUSPECT. It trusts the grammar, which the native parser checks.
 * `base` is 1 where an array around the entries counts neither as depth nor as part of an entry, else 0.
 */
export function scanJson(bytes: Uint8Array, base: 0 | 1, limits: AdmissionLimits): number {
  const depthMax = base + limits.depth
  let depth = 0
  let keys = 0
  let entries = 0
  let entryStart = 0
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      at = endOfString(bytes, at + 1)
      if (at === SUSPECT) return SUSPECT
      continue
    }
    if (byte === COLON) keys++
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === base) entryStart = at
      if (++depth > depthMax) return SUSPECT
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (--depth === base && (++entries > limits.entries || at + 1 - entryStart > limits.entryBytes))
        return SUSPECT
    } else if (byte !== COMMA && ((byte >= ZERO && byte <= NINE) || byte === MINUS)) {
      const start = at
      while (isNumberByte(bytes[at])) at++
      if (numberFault(bytes, start, at) !== undefined) return SUSPECT
      continue
    }
    at++
  }
  return keys
}

/** The offset behind the string whose content starts at `from`, or SUSPECT. */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) at++
    else if (bytes[at + 1] !== LOWER_U) at += 2
    else {
      at = endOfUnicodeEscape(bytes, at)
      if (at === SUSPECT) return SUSPECT
    }
  }
  return SUSPECT
}

/** The offset behind the `\uXXXX`, or the pair of them, that starts at `at`; SUSPECT for NUL and lone surrogates. */
function endOfUnicodeEscape(bytes: Uint8Array, at: number): number {
  const unit = hex4(bytes, at + 2)
  if (unit <= 0) return SUSPECT
  if (unit < 0xd800 || unit > 0xdfff) return at + 6
  return unit < 0xdc00 && isLowSurrogateEscape(bytes, at + 6) ? at + 12 : SUSPECT
}
