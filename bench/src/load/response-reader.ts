import { strict as assert } from 'node:assert'

const HEAD_BYTES_MAX = 16_384

/**
 * Finds the end of each HTTP/1.1 response on a connection that has one request in flight. It reads the
 * status and the content length and nothing else: a full client would cost as much as the server it measures.
 */
export class ResponseReader {
  #opening = ''
  #receivedBytes = 0
  #totalBytes = 0

  /** Takes the next bytes; answers the status when they complete a response. */
  accept(chunk: Buffer): number | undefined {
    if (this.#receivedBytes === 0) this.#opening = ''
    if (this.#totalBytes === 0) this.#readHead(chunk)
    this.#receivedBytes += chunk.length
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

  #readHead(chunk: Buffer): void {
    this.#opening += chunk.toString('latin1', 0, HEAD_BYTES_MAX)
    const end = this.#opening.indexOf('\r\n\r\n')
    if (end < 0) {
      assert(this.#opening.length < HEAD_BYTES_MAX, 'a response head over 16 KiB')
      return
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#opening.slice(0, end + 2))?.[1]
    assert(length !== undefined, `a response without content-length: ${this.#opening.slice(0, 200)}`)
    this.#totalBytes = end + 4 + Number(length)
  }

  get #status(): number {
    return Number(this.#opening.slice(9, 12))
  }
}
