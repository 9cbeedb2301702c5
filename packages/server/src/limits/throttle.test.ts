import { expect, test } from 'vitest'
import { Throttle } from './throttle.js'

const MINUTE_MS = 60_000

function openThrottle(attemptsMax = 5, windowMs = MINUTE_MS) {
  let nowMs = 12_345
  const throttle = new Throttle({ attemptsMax, windowMs }, () => nowMs)
  return {
    throttle,
    wait: (ms: number) => {
      nowMs += ms
    },
    isLetThrough: (who: string): boolean => {
      try {
        throttle.take(who)
        return true
      } catch {
        return false
      }
    },
  }
}

test('lets through as many as it may, each account or address by itself', () => {
  const { throttle, isLetThrough } = openThrottle()
  for (let i = 0; i < 5; i++) expect(isLetThrough('a')).toBe(true)
  expect(() => throttle.take('a')).toThrow(
    expect.objectContaining({ code: 'rate_limit_exceeded', retryAfterS: expect.any(Number) }),
  )
  expect(isLetThrough('b')).toBe(true)
})

test.each([5, 50])('allows no more than %d in any minute, wherever the minute begins', (attemptsMax) => {
  const { wait, isLetThrough } = openThrottle(attemptsMax)
  const lettingThrough: number[] = []
  let nowMs = 0
  // Bursts at an uneven pace for ten minutes, most of them just before and just after whole minutes.
  for (let step = 0; step < 600; step++) {
    for (let i = 0; i < attemptsMax; i++) if (isLetThrough('a')) lettingThrough.push(nowMs)
    const ms = step % 7 === 0 ? 1 : 997
    wait(ms)
    nowMs += ms
  }
  const slotMs = MINUTE_MS / 60
  lettingThrough.forEach((atMs, i) => {
    const before = lettingThrough.slice(0, i).filter((ms) => ms > atMs - MINUTE_MS + slotMs)
    expect(before.length).toBeLessThan(attemptsMax)
  })
  expect(lettingThrough.length).toBeGreaterThan(7 * attemptsMax)
})

test('waiting as long as it says is enough, however often somebody was refused meanwhile', () => {
  const { throttle, wait, isLetThrough } = openThrottle()
  for (let i = 0; i < 5; i++) throttle.take('a')
  let seconds = 0
  try {
    throttle.take('a')
  } catch (error) {
    seconds = (error as { retryAfterS: number }).retryAfterS
  }
  for (let i = 0; i < 1_000; i++) expect(isLetThrough('a')).toBe(false)
  wait((seconds - 2) * 1_000)
  expect(isLetThrough('a')).toBe(false)
  wait(2_000)
  expect(isLetThrough('a')).toBe(true)
})

test('forgets who has not come for two windows', () => {
  const { throttle, wait } = openThrottle()
  for (let i = 0; i < 10_000; i++) throttle.take(`somebody-${i}`)
  expect(throttle.remembered).toBe(10_000)
  wait(2 * MINUTE_MS + 1)
  throttle.take('somebody-else')
  expect(throttle.remembered).toBe(1)
})
