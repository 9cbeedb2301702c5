/**
 * SHA-256 as the caller's platform has it; core brings none of its own and stays free of platform code.
 * Writes the 32 bytes of the digest of `bytes` into `out` at `offset`.
 */
export type Sha256Into = (bytes: Uint8Array, out: Uint8Array, offset: number) => void

export const HASH_BYTES = 32

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex of `length` bytes from `offset`. */
export function toHex(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  let text = ''
  for (let i = offset; i < offset + length; i++) text += HEX[bytes[i] as number]
  return text
}

/** The bytes of lower-case hex, or undefined when `text` is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
