import type { LogView } from './use-log.js'

/** More than anybody reads on paper: an export has all of them. */
const PRINTED_MAX = 1_000

/** The rows that go on paper, both included: those that are loaded around the first that is seen. Empty when last < first. */
export function printedRows(
  view: LogView,
  firstRank: number,
  rowCount: number,
  topRow: number,
): readonly [first: number, last: number] {
  const isThere = (row: number) => row >= 0 && row < rowCount && view.entryAt(firstRank + row) !== undefined
  if (!isThere(topRow)) return [0, -1]
  let [first, last] = [topRow, topRow]
  while (last - first < PRINTED_MAX - 1 && isThere(last + 1)) last++
  while (last - first < PRINTED_MAX - 1 && isThere(first - 1)) first--
  return [first, last]
}
