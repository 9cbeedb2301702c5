import { sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyOfSeed, verifyEd25519 } from './signing-keys.js'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
/** Order of the group, RFC 8032 §5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** RFC 8032 §7.1, TEST 1 to 3: seed, public key, message, signature. */
const VECTORS = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const

describe.each(VECTORS)('Ed25519 of RFC 8032 with the seed %s', (seed, publicKey, message, signature) => {
  const [key, text, sound] = [hex(publicKey), hex(message), hex(signature)]
  const accepts = (bytes: Uint8Array, by = key, of = text) => verifyEd25519(by, of, bytes)

  it('signs and verifies as it is written there', () => {
    const { verifier, privateKey } = keyOfSeed('a.example/log', hex(seed), 1)
    expect(Buffer.from(verifier.publicKey).toString('hex')).toBe(publicKey)
    expect(sign(null, text, privateKey).toString('hex')).toBe(signature)
    expect(accepts(sound)).toBe(true)
  })

  it('takes no second signature of the same: S beyond the order of the group, R or S of other bytes, other lengths', () => {
    const s = BigInt(`0x${Buffer.from(sound.subarray(32)).reverse().toString('hex')}`)
    const withS = (value: bigint) => {
      const bytes = Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
      return new Uint8Array(Buffer.concat([sound.subarray(0, 32), bytes]))
    }
    expect(accepts(withS(s))).toBe(true)
    for (const forged of [s + L, s + 2n * L, L - s, 0n, L, 2n ** 256n - 1n])
      expect(accepts(withS(forged)), String(forged)).toBe(false)
    for (let bit = 0; bit < 512; bit++)
      expect(accepts(sound.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)))).toBe(false)
    for (const length of [0, 1, 32, 63]) expect(accepts(sound.subarray(0, length))).toBe(false)
    for (const longer of [1, 64])
      expect(accepts(new Uint8Array([...sound, ...new Uint8Array(longer)]))).toBe(false)
    expect(accepts(new Uint8Array(64))).toBe(false)
  })

  it('is of this key and this message alone', () => {
    expect(accepts(sound, key, new Uint8Array([...text, 0]))).toBe(false)
    for (const [, other] of VECTORS) if (other !== publicKey) expect(accepts(sound, hex(other))).toBe(false)
    for (const length of [0, 31, 33]) expect(accepts(sound, new Uint8Array(length))).toBe(false)
  })
})
