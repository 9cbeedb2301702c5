import { createHash, createPublicKey, hash, verify } from 'node:crypto'
import type { Sha256Into } from '@counterfoil/core'
import type { Platform } from '../platform.js'

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * The one-shot function, which is in Node from 20.12 on, takes half the time for short inputs. A digest as a string of 16 code
 * units costs 0.28 µs with reading them (Node 20, 150 bytes); as one of 32 characters 0.32 µs, as a Buffer 0.8 µs.
 */
const sha256: Sha256Into =
  hash === undefined
    ? (bytes, out, offset) => {
        out.set(createHash('sha256').update(bytes).digest(), offset)
      }
    : (bytes, out, offset) => {
        // @types/node leaves utf16le out of its list.
        const digest = hash('sha256', bytes, 'utf16le' as 'binary')
        for (let i = 0, at = offset; i < 16; i++, at += 2) {
          const unit = digest.charCodeAt(i)
          out[at] = unit
          out[at + 1] = unit >> 8
        }
      }

/** Node's own cryptography. */
export const nodePlatform: Platform = {
  sha256,
  verifyEd25519: (publicKey, message, signature) => {
    const der = Buffer.concat([SPKI_PREFIX, publicKey])
    return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
  },
}
