/** A pair of equal elements: its index in each of the two sequences. */
export interface Match {
  readonly before: number
  readonly after: number
}

/**
 * A longest common subsequence of `before` and `after`, in order. Takes time and memory in the product of both
 * lengths: the caller bounds it.
 */
export function longestCommonSubsequence(
  before: readonly number[],
  after: readonly number[],
): readonly Match[] {
  const width = after.length + 1
  // lengths[i * width + j] is the answer's length for before from i on and after from j on.
  const lengths = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const cell = i * width + j
      lengths[cell] =
        before[i] === after[j]
          ? lengths[cell + width + 1]! + 1
          : Math.max(lengths[cell + width]!, lengths[cell + 1]!)
    }
  }
  const matches: Match[] = []
  let i = 0
  let j = 0
  while (i < before.length && j < after.length) {
    const cell = i * width + j
    if (before[i] === after[j]) matches.push({ before: i++, after: j++ })
    else if (lengths[cell + width]! >= lengths[cell + 1]!) i++
    else j++
  }
  return matches
}
