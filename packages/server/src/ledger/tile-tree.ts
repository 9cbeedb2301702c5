import { foldHashes, TILE_WIDTH } from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { TILE_BYTES } from './bundle.js'
import type { FullTile, LedgerReader } from './ledger.js'

/** Root of the perfect tree over the 256 hashes of a full tile: node = SHA-256(0x01 || left || right), RFC 6962 §2.1. */
export function tileRoot(hashes: Uint8Array): Uint8Array {
  if (hashes.length !== TILE_BYTES) throw new RangeError(`a tile of ${hashes.length} bytes`)
  return new Uint8Array(foldHashes(sha256Into, new Uint8Array(hashes)))
}

/** Turns full tiles of level 0, given in order, into these and the tiles of higher levels that they complete. */
export class TileTree {
  readonly #origin: string
  readonly #ledger: LedgerReader
  readonly #tiles: FullTile[] = []

  constructor(origin: string, ledger: LedgerReader) {
    this.#origin = origin
    this.#ledger = ledger
  }

  /** All tiles that were made, lower ones before those over them. */
  get tiles(): readonly FullTile[] {
    return this.#tiles
  }

  async add(level: number, index: number, hashes: Uint8Array): Promise<void> {
    this.#tiles.push({ kind: 'tile', level, index, hashes, root: tileRoot(hashes) })
    if ((index + 1) % TILE_WIDTH !== 0) return
    const above = (index + 1) / TILE_WIDTH - 1
    await this.add(level + 1, above, await this.#roots(level, above * TILE_WIDTH))
  }

  /** Roots of the 256 tiles from `first` on: those that rest in the ledger, and those that were made just now. */
  async #roots(level: number, first: number): Promise<Uint8Array> {
    const made = this.#tiles.filter((tile) => tile.level === level && tile.index >= first)
    const resting = TILE_WIDTH - made.length
    const before = resting === 0 ? [] : [await this.#ledger.roots(this.#origin, level, first, resting)]
    return Buffer.concat([...before, ...made.map(({ root }) => root)])
  }
}
