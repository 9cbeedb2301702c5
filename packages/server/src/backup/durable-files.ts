import { createHash } from 'node:crypto'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

const PIECE_BYTES = 4 * 2 ** 20

export interface FileDigest {
  readonly bytes: number
  /** 64 hex digits. */
  readonly sha256: string
}

/** Reads a file to its end, in pieces. */
export async function digestFile(path: string): Promise<FileDigest> {
  const source = await open(path, 'r')
  try {
    return await readThrough(source, async () => undefined)
  } finally {
    await source.close()
  }
}

/** Copies a file durably, readable by its owner alone; gives what was copied. Throws when `target` is there already. */
export async function copyDurably(path: string, target: string): Promise<FileDigest> {
  const source = await open(path, 'r')
  const copy = await open(target, 'wx', 0o600).catch(async (error: unknown) => {
    await source.close()
    throw error
  })
  try {
    const digest = await readThrough(source, async (piece) => void (await copy.writeFile(piece)))
    await copy.sync()
    return digest
  } finally {
    await copy.close()
    await source.close()
  }
}

/** Writes a file so that it is there whole after a power cut, or not at all. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`
  const file = await open(partial, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
  await syncFolder(dirname(path))
}

/** Makes the file's content survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const opened = await open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

async function readThrough(
  source: FileHandle,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<FileDigest> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(PIECE_BYTES)
  let bytes = 0
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length)
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') }
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    await take(piece)
    bytes += bytesRead
  }
}
