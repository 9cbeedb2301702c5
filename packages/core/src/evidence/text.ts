import { HASH_BYTES } from '../hash/sha256.js'
import { decodeUtf8 } from '../json/utf8.js'
import { decodeBase64 } from './base64.js'
import { malformed } from './evidence-error.js'

const encoder = new TextEncoder()

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of `bytes`. `what` names it in the error. */
export function requireUtf8(bytes: Uint8Array, what: string): string {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw malformed(`${what} is not UTF-8.`)
  return text
}

/** A decimal without sign, leading zeros or anything around it, up to 2^53 - 1. */
export function parseDecimal(text: string, what: string): number {
  const value = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw malformed(`${what} is not a whole number up to 2^53 - 1.`)
  return value
}

/** Canonical base64. */
export function requireBase64(text: string, what: string): Uint8Array {
  const bytes = decodeBase64(text)
  if (bytes === undefined) throw malformed(`${what} is not canonical base64.`)
  return bytes
}

/** Canonical base64 of 32 bytes. */
export function parseHash(text: string, what: string): Uint8Array {
  const bytes = requireBase64(text, what)
  if (bytes.length !== HASH_BYTES) throw malformed(`${what} has ${bytes.length} bytes instead of 32.`)
  return bytes
}

/** Whether both hold the same bytes. Nothing here is secret, so it may take the time it takes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
