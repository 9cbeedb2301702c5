import { type Files, withoutCommonFolder } from './files-source.js'

const BLOCK_BYTES = 512

/** The regular files of a tar archive (POSIX ustar), as slices of it; undefined when it is none. */
export async function tarFiles(archive: Blob): Promise<Files | undefined> {
  const files = new Map<string, Blob>()
  for (let at = 0; at + BLOCK_BYTES <= archive.size; ) {
    const header = new Uint8Array(await archive.slice(at, at + BLOCK_BYTES).arrayBuffer())
    if (header.every((byte) => byte === 0)) return withoutCommonFolder(files)
    if (text(header, 257, 5) !== 'ustar') return undefined
    const size = Number.parseInt(text(header, 124, 12), 8)
    if (!Number.isSafeInteger(size) || size < 0 || at + BLOCK_BYTES + size > archive.size) return undefined
    const prefix = text(header, 345, 155)
    const name = prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
    const type = text(header, 156, 1)
    if (type === '0' || type === '') files.set(name, archive.slice(at + BLOCK_BYTES, at + BLOCK_BYTES + size))
    at += BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
  }
  return files.size > 0 ? withoutCommonFolder(files) : undefined
}

/** A field up to its NUL or blank. */
function text(header: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(header.subarray(start, start + length)).replace(/[\0 ].*$/s, '')
}
