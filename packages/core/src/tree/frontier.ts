import { HASH_BYTES, type Sha256Into } from '../hash/sha256.js'

/** Largest tree: sizes are exact integers, and a frontier then never exceeds 53 hashes. */
export const TREE_SIZE_MAX = Number.MAX_SAFE_INTEGER

/**
 * The right edge of an RFC 6962 tree: one hash for each perfect subtree, large to small. It is all the state
 * that appending needs. JavaScript's bit operators stop at 32 bits, so sizes are halved by division.
 */
export class Frontier {
  readonly #sha256: Sha256Into
  readonly #node = new Uint8Array(1 + 2 * HASH_BYTES)
  readonly #hashes: Uint8Array[] = []
  #size = 0

  constructor(sha256: Sha256Into) {
    this.#sha256 = sha256
    this.#node[0] = 1
  }

  /** Rebuilds a frontier from `bytes`, as `toBytes` gave them. Throws a RangeError when they do not fit `size`. */
  static restore(sha256: Sha256Into, size: number, bytes: Uint8Array): Frontier {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`impossible tree size ${size}`)
    const frontier = new Frontier(sha256)
    if (bytes.length !== HASH_BYTES * perfectSubtrees(size)) {
      throw new RangeError(`a frontier of ${bytes.length} bytes does not fit a tree of size ${size}`)
    }
    for (let at = 0; at < bytes.length; at += HASH_BYTES) {
      frontier.#hashes.push(copyOf(bytes, at))
    }
    frontier.#size = size
    return frontier
  }

  get size(): number {
    return this.#size
  }

  /** Appends the leaf hash that `source` holds at `offset`. */
  append(source: Uint8Array, offset = 0): void {
    if (this.#size >= TREE_SIZE_MAX) throw new RangeError('the tree is full')
    const current = copyOf(source, offset)
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      this.#join(this.#hashes.pop() as Uint8Array, current, current)
    }
    this.#hashes.push(current)
    this.#size++
  }

  /** The tree's root, 32 bytes. Of the empty tree: SHA-256 of nothing. */
  root(): Uint8Array {
    const root = new Uint8Array(HASH_BYTES)
    if (this.#size === 0) {
      this.#sha256(new Uint8Array(0), root, 0)
      return root
    }
    root.set(this.#hashes.at(-1) as Uint8Array)
    for (let i = this.#hashes.length - 2; i >= 0; i--) this.#join(this.#hashes[i] as Uint8Array, root, root)
    return root
  }

  /** The hashes one after another, large subtrees first: at most 53 × 32 bytes. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#hashes.length * HASH_BYTES)
    this.#hashes.forEach((hash, i) => {
      bytes.set(hash, i * HASH_BYTES)
    })
    return bytes
  }

  /** node = SHA-256(0x01 || left || right), RFC 6962 §2.1. */
  #join(left: Uint8Array, right: Uint8Array, out: Uint8Array): void {
    this.#node.set(left, 1)
    this.#node.set(right, 1 + HASH_BYTES)
    this.#sha256(this.#node, out, 0)
  }
}

/** A copy in any case: slice() of a Buffer would be a view, and joining overwrites. */
function copyOf(source: Uint8Array, offset: number): Uint8Array {
  return new Uint8Array(source.subarray(offset, offset + HASH_BYTES))
}

/** How many perfect subtrees a tree of `size` leaves has: the number of one bits. */
function perfectSubtrees(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
