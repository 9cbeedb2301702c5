import { describe, expect, it } from 'vitest'
import { RetentionClock } from './retention-clock.js'

const HOUR = 3_600_000
const NOON = Date.UTC(2026, 10, 21, 12)

describe('the clock of retention', () => {
  it('confirms what was said an hour ago, and nothing before', () => {
    const clock = new RetentionClock(HOUR)
    expect(clock.look({ wallMs: NOON, steadyMs: 5 })).toBeUndefined()
    expect(clock.look({ wallMs: NOON + HOUR - 1, steadyMs: HOUR + 4 })).toBeUndefined()
    expect(clock.look({ wallMs: NOON + HOUR, steadyMs: HOUR + 5 })).toBe(NOON)
    expect(clock.look({ wallMs: NOON + 9 * HOUR, steadyMs: 9 * HOUR + 5 })).toBe(NOON)
  })

  it.each([1_000 * 90, HOUR, 365 * 24 * HOUR, 100 * 365 * 24 * HOUR, -HOUR])(
    'begins anew when the clock jumps by %d ms',
    (jump) => {
      const clock = new RetentionClock(HOUR)
      clock.look({ wallMs: NOON, steadyMs: 0 })
      expect(clock.look({ wallMs: NOON + HOUR + jump, steadyMs: HOUR })).toBeUndefined()
      expect(clock.look({ wallMs: NOON + 1.5 * HOUR + jump, steadyMs: 1.5 * HOUR })).toBeUndefined()
      // Back again it begins once more.
      expect(clock.look({ wallMs: NOON + 2 * HOUR, steadyMs: 2 * HOUR })).toBeUndefined()
      expect(clock.look({ wallMs: NOON + 3 * HOUR, steadyMs: 3 * HOUR })).toBe(NOON + 2 * HOUR)
    },
  )
})
