import { toHex } from '@counterfoil/core'
import { expect, it } from 'vitest'
import { sha256Into } from './sha256.js'

const hashed = (bytes: Uint8Array) => {
  const out = new Uint8Array(40)
  sha256Into(bytes, out, 4)
  return toHex(out, 4, 32)
}

// FIPS 180-4's own examples.
it.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('hashes %.20s… as the standard says', (text, digest) => {
  expect(hashed(new TextEncoder().encode(text))).toBe(digest)
})

it('agrees with the platform at every length around a block', async () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
    const expected = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    expect(hashed(bytes)).toBe(toHex(expected))
  }
})
