/** A signature that an Ed25519 verifier must accept or refuse. */
export interface Ed25519Case {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly isValid: boolean
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** RFC 8032 §7.1: tests 1, 2 and 3. */
const RFC_8032 = [
  {
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
].map(({ publicKey, message, signature }) => ({
  publicKey: bytes(publicKey),
  message: bytes(message),
  signature: bytes(signature),
}))

/** Order of the group that the base point makes, RFC 8032 §5.1. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n
/** The field's prime. */
const P = 2n ** 255n - 19n
const SIGN_BIT = 2n ** 255n

/** 32 bytes, little-endian. */
function encode(value: bigint): Uint8Array {
  return bytes(value.toString(16).padStart(64, '0')).reverse()
}

function decode(scalar: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(scalar).reverse().toString('hex')}`)
}

/** y of the two points of order 8 up to its sign; with 0, 1 and -1 these are all points whose order divides 8. */
const ORDER_8 = [
  decode(bytes('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')),
  decode(bytes('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')),
]

/** Every encoding, canonical or not, of a point whose order divides 8. Whoever has such a key has signed everything. */
export const SMALL_ORDER_KEYS: readonly Uint8Array[] = [0n, 1n, P - 1n, P, P + 1n, ...ORDER_8]
  .flatMap((y) => [y, y + SIGN_BIT])
  .map(encode)

/** Encodings of y that are not below the prime, and so have another, canonical one; those of small order left out. */
export const NON_CANONICAL_KEYS: readonly Uint8Array[] = [2n, 3n, 9n, 18n]
  .flatMap((k) => [P + k, P + k + SIGN_BIT])
  .map(encode)

const SCALARS: readonly (readonly [name: string, value: bigint])[] = [
  ['0', 0n],
  ['1', 1n],
  ['L - 1', L - 1n],
  ['L', L],
  ['L + 1', L + 1n],
  ['2^252', 2n ** 252n],
  ['2^255 - 1', 2n ** 255n - 1n],
  ['2^256 - 1', 2n ** 256n - 1n],
]

/**
 * Edge cases of verification, derived from the three signatures of RFC 8032 and its §5.1.7, beside those that the Wycheproof
 * project has published (`wycheproofCases`). What is valid for one byte string of key,
 * message and signature is valid for no other.
 */
export function ed25519Cases(): readonly Ed25519Case[] {
  const cases: Ed25519Case[] = []
  for (const [i, { publicKey, message, signature }] of RFC_8032.entries()) {
    const r = signature.subarray(0, 32)
    const s = signature.subarray(32)
    const add = (name: string, changed: Partial<Ed25519Case>) =>
      cases.push({
        name: `test ${i + 1}, ${name}`,
        publicKey,
        message,
        signature,
        isValid: false,
        ...changed,
      })
    const signed = (name: string, ...parts: readonly Uint8Array[]) =>
      add(name, { signature: new Uint8Array(Buffer.concat(parts)) })
    add('as published', { isValid: true })
    for (let k = 1n; decode(s) + k * L < 2n ** 256n; k++) signed(`S + ${k} L`, r, encode(decode(s) + k * L))
    signed('-S', r, encode(L - decode(s)))
    for (const [name, value] of SCALARS) {
      signed(`S is ${name}`, r, encode(value))
      for (const [j, point] of [...SMALL_ORDER_KEYS, ...NON_CANONICAL_KEYS].entries())
        signed(`S is ${name}, R a special point ${j}`, point, encode(value))
    }
    for (const length of [0, 1, 31, 32, 33, 63])
      signed(`cut to ${length} bytes`, signature.subarray(0, length))
    for (const more of ['00', 'ff', '0000000000000000'])
      signed(`with ${more} behind it`, signature, bytes(more))
    signed('twice', signature, signature)
    signed('S before R', s, r)
    signed('without its first byte', signature.subarray(1), bytes('00'))
    for (let bit = 0; bit < 512; bit += 7) signed(`bit ${bit} flipped`, flip(signature, bit))
    for (let bit = 0; bit < 256; bit += 11)
      add(`bit ${bit} of the key flipped`, { publicKey: flip(publicKey, bit) })
    add('another message', { message: new Uint8Array([...message, 0]) })
    add("another test's signature", { signature: RFC_8032[(i + 1) % RFC_8032.length]!.signature })
  }
  return cases
}

function flip(of: Uint8Array, bit: number): Uint8Array {
  const at = Math.floor(bit / 8)
  return of.with(at, of[at]! ^ (1 << (bit % 8)))
}
