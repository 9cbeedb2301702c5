import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip, constants as zlibConstants } from 'node:zlib'
import { AppError } from '@counterfoil/core'

/** Bytes of a file or of standard input; what is gzipped comes unpacked. */
export interface ByteInput {
  readonly chunks: AsyncIterable<Buffer>
  /** Share of the file that has been read, 0 to 1; undefined for standard input. */
  fraction(): number | undefined
}

/** Opens a file, or standard input for `-`. Throws `invalid_request` when there is no such file. */
export async function openByteInput(path: string, stdin: Readable): Promise<ByteInput> {
  if (path === '-') return { chunks: unpacked(stdin as AsyncIterable<Buffer>), fraction: () => undefined }
  const { size } = await statFile(path)
  let bytesRead = 0
  async function* counted(): AsyncIterable<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      bytesRead += (chunk as Buffer).length
      yield chunk as Buffer
    }
  }
  return { chunks: unpacked(counted()), fraction: () => (size === 0 ? 1 : bytesRead / size) }
}

/** Size and age of a file. Throws `invalid_request` when it is none that can be read. */
export async function statFile(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  try {
    const found = await stat(path)
    if (found.isFile()) return found
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const hint = code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read: ${message}.`
    throw new AppError('invalid_request', { hint, cause })
  }
  throw new AppError('invalid_request', { hint: `${path} is not a file.` })
}

/** Unpacks what begins as gzip does, whatever the name says. */
async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 2) {
    const next = await iterator.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  async function* whole(): AsyncIterable<Buffer> {
    if (head.length > 0) yield head
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole()
    return
  }
  yield* gunzipped(whole())
}

async function* gunzipped(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ finishFlush: zlibConstants.Z_FINISH })
  const writing = writeAll(packed, gunzip)
  try {
    for await (const chunk of gunzip) yield chunk as Buffer
  } catch (cause) {
    throw new AppError('invalid_request', {
      hint: `The gzip file is damaged or cut short: ${(cause as Error).message}. What came before was imported.`,
      cause,
    })
  } finally {
    gunzip.destroy()
  }
  await writing
}

async function writeAll(
  chunks: AsyncIterable<Buffer>,
  gunzip: ReturnType<typeof createGunzip>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (gunzip.destroyed) return
    if (!gunzip.write(chunk)) {
      await new Promise<void>((resolve) => {
        const go = () => {
          gunzip.off('drain', go).off('close', go)
          resolve()
        }
        gunzip.on('drain', go).on('close', go)
      })
    }
  }
  gunzip.end()
}
