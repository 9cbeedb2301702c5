/** Refuses what is not UTF-8, and keeps a byte order mark, which the JSON parser then refuses. */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of `bytes`, or undefined when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** For messages and for comparing keys of a text already refused: U+FFFD stands for what is not UTF-8. */
export function decodeLeniently(bytes: Uint8Array): string {
  return lenient.decode(bytes)
}

/** Offset of the first byte in `from` to before `to` that is no part of a UTF-8 character, or -1. */
export function firstInvalidUtf8(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to) {
    const length = characterLength(bytes, at, to)
    if (length === 0) return at
    at += length
  }
  return -1
}

/** Bytes of the character at `at`, by the table of well-formed sequences in the Unicode standard; 0 for none. */
function characterLength(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (length === 0 || at + length > to) return 0
  const second = bytes[at + 1]!
  // The second byte's narrower ranges rule out overlong forms, surrogates and what is past U+10FFFF.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return 0
  for (let index = 2; index < length; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) return 0
  return length
}
