/** UTF-8 has at most this many bytes for a UTF-16 code unit. */
const UNIT_BYTES_MAX = 3
const ROOM_BYTES = 512 * 1024

/**
 * Gathers texts as UTF-8 in a buffer that is used again. Text by text: joined into one first, a single `é` would make all
 * of it two-byte text, which costs twice the time.
 */
export class TextWriter {
  #bytes: Buffer<ArrayBuffer>
  #length = 0

  /** Begins in `memory`, which is the writer's from then on, or in memory of its own. */
  constructor(memory?: ArrayBuffer) {
    this.#bytes = memory === undefined ? Buffer.allocUnsafeSlow(ROOM_BYTES) : Buffer.from(memory)
  }

  /** Bytes since it last finished. */
  get length(): number {
    return this.#length
  }

  add(text: string): void {
    const needed = this.#length + text.length * UNIT_BYTES_MAX
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** What was gathered, in the memory that it was gathered in: nothing is copied, and the writer is at its end. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length)
  }

  /** What was gathered, in memory of its own that can be moved to another thread; the writer begins anew. */
  finish(): Uint8Array<ArrayBuffer> {
    const finished = new Uint8Array(this.#length)
    finished.set(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    return finished
  }
}
