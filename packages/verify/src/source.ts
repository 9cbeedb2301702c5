import { EvidenceError, malformed, scannableBytes } from '@counterfoil/core'

/** Where evidence is read from: a directory, dropped files, an archive, a server. Paths are relative, with `/`. */
export interface EvidenceSource {
  /** The whole file, for the caller to keep and change; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
  /** The same file to be read in parts, where that is cheaper; undefined when there is none. */
  open?(path: string): ByteStream | undefined
}

/** A file that is read from its beginning to its end. */
export interface ByteStream {
  /** Reads into `into` from `offset` on; gives how many bytes, 0 at the end. */
  read(into: Uint8Array, offset: number): number
  close(): void
}

/** As `read`; throws `incomplete` when there is no such file. */
export async function requireFile(source: EvidenceSource, path: string): Promise<Uint8Array> {
  const bytes = await source.read(path)
  if (bytes === undefined) throw new EvidenceError('incomplete', `The file ${path} is missing.`)
  return bytes
}

const NEWLINE = 0x0a

/** Small enough to stay in a processor's cache: with pieces of 4 MiB every byte came from memory twice. */
const BUFFER_BYTES = 256 * 1024
/** No line of a log is nearly as long. */
const LINE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Goes through files line by line, in one buffer: lines begin at `start` of `bytes`, and whole ones go to `end`. Whoever
 * reads a line tells where it ends, because it finds out anyway, and may change it.
 */
export class LineReader {
  readonly #files: AsyncIterator<ByteStream>
  #file: ByteStream | undefined
  bytes = scannableBytes(BUFFER_BYTES)
  start = 0
  /** Behind the last newline that was read. */
  end = 0
  /** Behind the last byte that was read. */
  #length = 0
  #ended = false

  constructor(files: AsyncIterable<ByteStream>) {
    this.#files = files[Symbol.asyncIterator]()
  }

  /** Whether a whole line is there already. If not, ask `fill`. */
  get hasLine(): boolean {
    return this.start < this.end
  }

  /** Gets a line from what follows. False at the end of the files. Throws `malformed` for a line without end. */
  async fill(): Promise<boolean> {
    while (!this.hasLine && !this.#ended) {
      this.#makeRoom()
      const count = await this.#read()
      if (count > 0) {
        const newline = this.bytes.subarray(this.#length, this.#length + count).lastIndexOf(NEWLINE)
        if (newline >= 0) this.end = this.#length + newline + 1
        this.#length += count
        continue
      }
      this.#ended = true
      // A last line without its newline is a line: whether it is a whole one, its reader sees.
      this.end = this.#length
    }
    return this.hasLine
  }

  /** The line goes to `end`, where its newline is. */
  skipTo(end: number): void {
    this.start = end + 1
  }

  /** Goes behind the next newline, wherever that is. */
  skipLine(): void {
    const newline = this.bytes.subarray(0, this.end).indexOf(NEWLINE, this.start)
    this.start = newline < 0 ? this.end : newline + 1
  }

  /** Moves what is left to the beginning; gets a larger buffer when that is not enough. */
  #makeRoom(): void {
    const start = Math.min(this.start, this.#length)
    this.#length -= start
    this.start = 0
    this.end = 0
    if (this.#length < this.bytes.length) {
      this.bytes.copyWithin(0, start, start + this.#length)
      return
    }
    if (this.bytes.length >= LINE_BYTES_MAX) throw malformed('A line of the disclosures has no end.')
    const larger = scannableBytes(2 * this.bytes.length)
    larger.set(this.bytes)
    this.bytes = larger
  }

  /** 0 at the end of all files. */
  async #read(): Promise<number> {
    for (;;) {
      const count = this.#file?.read(this.bytes, this.#length) ?? 0
      if (count > 0) return count
      this.#file?.close()
      const { value, done } = await this.#files.next()
      this.#file = done === true ? undefined : value
      if (done === true) return 0
    }
  }
}

/** A file that is in memory as a whole. */
export function streamOf(bytes: Uint8Array): ByteStream {
  let at = 0
  return {
    read: (into, offset) => {
      const part = bytes.subarray(at, at + into.length - offset)
      into.set(part, offset)
      at += part.length
      return part.length
    },
    close: () => {},
  }
}
