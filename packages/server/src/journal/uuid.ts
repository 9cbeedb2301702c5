import { randomFillSync } from 'node:crypto'
import { fromHex, toHex } from '@counterfoil/core'

const POOL_BYTES = 16 * 1024
const pool = Buffer.alloc(POOL_BYTES)
let poolAt = POOL_BYTES

/** 16 bytes of a UUID from its text, which must be a UUID. */
export function uuidBytes(text: string): Uint8Array {
  const bytes = fromHex(text.replaceAll('-', ''))
  if (bytes?.length !== 16) throw new RangeError(`not a UUID: ${text}`)
  return bytes
}

/** Text of the UUID that `bytes` holds at `offset`. */
export function uuidText(bytes: Uint8Array, offset = 0): string {
  const hex = toHex(bytes, offset, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Writes a UUIDv7 (RFC 9562 §5.7) of `epochMs` with 74 random bits into `out` at `offset`. */
export function writeUuidV7(epochMs: number, out: Uint8Array, offset: number): void {
  if (poolAt + 10 > POOL_BYTES) {
    randomFillSync(pool)
    poolAt = 0
  }
  let rest = epochMs
  for (let i = 5; i >= 0; i--) {
    out[offset + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  for (let i = 6; i < 16; i++) out[offset + i] = pool[poolAt++] as number
  out[offset + 6] = 0x70 | ((out[offset + 6] as number) & 0x0f)
  out[offset + 8] = 0x80 | ((out[offset + 8] as number) & 0x3f)
}

/** A UUIDv7 of the present moment. */
export function uuidV7(epochMs: number = Date.now()): string {
  const bytes = new Uint8Array(16)
  writeUuidV7(epochMs, bytes, 0)
  return uuidText(bytes)
}
