import { type Block, blockSections, type StoredSection, storedEntry } from '../block.js'
import type { StoredEntry } from '../journal.js'
import { type BlockRow, blockOf, damagedRow } from './block-table.js'

/** Rows kept; a page's entries, and the entries of a batch that is sent again, share rows. */
const ROWS_MAX = 64

interface Decoded {
  readonly block: Block
  readonly sections: readonly (readonly StoredSection[])[]
}

/** Rows that were inflated lately. Only the entries that are asked for become text. */
export class DecodedRows {
  readonly #rows = new Map<number, Decoded>()

  /** The entry at place `index` of `row`. Throws `damaged_journal` for a row that does not decode. */
  entry(row: BlockRow, index: number): StoredEntry {
    const { block, sections } = this.#rows.get(row.position) ?? this.#decode(row)
    return storedEntry(block, sections[index] as readonly StoredSection[], index)
  }

  #decode(row: BlockRow): Decoded {
    const block = blockOf(row)
    let decoded: Decoded
    try {
      decoded = { block, sections: blockSections(block) }
    } catch (error) {
      throw damagedRow(row, 'its bytes do not decode', error)
    }
    if (this.#rows.size >= ROWS_MAX) this.#rows.delete(this.#rows.keys().next().value as number)
    this.#rows.set(row.position, decoded)
    return decoded
  }
}
