import { AppError } from '@counterfoil/core'
import { KeyedWindows } from './keyed-windows.js'
import { SlidingWindow } from './sliding-window.js'

/** How often something may be tried in any span of `windowMs`. */
export interface ThrottleLimit {
  readonly attemptsMax: number
  readonly windowMs: number
}

/**
 * Limits attempts of each account or address. The window slides: whoever waits for a fixed one to end could try twice
 * as often around its end. What is refused is not counted, so waiting as long as the refusal says is enough.
 */
export class Throttle {
  readonly #attempts: KeyedWindows<SlidingWindow>
  readonly #elapsedMs: () => number

  constructor({ attemptsMax, windowMs }: ThrottleLimit, elapsedMs: () => number = () => performance.now()) {
    this.#attempts = new KeyedWindows(windowMs, () => new SlidingWindow(attemptsMax, windowMs))
    this.#elapsedMs = elapsedMs
  }

  /** Accounts or addresses that are remembered. */
  get remembered(): number {
    return this.#attempts.size
  }

  /** Counts an attempt of `who`; throws `rate_limit_exceeded` when there have been as many as there may be. */
  take(who: string): void {
    const nowMs = this.#elapsedMs()
    const attempts = this.#attempts.of(who, nowMs)
    const waitMs = attempts.msUntilRoom(nowMs)
    if (waitMs === 0) {
      attempts.add(nowMs)
      return
    }
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000))
    throw new AppError('rate_limit_exceeded', {
      hint: `Too many attempts: wait ${seconds} seconds before you try again.`,
      retryAfterS: seconds,
    })
  }
}
