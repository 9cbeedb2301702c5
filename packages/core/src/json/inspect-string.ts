import { BACKSLASH, hex4, isLowSurrogateEscape, LOWER_U, QUOTE, SPACE } from './ascii.js'

/** What was seen in a string literal. */
export interface StringSeen {
  /** Offset behind the closing quote; where the literal breaks off, offset of what is wrong with it. */
  readonly end: number
  /** Why the literal is no JSON. */
  readonly fault?: 'open' | 'control_character' | 'bad_escape'
  readonly loneSurrogate: boolean
  readonly nul: boolean
}

/** Two-character escapes: `"` `\` `/` `b` `f` `n` `r` `t`. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)))

/** Looks through the string literal whose content starts at `from` and which must end before `to`. */
export function inspectString(bytes: Uint8Array, from: number, to: number): StringSeen {
  let at = from
  let loneSurrogate = false
  let nul = false
  while (at < to) {
    const byte = bytes[at]!
    if (byte === QUOTE) return { end: at + 1, loneSurrogate, nul }
    if (byte < SPACE) return { end: at, fault: 'control_character', loneSurrogate, nul }
    if (byte !== BACKSLASH) at++
    else if (bytes[at + 1] !== LOWER_U) {
      if (!SHORT_ESCAPES.has(bytes[at + 1] ?? 0)) return { end: at, fault: 'bad_escape', loneSurrogate, nul }
      at += 2
    } else {
      const unit = hex4(bytes, at + 2)
      if (unit === -1) return { end: at, fault: 'bad_escape', loneSurrogate, nul }
      const pair = unit >= 0xd800 && unit < 0xdc00 && isLowSurrogateEscape(bytes, at + 6)
      if (unit === 0) nul = true
      if (unit >= 0xd800 && unit <= 0xdfff && !pair) loneSurrogate = true
      at += pair ? 12 : 6
    }
  }
  return { end: to, fault: 'open', loneSurrogate, nul }
}
