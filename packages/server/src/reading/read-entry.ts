import {
  contentFromSections,
  type Entry,
  formatMicroseconds,
  isWholeContent,
  type LogName,
  type RemainingContent,
  type Selection,
  selects,
} from '@counterfoil/core'
import type { StoredEntry } from '../journal/journal.js'

/** An entry as it is shown: what is left of its content, its place and its hashes. */
export type ReadEntry = RemainingContent &
  Pick<Entry, 'id' | 'organization_id' | 'mode' | 'seq' | 'recorded_at'> & {
    readonly entry_hash: string
    readonly prev_hash: string
  }

/** Whether a selection selects an entry. One whose content was erased is found by no filter. */
export function isSelected(selection: Selection, entry: ReadEntry): boolean {
  if (selection.filter === undefined && !isWholeContent(entry)) return true
  return isWholeContent(entry) && selects(selection, entry as Entry)
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
    ...contentFromSections(stored.sections),
  }
}
