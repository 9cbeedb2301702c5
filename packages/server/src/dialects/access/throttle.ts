import { AppError } from '@counterfoil/core'

/** Counts attempts of each account or address; memory is bounded by forgetting all when the window ends. */
export class Throttle {
  readonly #attemptsMax: number
  readonly #windowMs: number
  readonly #attempts = new Map<string, number>()
  #windowEndMs = 0

  constructor(attemptsMax: number, windowMs: number) {
    this.#attemptsMax = attemptsMax
    this.#windowMs = windowMs
  }

  /** Throws `rate_limit_exceeded` when `who` has no attempt left in this window. */
  take(who: string): void {
    const nowMs = performance.now()
    if (nowMs >= this.#windowEndMs) {
      this.#attempts.clear()
      this.#windowEndMs = nowMs + this.#windowMs
    }
    const attempts = (this.#attempts.get(who) ?? 0) + 1
    this.#attempts.set(who, attempts)
    if (attempts > this.#attemptsMax) {
      throw new AppError('rate_limit_exceeded', {
        hint: 'Wait a minute before signing in again.',
        retryAfterS: Math.ceil((this.#windowEndMs - nowMs) / 1_000),
      })
    }
  }
}
