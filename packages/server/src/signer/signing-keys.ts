import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign, verify } from 'node:crypto'
import {
  formatSignatureLine,
  formatVerifierKey,
  KEY_TYPE,
  PUBLIC_KEY_BYTES,
  SEED_BYTES,
  type VerifierKey,
  type VerifyEd25519,
  verifierKey,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'

/** DER before the 32 bytes of an Ed25519 public key in SPKI. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Keys kept ready: 4.5 KB each. Deriving one again costs less than signing with it. */
const READY_KEYS_MAX = 4_096

/** A key that a log signs with. */
export interface LogKey {
  /** What others verify with; its name is the log's origin. */
  readonly verifier: VerifierKey
  /** `<name>+<id>+<base64>` */
  readonly vkey: string
  readonly privateKey: KeyObject
}

/**
 * The signing keys of logs, each derived from one root and the log's origin: no key is stored anywhere, and none says
 * anything about another. Seed = HKDF-SHA-256(root, no salt, "audit-log-signing/v1\n" || origin), and for later generations
 * || "\n" || generation.
 */
export class LogKeys {
  readonly #root: Uint8Array
  readonly #keys = new Map<string, LogKey>()

  constructor(root: Uint8Array) {
    this.#root = root
  }

  keyOf(origin: string, generation: number): LogKey {
    const name = generation === 0 ? origin : `${origin}\n${generation}`
    let key = this.#keys.get(name)
    if (key === undefined) {
      const info = `audit-log-signing/v1\n${name}`
      const seed = new Uint8Array(hkdfSync('sha256', this.#root, '', info, SEED_BYTES))
      key = keyOfSeed(origin, seed, KEY_TYPE.ed25519)
      if (this.#keys.size >= READY_KEYS_MAX) this.#keys.clear()
      this.#keys.set(name, key)
    }
    return key
  }

  /** Verifier keys of all generations up to this one, the newest first. */
  vkeysOf(origin: string, generation: number): readonly string[] {
    return Array.from({ length: generation + 1 }, (_, i) => this.keyOf(origin, generation - i).vkey)
  }
}

/** A signature line of the note `text`. */
export function signatureLine({ verifier, privateKey }: LogKey, text: string): string {
  return formatSignatureLine(verifier, sign(null, Buffer.from(text), privateKey))
}

/** Ed25519 of `node:crypto`. */
export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) => {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return false
  const key = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, publicKey]),
    format: 'der',
    type: 'spki',
  })
  return verify(null, message, key, signature)
}

/** The key pair of a seed, to sign under `name` what keys of this type sign. */
export function keyOfSeed(name: string, seed: Uint8Array, type: number): LogKey {
  // As a JWK it takes 30 µs, as DER 330. The public part has to be there and is not looked at: it follows from the seed.
  const d = Buffer.from(seed).toString('base64url')
  const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x: d }, format: 'jwk' })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'))
  const verifier = verifierKey(sha256Into, name, type, publicKey)
  return { verifier, vkey: formatVerifierKey(verifier), privateKey }
}
