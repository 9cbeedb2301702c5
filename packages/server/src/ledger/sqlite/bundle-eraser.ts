import { type SectionPath, TILE_WIDTH } from '@counterfoil/core'
import { type Block, blockSections } from '../../journal/block.js'
import { eraseFromBlock } from '../../journal/erase-block.js'
import { encodeRuns, saltRuns, withoutSeeds } from '../../journal/salts.js'
import type { Database, Statement } from '../../sqlite/driver.js'
import { BUNDLE_SEGMENTS, damagedBundle, decodeBundle, digestOf, rewriteBundle } from '../bundle.js'

interface StoredBundle {
  readonly bytes: Uint8Array
  readonly block: Block
}

/** Erases sections from bundles, inside of the caller's transaction. */
export class BundleEraser {
  readonly #read: Statement
  readonly #rewrite: Statement

  constructor(database: Database) {
    this.#read = database.prepare(
      `SELECT bytes, hashes FROM logs JOIN bundles USING (log) JOIN tiles
       ON tiles.log = bundles.log AND level = 0 AND tile = bundle WHERE origin = ? AND bundle = ?`,
    )
    this.#rewrite = database.prepare(
      'UPDATE bundles SET digest = ?, bytes = ? WHERE log = (SELECT log FROM logs WHERE origin = ?) AND bundle = ?',
    )
  }

  erase(origin: string, seqs: readonly number[], paths: readonly SectionPath[]): void {
    const places = new Map<number, Set<number>>()
    for (const seq of seqs) {
      const index = Math.floor(seq / TILE_WIDTH)
      const inBundle = places.get(index) ?? new Set()
      places.set(index, inBundle.add(seq - index * TILE_WIDTH))
    }
    for (const [index, indexes] of places) {
      const stored = this.#bundle(origin, index)
      if (stored === undefined) continue
      const { bytes, block } = stored
      const erased = eraseFromBlock({ origin, block, indexes, paths, segmentation: BUNDLE_SEGMENTS })
      if (erased === undefined) continue
      this.#put(origin, index, rewriteBundle(bytes, erased))
      // A row of the journal may lie in two bundles, and so does its seed.
      this.#destroySeeds(origin, index - 1, erased.destroyedSeeds)
      this.#destroySeeds(origin, index + 1, erased.destroyedSeeds)
    }
  }

  #destroySeeds(origin: string, index: number, seeds: readonly Uint8Array[]): void {
    const stored = seeds.length === 0 ? undefined : this.#bundle(origin, index)
    if (stored === undefined) return
    const { bytes, block } = stored
    const runs = withoutSeeds(saltRuns(block.salts, blockSections(block).total), seeds)
    if (runs === undefined) return
    this.#put(origin, index, rewriteBundle(bytes, { salts: encodeRuns(runs) }))
  }

  #put(origin: string, index: number, bytes: Uint8Array): void {
    this.#rewrite.run(digestOf(bytes), bytes, origin, index)
  }

  #bundle(origin: string, index: number): StoredBundle | undefined {
    const row = this.#read.get(origin, index) as { bytes: Uint8Array; hashes: Uint8Array } | undefined
    if (row === undefined) return undefined
    const block = decodeBundle(index, row.bytes, row.hashes)
    try {
      blockSections(block)
    } catch (cause) {
      throw damagedBundle(index, cause)
    }
    return { bytes: row.bytes, block }
  }
}
