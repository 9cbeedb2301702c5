import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMicroseconds, microsecondsOf, parseRfc3339 } from './time.js'

const US_2026 = Date.UTC(2026, 10, 21, 2, 0, 0) * 1_000

describe('parseRfc3339', () => {
  it.each([
    ['2026-11-21T02:00:00Z', US_2026],
    ['2026-11-21t02:00:00z', US_2026],
    ['2026-11-21T02:00:00.1Z', US_2026 + 100_000],
    ['2026-11-21T02:00:00.123456Z', US_2026 + 123_456],
    ['2026-11-21T02:00:00.123456999Z', US_2026 + 123_456],
    ['2026-11-21T04:30:00+02:30', US_2026],
    ['2026-11-20T22:00:00-04:00', US_2026],
    ['2026-11-21T02:00:00-00:00', US_2026],
    ['2026-11-22T01:59:00+23:59', US_2026],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999999999Z', -1],
    ['1969-12-31T23:59:59.9999990Z', -1],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29) * 1_000],
    ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59) * 1_000],
    ['0001-01-01T00:00:00Z', Number.MIN_SAFE_INTEGER],
    ['9999-12-31T23:59:59.999999999Z', Number.MAX_SAFE_INTEGER],
    ['2255-06-05T23:47:34.740991Z', Number.MAX_SAFE_INTEGER],
    ['2255-06-05T23:47:34.740990Z', Number.MAX_SAFE_INTEGER - 1],
  ])('reads %s', (text, epochMicroseconds) => {
    expect(parseRfc3339(text)).toEqual({ epochMicroseconds })
  })

  it.each([
    ...['2026-02-30T00:00:00Z', '2026-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2100-02-29T00:00:00Z'],
    ...['2026-04-31T00:00:00Z', '2026-00-10T00:00:00Z', '2026-13-10T00:00:00Z', '2026-01-00T00:00:00Z'],
    ...['2026-01-32T00:00:00Z', '0000-01-01T00:00:00Z', '2026-11-21T24:00:00Z', '2026-11-21T23:60:00Z'],
    ...[
      '2026-11-21T23:59:60Z',
      '2026-11-21T23:59:61Z',
      '2026-11-21T02:00:00',
      '2026-11-21T02:00Z',
      '2026-11-21',
    ],
    ...[
      '2026-11-21 02:00:00Z',
      '2026-11-21T02:00:00,5Z',
      '2026-11-21T02:00:00.Z',
      '2026-11-21T02:00:00.1234567890Z',
    ],
    ...[
      '2026-11-21T02:00:00+0000',
      '2026-11-21T02:00:00+00',
      '2026-11-21T02:00:00+24:00',
      '2026-11-21T02:00:00+00:60',
    ],
    ...[
      '2026-11-21T02:00:00UTC',
      '2026-11-21T02:00:00Z[UTC]',
      '2026-11-21T02:00:00Z ',
      ' 2026-11-21T02:00:00Z',
      '',
    ],
    ...[
      '2026-W47-6T02:00:00Z',
      '2026-325T02:00:00Z',
      '20261121T020000Z',
      '1795226400',
      '1795226400000',
      '+2026-11-21T02:00:00Z',
    ],
    ...[
      '２026-11-21T02:00:00Z',
      '2026-11-21T02:00:00Z\n',
      '2026-1-21T02:00:00Z',
      '-001-11-21T02:00:00Z',
      '2026-11-21T2:00:00Z',
    ],
  ])('refuses %j', (text) => {
    expect(parseRfc3339(text)).toBeUndefined()
  })

  it('agrees with the calendar of Date on every day of five centuries', () => {
    for (let day = -100_000; day < 100_000; day++) {
      const text = new Date(day * 86_400_000).toISOString()
      if (parseRfc3339(text)?.epochMicroseconds !== day * 86_400_000_000) expect.fail(text)
    }
  })

  it('takes no day that Date would move to another month', () => {
    const part = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, '0'))
    const property = fc.property(
      fc.integer({ min: 1700, max: 2250 }),
      part(14),
      part(33),
      (year, month, day) => {
        const text = `${year}-${month}-${day}T00:00:00Z`
        const date = new Date(Date.UTC(year, Number(month) - 1, Number(day)))
        const exists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
        expect(parseRfc3339(text) !== undefined).toBe(exists)
      },
    )
    fc.assert(property, { numRuns: 3_000 })
  })
})

describe('formatMicroseconds', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
    [US_2026 + 123_456, '2026-11-21T02:00:00.123456Z'],
    [Number.MAX_SAFE_INTEGER, '2255-06-05T23:47:34.740991Z'],
    [Number.MIN_SAFE_INTEGER, '1684-07-28T00:12:25.259009Z'],
  ])('writes %d as %s', (us, text) => {
    expect(formatMicroseconds(us)).toBe(text)
    expect(microsecondsOf(text)).toBe(us)
  })

  it('agrees with the calendar of Date on every day from 1700 to 2243', () => {
    for (let day = -98_615; day < 100_000; day++) {
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10)
      if (!formatMicroseconds(day * 86_400_000_000).startsWith(date)) expect.fail(date)
    }
  })

  it('agrees with Date to the millisecond, and comes back through both readers', () => {
    const property = fc.property(fc.maxSafeInteger(), (us) => {
      const text = formatMicroseconds(us)
      expect(text.slice(0, 23)).toBe(new Date(Math.floor(us / 1_000)).toISOString().slice(0, 23))
      expect(microsecondsOf(text)).toBe(us)
      expect(parseRfc3339(text)).toEqual({ epochMicroseconds: us })
    })
    fc.assert(property, { numRuns: 10_000 })
  })

  it('sorts as text in the order of time', () => {
    const property = fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
      expect(formatMicroseconds(a) < formatMicroseconds(b)).toBe(a < b)
    })
    fc.assert(property)
  })

  it.each([Number.NaN, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.POSITIVE_INFINITY])('throws for %d', (us) => {
    expect(() => formatMicroseconds(us)).toThrow(RangeError)
  })
})

describe('microsecondsOf', () => {
  it.each([
    ...['2026-11-21T02:00:00.12345Z', '2026-11-21T02:00:00Z', '2026-02-30T02:00:00.123456Z', ''],
    ...['2026-11-21T02:00:00.123456z', '2026-11-21t02:00:00.123456Z', '2026-11-21T24:00:00.000000Z'],
    ...['2026-11-21T02:00:60.123456Z', '2026-11-21T02:00:00.12345xZ', '9999-11-21T02:00:00.123456Z'],
  ])('throws for %j, which the server never writes', (text) => {
    expect(() => microsecondsOf(text)).toThrow(RangeError)
  })
})
