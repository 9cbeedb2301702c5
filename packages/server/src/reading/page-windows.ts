import type { Order, Position } from '@counterfoil/core'
import type { SeqSpan } from '../index/search-index.js'

/** Entries in the first window of a page; the second has eight times as many, and so on. */
export const FIRST_WINDOW_ENTRIES = 65_536
const GROWTH = 8

/**
 * Parts of a log to look through one after another until a page is full: those nearest to where the page begins
 * first, each much larger than the one before. A page of something frequent then never pays for the whole log, and
 * one of something rare costs a seventh more than a single look at everything. Together the windows hold every entry
 * that the page may show; the one at the log's growing end has no bound there.
 */
export function pageWindows(
  size: number,
  order: Order,
  after: Position | undefined,
  first = FIRST_WINDOW_ENTRIES,
): SeqSpan[] {
  const windows: SeqSpan[] = []
  let entries = first
  if (order === 'newest_first') {
    let end = after === undefined ? size : Math.min(size, after.seq)
    do {
      const from = Math.max(0, end - entries)
      windows.push({ from, to: windows.length === 0 && after === undefined ? undefined : end - 1 })
      end = from
      entries *= GROWTH
    } while (end > 0)
    return windows
  }
  let from = after === undefined ? 0 : after.seq + 1
  do {
    const end = from + entries
    windows.push({ from, to: end < size ? end - 1 : undefined })
    from = end
    entries *= GROWTH
  } while (from < size)
  return windows
}
