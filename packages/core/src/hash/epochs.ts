/**
 * A stretch of a log under one origin. A log has one, and another for each time that it was begun anew because what was signed of
 * it could not be continued. Entries keep their leaves and their numbers: from `firstSeq` on, leaves name this origin.
 */
export interface Epoch {
  readonly origin: string
  readonly firstSeq: number
}

/** Gives the origin that the leaf of an entry names. */
export type OriginAt = (seq: number) => string

/** The origins of a log's entries; `epochs` are in order, at least one. */
export function originAt(epochs: readonly Epoch[]): OriginAt {
  const newest = epochs.at(-1) as Epoch
  if (epochs.length === 1) return () => newest.origin
  return (seq) => (epochs.findLast(({ firstSeq }) => firstSeq <= seq) ?? newest).origin
}

/** The number at the end of an origin; undefined when it is not written as we write it. */
export function epochNumber(origin: string): number | undefined {
  const digits = /\/(0|[1-9]\d{0,8})$/.exec(origin)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Whether `earlier` is the origin of an earlier epoch of the log whose origin is `origin`. */
export function isEarlierEpoch(earlier: string, origin: string): boolean {
  const before = epochNumber(earlier)
  const now = epochNumber(origin)
  if (before === undefined || now === undefined || before >= now) return false
  return earlier.slice(0, earlier.lastIndexOf('/')) === origin.slice(0, origin.lastIndexOf('/'))
}
