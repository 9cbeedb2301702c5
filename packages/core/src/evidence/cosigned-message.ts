import { malformed } from './evidence-error.js'
import { SIGNATURE_BYTES } from './keys.js'

const TIME_BYTES = 8

/** What a witness signs, c2sp.org/tlog-cosignature, Ed25519 (type 0x04). `text` is the whole text of the checkpoint. */
export function cosignedMessage(timeS: number, text: string): string {
  return `cosignature/v1\ntime ${timeS}\n${text}`
}

/** The bytes of a cosignature in its line, after the key id: a big-endian time and an Ed25519 signature. */
export function cosignatureBytes(timeS: number, signature: Uint8Array): Uint8Array {
  if (!Number.isSafeInteger(timeS) || timeS < 0 || signature.length !== SIGNATURE_BYTES)
    throw malformed('A cosignature has a time in whole seconds and 64 bytes.')
  const bytes = new Uint8Array(TIME_BYTES + SIGNATURE_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeS))
  bytes.set(signature, TIME_BYTES)
  return bytes
}

/** Reads what `cosignatureBytes` writes. */
export function readCosignature(bytes: Uint8Array): {
  readonly timeS: number
  readonly signature: Uint8Array
} {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) throw malformed('A cosignature has 72 bytes.')
  const timeS = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
  if (!Number.isSafeInteger(timeS)) throw malformed('The time of a cosignature is beyond all sense.')
  return { timeS, signature: bytes.subarray(TIME_BYTES) }
}
