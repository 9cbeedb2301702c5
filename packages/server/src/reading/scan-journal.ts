import type { PageQuery } from '@counterfoil/core'
import type { JournalReader } from '../journal/journal.js'
import { giveWay } from '../threads/thread-call.js'
import { isSelected, toReadEntry } from './read-entry.js'

export interface Scan {
  /** Places of entries that were selected, in order, at most `limit`. */
  readonly seqs: readonly number[]
  /** Whether the whole log was walked, so that there is certainly nothing more. */
  readonly exhausted: boolean
  /** The last entry that was looked at. */
  readonly lastSeq: number
}

/** How many entries a read without an index looks at: about half a second. */
export const SCAN_ENTRIES_MAX = 20_000
const STEP = 512

/** Filters entry by entry from where `query` begins; the index's stand-in while it is away. */
export async function scanJournal(reader: JournalReader, query: PageQuery): Promise<Scan> {
  const { size = 0, minIndex = 0 } = (await reader.head(query.log)) ?? {}
  const step = query.order === 'newest_first' ? -1 : 1
  let seq = step < 0 ? Math.min(size, query.after?.seq ?? size) - 1 : (query.after?.seq ?? -1) + 1
  const seqs: number[] = []
  let passedOver = 0
  let looked = 0
  if (step > 0) seq = Math.max(seq, minIndex)
  while (seq >= minIndex && seq < size && looked < SCAN_ENTRIES_MAX) {
    const count = Math.min(STEP, step < 0 ? seq - minIndex + 1 : size - seq)
    const window = Array.from({ length: count }, (_, i) => seq + i * step)
    for (const stored of await reader.entriesAt(query.log, window)) {
      if (!isSelected(query, toReadEntry(query.log, stored))) continue
      if (passedOver < (query.offset ?? 0)) passedOver++
      else seqs.push(stored.seq)
      if (seqs.length >= query.limit) return { seqs, exhausted: false, lastSeq: stored.seq }
    }
    // Other reads go on meanwhile.
    await giveWay()
    looked += count
    seq += count * step
  }
  return { seqs, exhausted: seq < minIndex || seq >= size, lastSeq: seq - step }
}
