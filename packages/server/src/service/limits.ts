import type { RateLimits } from '../limits/rate-limiter.js'
import type { ReadingShares } from '../reading/fair-turns.js'
import type { Settings } from '../settings/settings.js'

const UNLIMITED = { perMinute: 0, perSecond: 0 }

/** The limits that the settings name. */
export function rateLimits(settings: Settings): RateLimits {
  if (settings.rate_limits === 'off')
    return { test: UNLIMITED, live: UNLIMITED, elevated: UNLIMITED, recording: UNLIMITED }
  return {
    test: { perMinute: settings.rate_test_per_minute, perSecond: settings.rate_test_per_second },
    live: { perMinute: settings.rate_live_per_minute, perSecond: settings.rate_live_per_second },
    elevated: { perMinute: settings.rate_elevated_per_minute, perSecond: settings.rate_elevated_per_second },
    recording: {
      perMinute: settings.rate_recording_per_minute,
      perSecond: settings.rate_recording_per_second,
    },
  }
}

/** The shares of reading that the settings name. */
export function readingShares(settings: Settings): ReadingShares {
  return {
    readsAtOnce: settings.organization_reads,
    readsWaiting: settings.organization_reads_waiting,
    searchesAtOnce: settings.organization_searches,
    exportsAtOnce: settings.organization_exports,
  }
}
