import type { PositionRange } from './journal.js'

/**
 * The positions after `position` that are in none of `held`, which ascend: in order, and no further than the first so many. Where more
 * than that is left behind the last of `held`, the last range has no end.
 */
export function rangesBetween(
  position: number,
  held: readonly PositionRange[],
  positionsMax: number,
): readonly PositionRange[] {
  const ranges: PositionRange[] = []
  let next = position + 1
  let positions = 0
  for (const { firstPosition, lastPosition } of held) {
    if (firstPosition > next) {
      ranges.push({ firstPosition: next, lastPosition: firstPosition - 1 })
      positions += firstPosition - next
      if (positions >= positionsMax) return ranges
    }
    next = Math.max(next, lastPosition + 1)
  }
  ranges.push({ firstPosition: next, lastPosition: Number.MAX_SAFE_INTEGER })
  return ranges
}
