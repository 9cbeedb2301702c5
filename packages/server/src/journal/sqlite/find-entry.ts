import type { StoredEntry } from '../journal.js'
import type { BlockRow, BlockTable } from './block-table.js'
import type { DecodedRows } from './decoded-rows.js'
import type { IdIndex } from './id-index.js'

export interface FoundEntry {
  readonly row: BlockRow
  /** Place of the entry within the row. */
  readonly index: number
  readonly entry: StoredEntry
}

/** Looks an entry of a log up by the 16 bytes of its id; the id index proposes, the row decides. */
export function findEntryById(
  ids: IdIndex,
  blocks: BlockTable,
  decoded: DecodedRows,
  log: number,
  id: Uint8Array,
): FoundEntry | undefined {
  for (const { position, index } of ids.find(log, id)) {
    const row = blocks.at(position)
    if (row === undefined || row.log !== log || row.ids === null) continue
    if (Buffer.compare(row.ids.subarray(16 * index, 16 * index + 16), id) !== 0) continue
    return { row, index, entry: decoded.entry(row, index) }
  }
  return undefined
}
