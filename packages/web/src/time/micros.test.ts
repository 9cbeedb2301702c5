import { describe, expect, it } from 'vitest'
import { exactIso, microsLater } from './micros.js'

describe('times of six digits', () => {
  it.each([
    ['2026-11-21T10:02:33Z', '2026-11-21T10:02:33.000000Z'],
    ['2026-11-21T10:02:33.5Z', '2026-11-21T10:02:33.500000Z'],
    ['2026-11-21T11:02:33.123456+01:00', '2026-11-21T10:02:33.123456Z'],
  ])('%s is written %s', (iso, exact) => expect(exactIso(iso)).toBe(exact))

  it.each([
    ['2026-11-21T10:02:33.123456Z', 1, '2026-11-21T10:02:33.123457Z'],
    ['2026-12-31T23:59:59.999999Z', 1, '2027-01-01T00:00:00.000000Z'],
    ['2027-01-01T00:00:00Z', -1, '2026-12-31T23:59:59.999999Z'],
    ['2026-11-21T10:02:33.000001Z', -1, '2026-11-21T10:02:33.000000Z'],
  ])('%s and %i more is %s', (iso, by, later) => expect(microsLater(iso, by)).toBe(later))
})
