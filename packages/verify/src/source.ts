import { EvidenceError } from '@counterfoil/core'

/** Where evidence is read from: a directory, dropped files, an archive, a server. Paths are relative, with `/`. */
export interface EvidenceSource {
  /** The whole file, for the caller to keep and change; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>
}

/** As `read`; throws `incomplete` when there is no such file. */
export async function requireFile(source: EvidenceSource, path: string): Promise<Uint8Array> {
  const bytes = await source.read(path)
  if (bytes === undefined) throw new EvidenceError('incomplete', `The file ${path} is missing.`)
  return bytes
}

const NEWLINE = 0x0a

/**
 * Goes through files line by line, in the bytes of its pieces: lines begin at `start` of `bytes`, and whole ones go to
 * `end`. Whoever reads a line tells where it ends, because it finds out anyway.
 */
export class LineReader {
  readonly #pieces: AsyncIterator<Uint8Array>
  bytes: Uint8Array = new Uint8Array(0)
  start = 0
  /** Behind the last newline in `bytes`. */
  end = 0
  #ended = false

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]()
  }

  /** Whether a whole line is there already. If not, ask `fill`. */
  get hasLine(): boolean {
    return this.start < this.end
  }

  /** Gets a line from further pieces. False at the end of the files. */
  async fill(): Promise<boolean> {
    while (!this.#ended) {
      const { value, done } = await this.#pieces.next()
      if (done === true) {
        this.#ended = true
        // A last line without its newline is a line: whether it is a whole one, its reader sees.
        this.end = this.bytes.length
        break
      }
      this.bytes = join(this.bytes.subarray(this.start), value)
      this.start = 0
      this.end = this.bytes.lastIndexOf(NEWLINE) + 1
      if (this.hasLine) return true
    }
    return this.hasLine
  }

  /** The line goes to `end`, where its newline is. */
  skipTo(end: number): void {
    this.start = end + 1
  }

  /** Goes behind the next newline, wherever that is. */
  skipLine(): void {
    const end = this.bytes.indexOf(NEWLINE, this.start)
    this.start = end < 0 ? this.bytes.length : end + 1
  }
}

function join(rest: Uint8Array, piece: Uint8Array): Uint8Array {
  if (rest.length === 0) return piece
  const joined = new Uint8Array(rest.length + piece.length)
  joined.set(rest)
  joined.set(piece, rest.length)
  return joined
}
