import type { PositionRange } from '../journal/journal.js'

/** Rows in order of position, divided where one of the ranges, which hold none of them, lies between two of them. */
export function dividedBy<Row extends { readonly position: number }>(
  rows: readonly Row[],
  ranges: readonly PositionRange[],
): readonly (readonly Row[])[] {
  const runs: Row[][] = []
  let next = 0
  for (const row of rows) {
    const before = next
    while (next < ranges.length && (ranges[next] as PositionRange).lastPosition < row.position) next++
    const run = runs.at(-1)
    if (run === undefined || next > before) runs.push([row])
    else run.push(row)
  }
  return runs
}
