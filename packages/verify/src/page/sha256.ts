import type { Sha256Into } from '@counterfoil/core'

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes, FIPS 180-4 §4.2.2. */
const K = constants(64, 3)
/** The same of the square roots of the first 8, FIPS 180-4 §5.3.3. */
const INITIAL = constants(8, 2)
const BLOCK_BYTES = 64

const words = new Int32Array(64)
const state = new Int32Array(8)
const tail = new Uint8Array(2 * BLOCK_BYTES)

/**
 * SHA-256 of FIPS 180-4. A browser's own answers with a promise each time, which would take longer than hashing for the
 * millions of short inputs of a log.
 */
export const sha256: Sha256Into = (bytes, out, offset) => {
  state.set(INITIAL)
  const whole = bytes.length - (bytes.length % BLOCK_BYTES)
  for (let at = 0; at < whole; at += BLOCK_BYTES) compress(bytes, at)
  const rest = bytes.length - whole
  tail.fill(0)
  tail.set(bytes.subarray(whole))
  tail[rest] = 0x80
  const length = rest < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES
  const view = new DataView(tail.buffer)
  view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(length - 4, (bytes.length * 8) % 2 ** 32)
  for (let at = 0; at < length; at += BLOCK_BYTES) compress(tail, at)
  for (let i = 0; i < 8; i++) {
    const word = state[i]!
    out[offset + 4 * i] = word >>> 24
    out[offset + 4 * i + 1] = word >>> 16
    out[offset + 4 * i + 2] = word >>> 8
    out[offset + 4 * i + 3] = word
  }
}

function compress(bytes: Uint8Array, from: number): void {
  const w = words
  for (let i = 0, at = from; i < 16; i++, at += 4)
    w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!
    const y = w[i - 2]!
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = state[0]! + a
  state[1] = state[1]! + b
  state[2] = state[2]! + c
  state[3] = state[3]! + d
  state[4] = state[4]! + e
  state[5] = state[5]! + f
  state[6] = state[6]! + g
  state[7] = state[7]! + h
}

/** Computed in integers, so that no digit has to be trusted. */
function constants(count: number, degree: 2 | 3): Int32Array {
  const found = new Int32Array(count)
  for (let n = 2, i = 0; i < count; n++) {
    if (isPrime(n)) found[i++] = Number(BigInt.asIntN(32, rootOf(BigInt(n) << BigInt(32 * degree), degree)))
  }
  return found
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false
  return true
}

/** The whole part of a root. */
function rootOf(value: bigint, degree: number): bigint {
  let low = 0n
  let high = value
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    if (middle ** BigInt(degree) <= value) low = middle
    else high = middle - 1n
  }
  return low
}
