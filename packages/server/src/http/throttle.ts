import { AppError } from '@counterfoil/core'

/** How often something may be tried. */
export interface ThrottleLimit {
  readonly attemptsMax: number
  readonly windowMs: number
}

/** Counts attempts of each account or address; memory is bounded by forgetting all when the window ends. */
export class Throttle {
  readonly #limit: ThrottleLimit
  readonly #attempts = new Map<string, number>()
  #windowEndMs = 0

  constructor(limit: ThrottleLimit) {
    this.#limit = limit
  }

  /** Throws `rate_limit_exceeded` when `who` has no attempt left in this window. */
  take(who: string): void {
    const nowMs = performance.now()
    if (nowMs >= this.#windowEndMs) {
      this.#attempts.clear()
      this.#windowEndMs = nowMs + this.#limit.windowMs
    }
    const attempts = (this.#attempts.get(who) ?? 0) + 1
    this.#attempts.set(who, attempts)
    if (attempts > this.#limit.attemptsMax) {
      const seconds = Math.max(1, Math.ceil((this.#windowEndMs - nowMs) / 1_000))
      throw new AppError('rate_limit_exceeded', {
        hint: `Too many attempts: wait ${seconds} seconds before you try again.`,
        retryAfterS: seconds,
      })
    }
  }
}
