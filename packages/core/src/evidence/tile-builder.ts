import { HASH_BYTES, type Sha256Into } from '../hash/sha256.js'
import { malformed } from './evidence-error.js'
import { NodeHasher, subtreesOf } from './subtree.js'
import { TILE_WIDTH, type TilePlace } from './tile.js'

/** Takes a tile; `hashes` is its own copy. */
export type TileSink = (place: TilePlace, hashes: Uint8Array) => void

/**
 * Builds all tiles of a log from its leaf hashes, one after another, in the memory of one unfinished tile a level: full
 * tiles as they fill, partial ones at the end.
 */
export class TileBuilder {
  readonly #sha256: Sha256Into
  readonly #nodes: NodeHasher
  readonly #onTile: TileSink
  readonly #unfinished: Uint8Array[] = [new Uint8Array(TILE_WIDTH * HASH_BYTES)]
  /** Hashes that each level has so far, those of full tiles included. */
  readonly #counts: number[] = [0]
  readonly #folding = new Uint8Array(TILE_WIDTH * HASH_BYTES)

  constructor(sha256: Sha256Into, onTile: TileSink) {
    this.#sha256 = sha256
    this.#nodes = new NodeHasher(sha256)
    this.#onTile = onTile
  }

  /**
   * Goes on behind `size` leaves, a multiple of 256, that are not there any more. `prefixes` has, level by level, the hashes that
   * the unfinished tile of the level holds of them. What is gone is in the root all the same.
   */
  static resume(
    sha256: Sha256Into,
    onTile: TileSink,
    size: number,
    prefixes: readonly Uint8Array[],
  ): TileBuilder {
    const builder = new TileBuilder(sha256, onTile)
    for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
      const hashes = new Uint8Array(TILE_WIDTH * HASH_BYTES)
      const prefix = prefixes[level] ?? new Uint8Array(0)
      if (prefix.length !== (count % TILE_WIDTH) * HASH_BYTES)
        throw malformed('The hashes that are left of pruned entries do not fit their number.')
      hashes.set(prefix)
      builder.#unfinished[level] = hashes
      builder.#counts[level] = count
    }
    return builder
  }

  /** Leaves so far. */
  get size(): number {
    return this.#counts[0]!
  }

  /** Appends the leaf hash that `source` holds at `offset`. */
  append(source: Uint8Array, offset = 0): void {
    this.#push(0, source, offset)
  }

  /** Root of the tree so far. */
  root(): Uint8Array {
    let root: Uint8Array | undefined
    for (let level = 0; level < this.#counts.length; level++) {
      const hashes = this.#unfinished[level]!
      const subtrees = subtreesOf(0, this.#counts[level]! % TILE_WIDTH)
      for (const { height, index } of subtrees.toReversed()) {
        const left = this.#fold(hashes, index * 2 ** height, 2 ** height).slice(0, HASH_BYTES)
        root = root === undefined ? left : this.#nodes.join(left, root)
      }
    }
    if (root !== undefined) return root
    const empty = new Uint8Array(HASH_BYTES)
    this.#sha256(new Uint8Array(0), empty, 0)
    return empty
  }

  /** Gives the partial tiles out. Nothing may be appended afterwards: a log's partial tiles belong to one size. */
  finish(): void {
    this.#counts.forEach((count, level) => {
      const width = count % TILE_WIDTH
      if (width === 0) return
      const hashes = this.#unfinished[level]!.slice(0, width * HASH_BYTES)
      this.#onTile({ level, index: Math.floor(count / TILE_WIDTH), width }, hashes)
    })
  }

  #push(level: number, source: Uint8Array, offset: number): void {
    const count = this.#counts[level]!
    if (count >= Number.MAX_SAFE_INTEGER) throw malformed('A tree has at most 2^53 - 1 leaves.')
    const hashes = this.#unfinished[level]!
    const at = (count % TILE_WIDTH) * HASH_BYTES
    for (let i = 0; i < HASH_BYTES; i++) hashes[at + i] = source[offset + i]!
    this.#counts[level] = count + 1
    if ((count + 1) % TILE_WIDTH !== 0) return
    this.#onTile({ level, index: Math.floor(count / TILE_WIDTH), width: TILE_WIDTH }, hashes.slice())
    if (level + 1 === this.#counts.length) {
      this.#counts.push(0)
      this.#unfinished.push(new Uint8Array(TILE_WIDTH * HASH_BYTES))
    }
    this.#push(level + 1, this.#fold(hashes, 0, TILE_WIDTH).slice(0, HASH_BYTES), 0)
  }

  /** Root of the perfect subtree over `count` hashes from `first` on: the first 32 bytes of what it returns. */
  #fold(hashes: Uint8Array, first: number, count: number): Uint8Array {
    const folding = this.#folding
    folding.set(hashes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES))
    for (let pairs = count / 2; pairs >= 1; pairs /= 2) this.#nodes.joinPairs(folding, pairs)
    return folding
  }
}
