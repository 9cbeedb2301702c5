import { TILE_WIDTH } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import { tilesBefore } from '../tiles-before.js'

/** Takes bundles and tiles away, inside of the caller's transaction. */
export class BundlePruner {
  readonly #setMinIndex: Statement
  readonly #removeBundles: Statement
  readonly #removeTiles: Statement
  readonly #emptyTiles: Statement

  constructor(database: Database) {
    this.#setMinIndex = database.prepare(
      'UPDATE logs SET min_index = max(min_index, min(?, size)) WHERE origin = ? RETURNING log, min_index',
    )
    this.#removeBundles = database.prepare(
      `DELETE FROM bundles WHERE log = ? AND bundle IN
         (SELECT bundle FROM bundles WHERE log = ? AND bundle < ? ORDER BY bundle LIMIT ?)`,
    )
    this.#removeTiles = database.prepare('DELETE FROM tiles WHERE log = ? AND level = ? AND tile < ?')
    this.#emptyTiles = database.prepare(
      "UPDATE tiles SET hashes = x'' WHERE log = ? AND level = ? AND tile >= ? AND tile < ? AND length(hashes) > 0",
    )
  }

  prune(origin: string, minIndex: number, bundlesMax: number): number {
    const stored = this.#setMinIndex.get(minIndex, origin) as { log: number; min_index: number } | undefined
    if (stored === undefined) return 0
    const { log, min_index: begin } = stored
    const { changes } = this.#removeBundles.run(log, log, begin / TILE_WIDTH, bundlesMax)
    if (Number(changes) === bundlesMax) return bundlesMax
    for (const { level, kept, whole } of tilesBefore(begin)) {
      this.#removeTiles.run(log, level, kept)
      this.#emptyTiles.run(log, level, kept, whole)
    }
    return Number(changes)
  }
}
