import { expect, it } from 'vitest'
import { clockOf, startOf } from './time.js'

const NOON = Date.UTC(2026, 10, 21, 12)

it.each([
  ['1h', '2026-11-21T11:00:00.000Z'],
  ['7d', '2026-11-14T12:00:00.000Z'],
  ['all', undefined],
  ['custom', undefined],
] as const)('a span of %s that ends at noon begins at %s', (range, start) => {
  expect(startOf(range, NOON)).toBe(start)
})

it.each([
  ['utc', 'UTC', '12:00:00'],
  ['Europe/Zurich', 'Europe/Zurich', '13:00:00'],
])('a clock of %s shows times of %s', (asked, zone, time) => {
  const clock = clockOf(asked)
  expect(clock.zone).toBe(zone)
  expect(clock.show(new Date(NOON).toISOString())).toContain(time)
})

it('a zone that is none leaves the browser its own', () => {
  expect(clockOf('Nowhere/Land').zone).toBe(clockOf(null).zone)
})
