import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { Sha256Into } from '../../hash/sha256.js'
import { KEY_TYPE, type VerifierKey, type VerifyEd25519, verifierKey } from '../keys.js'

export const sha256: Sha256Into = (bytes, out, offset) => {
  out.set(createHash('sha256').update(bytes).digest(), offset)
}

/** DER of an Ed25519 key up to its 32 bytes (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) =>
  verify(
    null,
    message,
    createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' }),
    signature,
  )

/** A signer for tests: the same seed byte, the same key. */
export interface TestSigner {
  readonly key: VerifierKey
  readonly seed: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
}

export function aSigner(name: string, seedByte: number, type: number = KEY_TYPE.ed25519): TestSigner {
  return aSignerOf(name, new Uint8Array(32).fill(seedByte), type)
}

/** A signer of a given seed of 32 bytes. */
export function aSignerOf(name: string, seed: Uint8Array, type: number = KEY_TYPE.ed25519): TestSigner {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(SPKI.length))
  return {
    key: verifierKey(sha256, name, type, publicKey),
    seed,
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  }
}
