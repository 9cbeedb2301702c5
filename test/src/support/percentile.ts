/** The value below which the given share of samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return 0
  const sorted = samples.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number)
}
