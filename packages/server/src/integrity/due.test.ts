import { expect, test } from 'vitest'
import { latestDue, parseTimeOfDay } from './due.js'

const at = (iso: string) => Date.parse(iso)

test.each([
  ['03:00', '2026-11-21T03:00:00.000Z', '2026-11-21T03:00:00.000Z'],
  ['03:00', '2026-11-21T02:59:59.999Z', '2026-11-20T03:00:00.000Z'],
  ['03:00', '2026-11-21T23:59:59.999Z', '2026-11-21T03:00:00.000Z'],
  ['00:00', '2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  ['23:59', '2026-01-01T00:00:00.000Z', '2025-12-31T23:59:00.000Z'],
])('of %s at %s, it was last due at %s', (time, now, due) => {
  expect(new Date(latestDue(parseTimeOfDay(time) as number, at(now))).toISOString()).toBe(due)
})

test.each(['off', '', '3:00', '24:00', '12:60', '03:00:00', ' 03:00'])('"%s" is no time of day', (text) => {
  expect(parseTimeOfDay(text)).toBeUndefined()
})
