import { expect, test } from 'vitest'
import { MINUTE_MS, RateLimiter, type RateLimits } from './rate-limiter.js'
import { SlidingWindow, WINDOW_SLOTS } from './sliding-window.js'

const LIMITS: RateLimits = {
  test: { perMinute: 60, perSecond: 10 },
  live: { perMinute: 300, perSecond: 50 },
  elevated: { perMinute: 1_200, perSecond: 100 },
  recording: { perMinute: 0, perSecond: 0 },
}
const UNIX_MS = 1_795_000_000_000

/** A limiter whose time the test moves. */
function openLimiter(limits: RateLimits = LIMITS) {
  let nowMs = 12_345
  const limiter = new RateLimiter(limits, { elapsedMs: () => nowMs, unixMs: () => UNIX_MS + nowMs })
  return {
    limiter,
    wait: (ms: number) => {
      nowMs += ms
    },
    unixS: () => (UNIX_MS + nowMs) / 1_000,
  }
}

test('lets through what the minute and the second allow, and says how much is left', () => {
  const { limiter, wait } = openLimiter()
  for (let i = 0; i < 60; i++) {
    const standing = limiter.take('k', 'test')
    expect(standing).toMatchObject({ limit: 60, remaining: 59 - i })
    expect(standing).not.toHaveProperty('retryAfterS')
    if (i % 10 === 9) wait(1_000)
  }
  expect(limiter.take('k', 'test')).toMatchObject({
    limit: 60,
    remaining: 0,
    retryAfterS: expect.any(Number),
  })
})

test.each(['test', 'live', 'elevated'] as const)('allows bursts of %s up to the second, no more', (tier) => {
  const { limiter, wait } = openLimiter()
  const { perSecond } = LIMITS[tier]
  for (let i = 0; i < perSecond; i++) expect(limiter.take('k', tier)).not.toHaveProperty('retryAfterS')
  expect(limiter.take('k', tier)).toMatchObject({ retryAfterS: 1 })
  wait(1_000)
  expect(limiter.take('k', tier)).not.toHaveProperty('retryAfterS')
})

test('waiting as long as it says is enough, and needed', () => {
  const { limiter, wait } = openLimiter({ ...LIMITS, test: { perMinute: 60, perSecond: 0 } })
  for (let i = 0; i < 60; i++) {
    limiter.take('k', 'test')
    wait(137)
  }
  const refused = limiter.take('k', 'test')
  const retryAfterS = refused?.retryAfterS as number
  // 60 × 137 ms have passed since the first request of the minute.
  expect(retryAfterS).toBe(Math.ceil((MINUTE_MS - 60 * 137) / 1_000))
  wait((retryAfterS - 2) * 1_000)
  expect(limiter.take('k', 'test')).toHaveProperty('retryAfterS')
  wait(2_000)
  expect(limiter.take('k', 'test')).not.toHaveProperty('retryAfterS')
})

test('the reset is when all is free again', () => {
  const { limiter, wait, unixS } = openLimiter()
  for (let i = 0; i < 10; i++) limiter.take('k', 'test')
  const { resetS } = limiter.take('k', 'live') as { resetS: number }
  expect(resetS).toBeGreaterThan(unixS() + 58)
  expect(resetS).toBeLessThanOrEqual(Math.ceil(unixS() + 60))
  wait(resetS * 1_000 - unixS() * 1_000)
  expect(limiter.take('k', 'live')).toMatchObject({ remaining: 299 })
})

test('keys and tiers are counted apart, and a tier without limits not at all', () => {
  const { limiter } = openLimiter()
  for (let i = 0; i < 11; i++) limiter.take('a', 'test')
  expect(limiter.take('a', 'test')).toHaveProperty('retryAfterS')
  expect(limiter.take('b', 'test')).toMatchObject({ remaining: 59 })
  expect(limiter.take('a', 'live')).toMatchObject({ remaining: 299 })
  for (let i = 0; i < 10_000; i++) expect(limiter.take('a', 'recording')).toBe(undefined)
})

test('a key that sends nothing is forgotten', () => {
  const { limiter, wait } = openLimiter()
  for (let i = 0; i < 1_000; i++) limiter.take(`key ${i}`, 'live')
  expect(limiter.rememberedKeys).toBe(1_000)
  for (let i = 0; i < 5; i++) {
    wait(40_000)
    // Whoever goes on is remembered over the turn.
    const { remaining } = limiter.take('key 7', 'live') as { remaining: number }
    expect(remaining).toBe(298)
  }
  expect(limiter.rememberedKeys).toBe(1)
})

test('a window counts as an exact one does, but for a slot', () => {
  const windowMs = 6_000
  const limit = 25
  const window = new SlidingWindow(limit, windowMs)
  const admitted: number[] = []
  let nowMs = 0
  const counted = (lengthMs: number) => admitted.filter((time) => time > nowMs - lengthMs).length
  let random = Number(process.env.SEED ?? 1)
  const next = () => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    return random / 2 ** 32
  }
  let refused = 0
  for (let i = 0; i < 20_000; i++) {
    nowMs += Math.floor(next() < 0.01 ? next() * 2 * windowMs : next() * 300)
    if (window.msUntilRoom(nowMs) === 0) {
      expect(counted(windowMs - windowMs / WINDOW_SLOTS)).toBeLessThan(limit)
      window.add(nowMs)
      admitted.push(nowMs)
    } else {
      refused++
      expect(counted(windowMs)).toBeGreaterThanOrEqual(limit)
    }
    if (admitted.length > 100) admitted.splice(0, 50)
  }
  expect(refused).toBeGreaterThan(1_000)
  expect(admitted.length).toBeGreaterThan(10)
})
