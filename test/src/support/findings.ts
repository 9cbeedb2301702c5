/**
 * What a check can find wrong. `lost`: acknowledged, not there. `altered`: there with another content, place or hash.
 * `duplicated`: there twice. `order`: a gap, a fork or a reorder. `index`: the search index disagrees with the log.
 * `refused`: a request failed that had to succeed. `slow`: a bound on time was missed.
 */
export const FINDING_KINDS = [
  'lost',
  'altered',
  'duplicated',
  'order',
  'chain',
  'index',
  'refused',
  'slow',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

const TEXTS_MAX = 25

/** Collects what went wrong, so that a run tells all of it and not the first alone. */
export class Findings {
  readonly counts: Record<FindingKind, number> = {
    lost: 0,
    altered: 0,
    duplicated: 0,
    order: 0,
    chain: 0,
    index: 0,
    refused: 0,
    slow: 0,
  }
  /** The first of them in words. */
  readonly texts: string[] = []

  report(kind: FindingKind, text: string): void {
    this.counts[kind]++
    if (this.texts.length < TEXTS_MAX) this.texts.push(`${kind}: ${text}`)
  }

  get clean(): boolean {
    return Object.values(this.counts).every((count) => count === 0)
  }
}
