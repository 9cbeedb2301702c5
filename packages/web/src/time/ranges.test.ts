import { describe, expect, it } from 'vitest'
import { boundsOf, type Range, rangeLabel, rangeParams, readRange, scaled, shifted } from './ranges.js'
import { momentOf } from './zoned.js'

const NOW = Date.parse('2026-03-29T10:20:30Z')
const ZONE = 'Europe/Zurich'
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
const named = (name: string): Range => ({ kind: 'relative', name })

describe('a range', () => {
  it.each([
    ['hour', '2026-03-29T10:00:00.000Z', undefined],
    // Clocks went forward in the night: the day begins an hour earlier than its noon suggests.
    ['today', '2026-03-28T23:00:00.000Z', undefined],
    ['yesterday', '2026-03-27T23:00:00.000Z', '2026-03-28T22:59:59.999Z'],
    ['month', '2026-02-28T23:00:00.000Z', undefined],
    ['7d', '2026-03-22T10:20:30.000Z', undefined],
    ['15m', '2026-03-29T10:05:30.000Z', undefined],
    ['all', undefined, undefined],
  ])('%s begins and ends where the clocks of the zone say', (name, from, to) => {
    const bounds = boundsOf(named(name), NOW, ZONE)
    expect([iso(bounds.from), iso(bounds.to)]).toEqual([from, to])
  })

  it.each([
    'range=7d',
    'range=all',
    'from=2026-01-01T00:00:00.000Z',
    'from=2026-01-01T00:00:00.000Z&to=2026-02-01T00:00:00.000Z',
    '',
  ])('is read from a link as it was written: %s', (query) => {
    const params = rangeParams(readRange(new URLSearchParams(query)))
    const written = new URLSearchParams(
      Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined),
    )
    expect(decodeURIComponent(written.toString())).toBe(query)
  })

  it.each(['range=30d', 'range=soon', 'from=yesterday'])('is the default for %s', (query) => {
    expect(readRange(new URLSearchParams(query))).toEqual(named('30d'))
  })

  it('moves by its own length, and grows around its middle', () => {
    const bounds = { from: NOW - 4_000, to: NOW - 2_000 }
    expect(shifted(bounds, NOW, -1)).toEqual({
      kind: 'absolute',
      from: iso(NOW - 6_000),
      to: iso(NOW - 4_000),
    })
    expect(scaled(bounds, NOW, 2)).toEqual({ kind: 'absolute', from: iso(NOW - 5_000), to: iso(NOW - 1_000) })
    expect(shifted({}, NOW, 1)).toBeUndefined()
  })
})

describe('the label of a range', () => {
  const label = (from: string | undefined, to?: string) =>
    rangeLabel({ kind: 'absolute', ...(from && { from }), ...(to && { to }) }, ZONE)

  it('names a day once, and seconds where they tell two times apart', () => {
    expect(label('2026-01-01T08:00:00Z', '2026-01-03T08:00:00Z')).toBe('2026-01-01 09:00 – 2026-01-03 09:00')
    expect(label('2026-01-01T08:00:00Z', '2026-01-01T09:00:00Z')).toBe('2026-01-01 09:00 – 10:00')
    expect(label('2026-01-01T08:00:05Z', '2026-01-01T08:00:40Z')).toBe('2026-01-01 09:00:05 – 09:00:40')
    expect(label('2026-01-01T08:00:00Z')).toBe('2026-01-01 09:00 – now')
    expect(label(undefined, '2026-01-01T08:00:00Z')).toBe('the beginning – 2026-01-01 09:00')
  })
})

describe('a time on a clock', () => {
  it.each([
    ['UTC', '2026-07-01T12:00:00.000Z'],
    ['Asia/Kolkata', '2026-07-01T06:30:00.000Z'],
    ['America/St_Johns', '2026-07-01T14:30:00.000Z'],
  ])('in %s is a moment', (zone, moment) => {
    expect(iso(momentOf({ year: 2026, month: 7, day: 1, hour: 12 }, zone))).toBe(moment)
  })
})
