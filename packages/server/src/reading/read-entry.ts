import {
  type Entry,
  formatMicroseconds,
  type LogName,
  type Selection,
  searchable,
  selects,
} from '@counterfoil/core'
import { contentOf, type LeftContent } from '../journal/block.js'
import type { StoredEntry } from '../journal/journal.js'

/** An entry as it is shown: what is left of its content, its place and its hashes. */
export type ReadEntry = LeftContent &
  Pick<Entry, 'id' | 'organization_id' | 'mode' | 'seq' | 'recorded_at'> & {
    readonly entry_hash: string
    readonly prev_hash: string
  }

/** Whether a selection selects an entry. One of which sections were erased is found by what is left. */
export function isSelected(selection: Selection, entry: ReadEntry): boolean {
  return selects(selection, searchable(entry))
}

/** A stored entry as it is shown. */
export function toReadEntry({ organization_id, mode }: LogName, stored: StoredEntry): ReadEntry {
  return {
    id: stored.id,
    organization_id,
    mode,
    seq: stored.seq,
    recorded_at: formatMicroseconds(stored.recordedAt),
    entry_hash: stored.entryHash,
    prev_hash: stored.prevHash,
    ...contentOf(stored),
  }
}
