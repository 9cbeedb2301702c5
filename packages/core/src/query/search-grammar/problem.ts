/** What a search text gets wrong and where, so that the page can underline it. Offsets count UTF-16 units. */
export interface SearchProblem {
  readonly start: number
  /** Exclusive; equal to `start` when something is missing there. */
  readonly end: number
  /** One sentence for a person: what is wrong and what to write instead. */
  readonly message: string
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** More would not help a person, and answers stay small. */
export const SEARCH_PROBLEMS_MAX = 20

/** Gathers problems in the order in which they are found. */
export class SearchReport {
  readonly problems: SearchProblem[] = []

  /** Nobody will see another problem: there is no use in looking for one. */
  get isFull(): boolean {
    return this.problems.length >= SEARCH_PROBLEMS_MAX
  }

  /** Returns undefined, for `return report.add(…)` where nothing can be made of the text. */
  add({ start, end }: Span, message: string): undefined {
    this.problems.push({ start, end, message })
    return undefined
  }
}
