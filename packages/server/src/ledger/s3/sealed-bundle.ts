import { damagedBundle, digestOf } from '../bundle.js'

const DIGEST_BYTES = 32

/** A bundle with its SHA-256 before it, as it rests. */
export function sealed(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([digestOf(bytes), bytes])
}

/** Throws `damaged_ledger` when the bundle is not what was sealed. */
export function unsealed(index: number, stored: Uint8Array): Uint8Array {
  const bytes = stored.subarray(DIGEST_BYTES)
  if (Buffer.compare(stored.subarray(0, DIGEST_BYTES), digestOf(bytes)) === 0) return bytes
  throw damagedBundle(index)
}
