import { KeyedWindows } from './keyed-windows.js'
import { SlidingWindow } from './sliding-window.js'

/** What a request counts as. Recording is counted apart from everything else a key does. */
export const RATE_TIERS = ['test', 'live', 'elevated', 'recording'] as const
export type RateTier = (typeof RATE_TIERS)[number]

/** Requests of one key; 0 for no limit. */
export interface RateLimit {
  readonly perMinute: number
  readonly perSecond: number
}

export type RateLimits = Readonly<Record<RateTier, RateLimit>>

/** Where the time comes from. */
export interface RateClock {
  /** Milliseconds that never go back, since any moment. */
  readonly elapsedMs: () => number
  /** Wall clock, milliseconds since 1970. */
  readonly unixMs: () => number
}

/** How a key stands after a request. */
export interface RateStanding {
  readonly limit: number
  readonly remaining: number
  /** When `remaining` is `limit` again if nothing more is sent; seconds since 1970. */
  readonly resetS: number
  /** Only for a request that is refused: after so many seconds, at least 1, one is let through again. */
  readonly retryAfterS?: number
}

export const MINUTE_MS = 60_000
const SECOND_MS = 1_000

const SYSTEM_CLOCK: RateClock = { elapsedMs: () => performance.now(), unixMs: () => Date.now() }

/**
 * Limits requests by key: at most so many in any minute, and in any second. What is refused is not counted, so that
 * waiting as long as `retryAfterS` says is enough. A key that sent nothing for two minutes is forgotten.
 */
export class RateLimiter {
  readonly #tiers: Readonly<Record<RateTier, TierWindows>>
  readonly #clock: RateClock

  constructor(limits: RateLimits, clock: RateClock = SYSTEM_CLOCK) {
    this.#tiers = {
      test: new TierWindows(limits.test),
      live: new TierWindows(limits.live),
      elevated: new TierWindows(limits.elevated),
      recording: new TierWindows(limits.recording),
    }
    this.#clock = clock
  }

  /** Keys whose requests are remembered. */
  get rememberedKeys(): number {
    return RATE_TIERS.reduce((sum, tier) => sum + this.#tiers[tier].size, 0)
  }

  /** Counts one request of a key, or refuses it. Undefined when the tier has no limit. */
  take(keyId: string, tier: RateTier): RateStanding | undefined {
    const windows = this.#tiers[tier]
    if (!windows.limited) return undefined
    const nowMs = this.#clock.elapsedMs()
    const { minute, second } = windows.of(keyId, nowMs)
    const waitMs = Math.max(minute?.msUntilRoom(nowMs) ?? 0, second?.msUntilRoom(nowMs) ?? 0)
    if (waitMs === 0) {
      minute?.add(nowMs)
      second?.add(nowMs)
    }
    // The headers tell of the minute; of the second when that is the only limit.
    const told = (minute ?? second) as SlidingWindow
    return {
      limit: told.limit,
      remaining: told.remaining(nowMs),
      resetS: Math.ceil((this.#clock.unixMs() + told.msUntilEmpty(nowMs)) / 1_000),
      ...(waitMs === 0 ? {} : { retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)) }),
    }
  }
}

interface KeyWindows {
  readonly minute: SlidingWindow | undefined
  readonly second: SlidingWindow | undefined
}

/** The windows of a tier's keys. What was not used for a whole minute is forgotten. */
class TierWindows extends KeyedWindows<KeyWindows> {
  readonly limited: boolean

  constructor({ perMinute, perSecond }: RateLimit) {
    super(MINUTE_MS, () => ({
      minute: perMinute > 0 ? new SlidingWindow(perMinute, MINUTE_MS) : undefined,
      second: perSecond > 0 ? new SlidingWindow(perSecond, SECOND_MS) : undefined,
    }))
    this.limited = perMinute > 0 || perSecond > 0
  }
}
