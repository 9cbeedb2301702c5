import { formatMicroseconds, searchable } from '@counterfoil/core'
import { encodeIndexRow } from '../index/rows.js'
import type { JournalRow, PositionRange } from '../journal/journal.js'
import type { IndexRows } from '../recording/recording-messages.js'
import { TextWriter } from '../threads/text-writer.js'
import { giveWay } from '../threads/thread-call.js'
import { dividedBy } from './held-rows.js'

/** Entries that are encoded in one go: a millisecond, which is how long a page waits. */
const PIECE_ENTRIES = 64

/** Writers that nobody uses at the moment: each has gathered some megabytes of memory, and calls pass one another. */
const idleWriters: TextWriter[] = []

/** What the index has of journal rows in order of position, divided where some that are `held` lie between them. */
export async function encodeRuns(
  rows: readonly JournalRow[],
  held: readonly PositionRange[],
): Promise<readonly IndexRows[]> {
  const writer = idleWriters.pop() ?? new TextWriter()
  const runs: IndexRows[] = []
  let piece = 0
  for (const run of dividedBy(rows, held)) {
    let rowCount = 0
    for (const row of run) {
      const count = encodeRow(row, writer)
      rowCount += count
      piece += count
      if (piece < PIECE_ENTRIES) continue
      piece = 0
      await giveWay()
    }
    const [first, last] = [run[0], run.at(-1)] as [JournalRow, JournalRow]
    const place = { firstPosition: first.position, lastPosition: last.position }
    runs.push({ ...place, rowCount, bytes: writer.finish() })
  }
  idleWriters.push(writer)
  return runs
}

/** How many rows the index has of it: one for every entry, whatever was erased of it, as their number tells whether the index is whole. */
function encodeRow({ position, log, entries }: JournalRow, writer: TextWriter): number {
  const { organization_id, mode } = log
  const decoded = entries()
  for (const { id, seq, recordedAt, content } of decoded) {
    const place = { id, organization_id, mode, seq, recorded_at: formatMicroseconds(recordedAt) }
    writer.add(encodeIndexRow(position, searchable(Object.assign(place, content))))
  }
  return decoded.length
}
