import { BUNDLE_FILES, type BundleSink, bundlePage } from '@counterfoil/verify'
import { BUNDLE_README } from './bundle-readme.js'
import { exportLog, type LogExport } from './export-log.js'

const BLOCK_BYTES = 512
/** Everything in the archive is below one directory, as people expect of archives. */
const DIRECTORY = 'audit-log'

/** The evidence of a log as a tar archive (POSIX ustar), file by file: none is made before the one before was taken. */
export async function* exportArchive(settings: LogExport): AsyncGenerator<Uint8Array> {
  const channel = new Channel()
  const sink: BundleSink = { write: (path, bytes) => channel.put(tarFile(path, bytes)) }
  const work = writeAll(settings, sink).then(
    () => channel.end(),
    (error: unknown) => channel.fail(error),
  )
  try {
    for (let piece = await channel.take(); piece !== undefined; piece = await channel.take()) yield piece
    yield new Uint8Array(2 * BLOCK_BYTES)
  } finally {
    channel.abandon()
    await work
  }
}

async function writeAll(settings: LogExport, sink: BundleSink): Promise<void> {
  await exportLog(settings, sink)
  await sink.write(BUNDLE_FILES.page, await bundlePage())
  await sink.write(BUNDLE_FILES.readme, new TextEncoder().encode(BUNDLE_README))
}

/** A file with its header, filled up to whole blocks. Times are left at 0: the same log gives the same archive. */
function tarFile(path: string, bytes: Uint8Array): Uint8Array {
  const file = Buffer.alloc(BLOCK_BYTES + Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES)
  const name = `${DIRECTORY}/${path}`
  if (name.length > 100) throw new RangeError(`The path ${name} is too long for the archive.`)
  file.write(name, 0)
  file.write('0000644\0', 100)
  file.write('0000000\0', 108)
  file.write('0000000\0', 116)
  file.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
  file.write('00000000000\0', 136)
  file.write('        ', 148)
  file.write('0', 156)
  file.write('ustar\x0000', 257)
  const sum = file.subarray(0, BLOCK_BYTES).reduce((total, byte) => total + byte, 0)
  file.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  file.set(bytes, BLOCK_BYTES)
  return file
}

/** Hands pieces from one side to the other, one at a time. */
class Channel {
  #piece: Uint8Array | undefined
  #end: { readonly error?: unknown } | undefined
  #abandoned = false
  #changed: (() => void)[] = []

  /** Resolves when the piece was taken. Rejects when nobody will take it. */
  async put(piece: Uint8Array): Promise<void> {
    this.#piece = piece
    this.#wake()
    while (this.#piece !== undefined && !this.#abandoned) await this.#change()
    if (this.#abandoned) throw new Abandoned('Whoever asked for the archive has gone.')
  }

  /** The next piece; undefined at the end. Rejects when the other side has failed. */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#piece === undefined && this.#end === undefined) await this.#change()
    const piece = this.#piece
    this.#piece = undefined
    this.#wake()
    if (piece === undefined && this.#end !== undefined && 'error' in this.#end) throw this.#end.error
    return piece
  }

  end(): void {
    this.#end = {}
    this.#wake()
  }

  fail(error: unknown): void {
    this.#end = { error }
    this.#wake()
  }

  abandon(): void {
    this.#abandoned = true
    this.#wake()
  }

  #wake(): void {
    for (const changed of this.#changed.splice(0)) changed()
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#changed.push(resolve))
  }
}

class Abandoned extends Error {}
