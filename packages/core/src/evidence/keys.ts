import type { Sha256Into } from '../hash/sha256.js'
import { fromHex, toHex } from '../hash/sha256.js'
import { encodeBase64 } from './base64.js'
import { malformed } from './evidence-error.js'
import { encodeUtf8, requireBase64 } from './text.js'

/** What a key signs, and how (c2sp.org/signed-note, c2sp.org/tlog-cosignature). */
export const KEY_TYPE = {
  /** Ed25519 over the text of the note. */
  ed25519: 0x01,
  /** Ed25519 over a time and the text of a checkpoint. */
  cosignature: 0x04,
} as const
export const PUBLIC_KEY_BYTES = 32
export const SEED_BYTES = 32
export const SIGNATURE_BYTES = 64

/**
 * Ed25519 as the platform has it: `node:crypto`, or WebCrypto, which answers with a promise. `publicKey` is 32 bytes,
 * `signature` 64. Answers false for every signature that is not by that key, and does not throw.
 */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>

/** A public key and the name it signs under. */
export interface VerifierKey {
  readonly name: string
  /** Eight hex digits. With the name it says which key made a signature. */
  readonly id: string
  readonly type: number
  readonly publicKey: Uint8Array
}

/** A name under which to sign, and the 32-byte seed of an Ed25519 key. */
export interface SigningKey {
  readonly name: string
  readonly id: string
  readonly seed: Uint8Array
}

/** Whether `name` can be the name of a key: not empty, no Unicode space, no `+`, no control character. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return name !== '' && !/[\s\u0085+\u0000-\u001f\ud800-\udfff]/u.test(name)
}

/** First four bytes of SHA-256(name || 0x0A || type || public key), in hex. */
export function keyId(sha256: Sha256Into, name: string, type: number, publicKey: Uint8Array): string {
  const nameBytes = encodeUtf8(name)
  const input = new Uint8Array(nameBytes.length + 2 + publicKey.length)
  input.set(nameBytes)
  input[nameBytes.length] = 0x0a
  input[nameBytes.length + 1] = type
  input.set(publicKey, nameBytes.length + 2)
  const digest = new Uint8Array(32)
  sha256(input, digest, 0)
  return toHex(digest, 0, 4)
}

/** Throws unless `name` can be a key's name and `publicKey` the key of somebody. */
export function verifierKey(
  sha256: Sha256Into,
  name: string,
  type: number,
  publicKey: Uint8Array,
): VerifierKey {
  if (!isKeyName(name)) throw malformed('A key name is empty, or has a space or a plus sign.')
  requirePublicKey(publicKey)
  return { name, id: keyId(sha256, name, type, publicKey), type, publicKey }
}

/** `<name>+<id>+<base64(type || public key)>`, the text form of a verifier key. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.id}+${encodeBase64(typed(key.type, key.publicKey))}`
}

/**
 * Reads a verifier key. Types other than Ed25519 and its cosignatures are read too, so that a policy that lists them
 * can be told from a broken one; `isSupportedKey` tells them.
 */
export function parseVerifierKey(sha256: Sha256Into, text: string): VerifierKey {
  // The base64 may hold `+`, so only the first two divide.
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first < 0 || second < 0) throw malformed('A verifier key is <name>+<id>+<base64>.')
  const name = text.slice(0, first)
  const id = text.slice(first + 1, second)
  const [type, publicKey] = parseTyped(text.slice(second + 1), 'The key of a verifier key')
  if (!isKeyName(name)) throw malformed('A key name is empty, or has a space or a plus sign.')
  const key = { name, id, type, publicKey }
  if (isSupportedKey(key)) requirePublicKey(publicKey)
  // ECDSA derives its id otherwise; it is not supported, so there is nothing to hold the id against.
  if (fromHex(id)?.length !== 4 || (isSupportedKey(key) && id !== keyId(sha256, name, type, publicKey)))
    throw malformed('The id of a verifier key does not belong to its name and key.')
  return key
}

/** The points whose order divides 8, without their sign: with such a key anybody can sign, and whoever has it can deny everything. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]
/** All bytes of the field's prime, 2^255 - 19, but the first, which is 0xed. */
const PRIME_END = `${'f'.repeat(60)}7f`

/** Platforms do not look at the key: that of RFC 8032 §5.1.3 is one spelling of a point, and here one that is of use. */
function requirePublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw malformed('An Ed25519 public key has 32 bytes.')
  const y = toHex(publicKey.with(PUBLIC_KEY_BYTES - 1, publicKey[PUBLIC_KEY_BYTES - 1]! & 0x7f))
  if (SMALL_ORDER.includes(y))
    throw malformed('An Ed25519 public key is of small order: anybody can sign with it.')
  if (y.slice(2) === PRIME_END && publicKey[0]! >= 0xed)
    throw malformed('An Ed25519 public key is not written in its one canonical form.')
}

export function isSupportedKey({ type }: Pick<VerifierKey, 'type'>): boolean {
  return type === KEY_TYPE.ed25519 || type === KEY_TYPE.cosignature
}

/**
 * `PRIVATE+KEY+<name>+<id>+<base64(type || seed)>`, the convention of Go's x/mod; c2sp.org defines none. A secret.
 */
export function formatSigningKey(key: SigningKey, type: number = KEY_TYPE.ed25519): string {
  return `PRIVATE+KEY+${key.name}+${key.id}+${encodeBase64(typed(type, key.seed))}`
}

/** Reads a signing key. That its id belongs to its seed only whoever can derive the public key can check. */
export function parseSigningKey(text: string): SigningKey & { readonly type: number } {
  const parts = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text)
  if (parts === null) throw malformed('A signing key is PRIVATE+KEY+<name>+<id>+<base64>.')
  const [, name = '', id = '', encoded = ''] = parts
  const [type, seed] = parseTyped(encoded, 'The seed of a signing key')
  if (!isKeyName(name)) throw malformed('A key name is empty, or has a space or a plus sign.')
  if (!isSupportedKey({ type }) || seed.length !== SEED_BYTES)
    throw malformed('A signing key holds the type of Ed25519 and 32 bytes.')
  return { name, id, seed, type }
}

function typed(type: number, bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + bytes.length)
  out[0] = type
  out.set(bytes, 1)
  return out
}

function parseTyped(text: string, what: string): readonly [type: number, bytes: Uint8Array] {
  const bytes = requireBase64(text, what)
  if (bytes.length < 2) throw malformed(`${what} is empty.`)
  return [bytes[0]!, bytes.subarray(1)]
}
