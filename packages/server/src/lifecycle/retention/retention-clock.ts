/** What two clocks say at one moment. */
export interface Moment {
  /** Milliseconds since 1970; may jump. */
  readonly wallMs: number
  /** Milliseconds since some moment; never jumps. */
  readonly steadyMs: number
}

/** How far the clocks may drift apart between two looks. */
const DRIFT_MS_MAX = 60_000

/**
 * Tells until which time entries have certainly aged: what the clock said a while ago, if it has not jumped since. Whoever puts the
 * clock ahead makes nothing old: the watch begins anew, and an operator has that long to notice.
 */
export class RetentionClock {
  readonly #confirmMs: number
  #first: Moment | undefined
  #last: Moment | undefined

  /** `confirmMs`: how long the clock must have gone evenly. */
  constructor(confirmMs: number) {
    this.#confirmMs = confirmMs
  }

  /** Looks at the clocks; gives the time that is confirmed, in milliseconds since 1970, or undefined. */
  look(now: Moment): number | undefined {
    const last = this.#last
    this.#last = now
    const jumped =
      last !== undefined && Math.abs(now.wallMs - last.wallMs - (now.steadyMs - last.steadyMs)) > DRIFT_MS_MAX
    if (this.#first === undefined || jumped) this.#first = now
    return now.steadyMs - this.#first.steadyMs >= this.#confirmMs ? this.#first.wallMs : undefined
  }
}
