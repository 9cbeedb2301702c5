const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NO_DIGIT = 255
const VALUES = new Uint8Array(128).fill(NO_DIGIT)
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value

/** RFC 4648 §4, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const rest = bytes.length - at
    const b = rest > 1 ? bytes[at + 1]! : 0
    const c = rest > 2 ? bytes[at + 2]! : 0
    const group = (bytes[at]! << 16) | (b << 8) | c
    text += ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]
    text += rest > 1 ? ALPHABET[(group >> 6) & 63] : '='
    text += rest > 2 ? ALPHABET[group & 63] : '='
  }
  return text
}

/**
 * The bytes of canonical base64, or undefined for anything else: platform decoders silently take the URL alphabet,
 * white space, missing padding and stray bits in the last digit, so that many texts would stand for the same bytes.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const digits = text.length - padding
  let group = 0
  let out = 0
  for (let at = 0; at < digits; at++) {
    const value = VALUES[text.charCodeAt(at)] ?? NO_DIGIT
    if (value === NO_DIGIT) return undefined
    group = (group << 6) | value
    if (at % 4 === 3) {
      bytes[out++] = group >> 16
      bytes[out++] = group >> 8
      bytes[out++] = group
      group = 0
    }
  }
  if (padding === 2) {
    if ((group & 0xf) !== 0) return undefined
    bytes[out] = group >> 4
  } else if (padding === 1) {
    if ((group & 0x3) !== 0) return undefined
    bytes[out] = group >> 10
    bytes[out + 1] = group >> 2
  }
  return bytes
}
