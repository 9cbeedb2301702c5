import type { FileMap } from './test-log.js'

const BLOCK_BYTES = 512

/** The files as a tar archive (POSIX ustar), below a directory. */
export function tarOf({ files }: FileMap, directory: string): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [path, bytes] of files) {
    const header = Buffer.alloc(BLOCK_BYTES)
    header.write(`${directory}/${path}`, 0, 100)
    header.write('0000644\0', 100)
    header.write(`${bytes.length.toString(8).padStart(11, '0')} `, 124)
    header.write('        0', 148)
    header.write('ustar\x0000', 257)
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    parts.push(header, bytes, Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES))
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)])
}
