import type { StoredEntry } from '../journal.js'
import { type BlockRow, entriesOf } from './block-table.js'

/** Rows kept; a page's entries, and the entries of a batch that is sent again, share rows. */
const ROWS_MAX = 64

/** The entries of rows that were decoded lately. Inflating and splitting a row costs some 0.2 ms. */
export class DecodedRows {
  readonly #entries = new Map<number, readonly StoredEntry[]>()

  /** The entries of `row`. Throws `damaged_journal` for a row that does not decode. */
  of(row: BlockRow): readonly StoredEntry[] {
    const known = this.#entries.get(row.position)
    if (known !== undefined) return known
    const entries = entriesOf(row)
    if (this.#entries.size >= ROWS_MAX) this.#entries.delete(this.#entries.keys().next().value as number)
    this.#entries.set(row.position, entries)
    return entries
  }
}
