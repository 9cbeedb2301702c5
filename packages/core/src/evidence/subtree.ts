import { HASH_BYTES, type Sha256Into } from '../hash/sha256.js'

/** SHA-256(0x01 || left || right), RFC 6962 §2.1. */
export class NodeHasher {
  readonly #sha256: Sha256Into
  readonly #input = new Uint8Array(1 + 2 * HASH_BYTES)

  constructor(sha256: Sha256Into) {
    this.#sha256 = sha256
    this.#input[0] = 1
  }

  /** A new array of 32 bytes. */
  join(left: Uint8Array, right: Uint8Array): Uint8Array {
    const out = new Uint8Array(HASH_BYTES)
    this.#input.set(left, 1)
    this.#input.set(right, 1 + HASH_BYTES)
    this.#sha256(this.#input, out, 0)
    return out
  }

  /** Joins the neighbours of `hashes` in place: the first half of it then holds the level above. */
  joinPairs(hashes: Uint8Array, count: number): void {
    const input = this.#input
    for (let pair = 0; pair < count; pair++) {
      const from = pair * 2 * HASH_BYTES
      for (let i = 0; i < 2 * HASH_BYTES; i++) input[1 + i] = hashes[from + i]!
      this.#sha256(input, hashes, pair * HASH_BYTES)
    }
  }
}

/** Root of the perfect subtree over `hashes`, whose number is a power of two. Overwrites `hashes`. */
export function foldHashes(sha256: Sha256Into, hashes: Uint8Array): Uint8Array {
  const nodes = new NodeHasher(sha256)
  for (let count = hashes.length / HASH_BYTES / 2; count >= 1; count /= 2) nodes.joinPairs(hashes, count)
  return hashes.subarray(0, HASH_BYTES)
}

/** A perfect subtree: leaves [index × 2^height, (index + 1) × 2^height). */
export interface Subtree {
  readonly height: number
  readonly index: number
}

/** The largest power of two strictly less than `size`, which is 2 or more. */
export function splitPoint(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

/**
 * The perfect subtrees, left to right, that leaves [start, end) of a tree fall into. Their hashes, folded from the
 * right, give MTH(D[start:end]) wherever RFC 6962 forms that hash.
 */
export function subtreesOf(start: number, end: number): Subtree[] {
  const subtrees: Subtree[] = []
  for (let at = start; at < end; ) {
    let height = 0
    let width = 1
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2
      height++
    }
    subtrees.push({ height, index: at / width })
    at += width
  }
  return subtrees
}
