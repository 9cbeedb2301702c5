import { createHash, hash } from 'node:crypto'
import type { Sha256Into } from '@counterfoil/core'

/**
 * Node's SHA-256. A digest as a string of 16 code units is no detour: with reading them it costs 0.28 µs where one of 32
 * characters costs 0.32 µs and a new Buffer 0.8 µs (Node 20, 150 bytes), and an entry takes about eight of them.
 */
export const sha256Into: Sha256Into =
  hash === undefined
    ? (bytes, out, offset) => {
        out.set(createHash('sha256').update(bytes).digest(), offset)
      }
    : (bytes, out, offset) => {
        // @types/node leaves utf16le out of its list; Node takes it as it takes every encoding of Buffer.
        const digest = hash('sha256', bytes, 'utf16le' as 'binary')
        for (let i = 0, at = offset; i < 16; i++, at += 2) {
          const unit = digest.charCodeAt(i)
          out[at] = unit
          out[at + 1] = unit >> 8
        }
      }
