import type { Epoch, SectionPath } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import { digestOf } from '../bundle.js'
import { eraseBundles, type RestingBundle } from '../erase-bundles.js'

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

  erase(epochs: readonly Epoch[], seqs: readonly number[], paths: readonly SectionPath[]): void {
    const { origin } = epochs.at(-1) as Epoch
    const requests = eraseBundles(epochs, seqs, paths)
    for (let request = requests.next(); request.done !== true; ) {
      const { value } = request
      if (value.kind === 'write') {
        this.#rewrite.run(digestOf(value.bytes), value.bytes, origin, value.index)
        request = requests.next()
      } else
        request = requests.next(this.#read.get(origin, value.index) as unknown as RestingBundle | undefined)
    }
  }
}
