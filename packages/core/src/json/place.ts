import { LINE_FEED } from './ascii.js'
import { decodeLeniently } from './utf8.js'

/** Tells lines and columns. Asked for places in rising order, it goes through the bytes once. */
export class Places {
  readonly #bytes: Uint8Array
  #line = 1
  #lineStart = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** `line 3, column 14, byte 60`: line and column from 1, in characters; bytes from 0. Offsets must not go back. */
  describe(offset: number): string {
    for (;;) {
      const lineFeed = this.#bytes.indexOf(LINE_FEED, this.#lineStart)
      if (lineFeed === -1 || lineFeed >= offset) break
      this.#line++
      this.#lineStart = lineFeed + 1
    }
    const column = decodeLeniently(this.#bytes.subarray(this.#lineStart, offset)).length + 1
    return `line ${this.#line}, column ${column}, byte ${offset}`
  }
}
