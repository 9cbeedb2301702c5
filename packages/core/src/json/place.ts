import { LINE_FEED } from './ascii.js'
import { decodeLeniently } from './utf8.js'

/** `line 3, column 14, byte 60`: line and column from 1, in characters; bytes from 0. */
export function placeOf(bytes: Uint8Array, offset: number): string {
  let line = 1
  let lineStart = 0
  for (let at = 0; at < offset; at++) {
    if (bytes[at] !== LINE_FEED) continue
    line++
    lineStart = at + 1
  }
  const column = decodeLeniently(bytes.subarray(lineStart, offset)).length + 1
  return `line ${line}, column ${column}, byte ${offset}`
}
