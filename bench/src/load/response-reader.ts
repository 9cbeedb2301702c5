import { strict as assert } from 'node:assert'

const HEAD_BYTES_MAX = 16_384

/**
 * Finds the end of each HTTP/1.1 response on a connection that has one request in flight. It reads the
 * status and the lengths and nothing else: a full client would cost as much as the server it measures.
 */
export class ResponseReader {
  #opening = ''
  #receivedBytes = 0
  #totalBytes = 0
  /** Of a body in chunks; undefined for one of a known length. */
  #chunks: ChunkReader | undefined

  /** Takes the next bytes; answers the status when they complete a response. */
  accept(bytes: Buffer): number | undefined {
    if (this.#chunks !== undefined) return this.#acceptChunks(bytes)
    if (this.#receivedBytes === 0) this.#opening = ''
    if (this.#totalBytes === 0) {
      const bodyAt = this.#readHead(bytes)
      if (this.#chunks !== undefined) return this.#acceptChunks(bytes.subarray(bodyAt))
    }
    this.#receivedBytes += bytes.length
    if (this.#totalBytes === 0 || this.#receivedBytes < this.#totalBytes) return undefined
    assert(this.#receivedBytes === this.#totalBytes, 'bytes after the end of a response')
    this.#receivedBytes = 0
    this.#totalBytes = 0
    return this.#status
  }

  /** The head of the last response and the first bytes of its body, for the report of a failure. */
  get opening(): string {
    return this.#opening
  }

  #acceptChunks(bytes: Buffer): number | undefined {
    if (!(this.#chunks as ChunkReader).accept(bytes)) return undefined
    this.#chunks = undefined
    this.#receivedBytes = 0
    return this.#status
  }

  /** Gives where in `bytes` the body begins; the end of them while it has not begun. */
  #readHead(bytes: Buffer): number {
    this.#opening += bytes.toString('latin1', 0, HEAD_BYTES_MAX)
    const end = this.#opening.indexOf('\r\n\r\n')
    if (end < 0) {
      assert(this.#opening.length < HEAD_BYTES_MAX, 'a response head over 16 KiB')
      return bytes.length
    }
    const bodyAt = end + 4 - this.#receivedBytes
    if (/\r\ntransfer-encoding: *chunked/i.test(this.#opening.slice(0, end + 2))) {
      this.#chunks = new ChunkReader()
      return bodyAt
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#opening.slice(0, end + 2))?.[1]
    assert(length !== undefined, `a response without content-length: ${this.#opening.slice(0, 200)}`)
    this.#totalBytes = end + 4 + Number(length)
    return bodyAt
  }

  get #status(): number {
    return Number(this.#opening.slice(9, 12))
  }
}

const LINE_BYTES_MAX = 64

/** Passes over a body in chunks, without trailers, to its end. */
class ChunkReader {
  /** What has come of a line that says how long the next chunk is; after the last chunk, of the line that ends all. */
  #line = ''
  /** Left of the chunk and the line break behind it. */
  #leftBytes = 0
  #isLast = false

  /** True when the body ends with these bytes. */
  accept(bytes: Buffer): boolean {
    for (let at = 0; at < bytes.length; ) {
      if (this.#leftBytes > 0) {
        const passed = Math.min(this.#leftBytes, bytes.length - at)
        this.#leftBytes -= passed
        at += passed
        continue
      }
      const end = bytes.indexOf('\n', at)
      this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end + 1)
      assert(this.#line.length < LINE_BYTES_MAX, 'a chunk without a length')
      if (end < 0) return false
      at = end + 1
      if (this.#endsAll()) {
        assert(at === bytes.length, 'bytes after the end of a response')
        return true
      }
    }
    return false
  }

  /** Reads the line that is complete. */
  #endsAll(): boolean {
    const line = this.#line
    this.#line = ''
    if (this.#isLast) {
      assert.equal(line, '\r\n', 'trailers are not read')
      return true
    }
    assert.match(line, /^[0-9a-f]+\r\n$/i, 'the length of a chunk')
    const length = Number.parseInt(line, 16)
    if (length === 0) this.#isLast = true
    else this.#leftBytes = length + 2
    return false
  }
}
