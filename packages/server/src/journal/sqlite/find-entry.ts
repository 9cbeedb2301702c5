import type { EntryPlace } from '../journal-rows.js'
import type { BlockTable } from './block-table.js'
import type { IdIndex } from './id-index.js'

/**
 * Where the entry of a log with the 16 bytes of an id is; the id index proposes, the row decides. A row that was trimmed
 * cannot decide: it is given too, for whoever reads the entry where it rests. Usually there is none or one.
 */
export function placesOfId(ids: IdIndex, blocks: BlockTable, log: number, id: Uint8Array): EntryPlace[] {
  const places: EntryPlace[] = []
  for (const { position, index } of ids.find(log, id)) {
    const row = blocks.at(position)
    if (row === undefined || row.log !== log) continue
    if (row.ids !== null && Buffer.compare(row.ids.subarray(16 * index, 16 * index + 16), id) !== 0) continue
    if (index < row.count) places.push({ row, index })
  }
  return places
}
