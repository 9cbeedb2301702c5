import { createHash } from 'node:crypto'
import { toHex } from '@counterfoil/core'
import { describe, expect, it } from 'vitest'
import { sha256 } from './sha256.js'

describe('SHA-256 of the page', () => {
  it('is that of the platform, for every length up to 300 and for large inputs', () => {
    for (const length of [...Array(301).keys(), 1_000, 65_535, 1_000_003]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 131 + length) % 256)
      const out = new Uint8Array(40)
      sha256(bytes, out, 5)
      expect(toHex(out, 5, 32)).toBe(createHash('sha256').update(bytes).digest('hex'))
      expect([...out.subarray(0, 5), ...out.subarray(37)]).toEqual(Array(8).fill(0))
    }
  })
})
