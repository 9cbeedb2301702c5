/** Where the journal and the index stood at one moment. Positions count the journal's rows. */
export interface PositionSample {
  readonly atMs: number
  readonly journal: number
  readonly index: number
}

/**
 * How old, at each sample, the oldest entry was that the index did not yet hold: the time since the journal
 * stood where the index stands. Between two samples the journal is taken to have moved evenly.
 */
export function lagsMs(samples: readonly PositionSample[]): readonly number[] {
  let reached = 0
  return samples.map((sample, place) => {
    if (sample.index >= sample.journal) return 0
    while (reached < place && samples[reached]!.journal <= sample.index) reached += 1
    return sample.atMs - momentAt(samples, reached, sample.index)
  })
}

/** When the journal passed `position`; `reached` is the first sample past it. */
function momentAt(samples: readonly PositionSample[], reached: number, position: number): number {
  const after = samples[reached]!
  const before = samples[reached - 1]
  if (before === undefined) return after.atMs
  const share = (position - before.journal) / (after.journal - before.journal)
  return before.atMs + share * (after.atMs - before.atMs)
}
