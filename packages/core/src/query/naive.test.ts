import { describe, expect, it } from 'vitest'
import type { Entry, LogName } from '../entry/entry.js'
import { microsecondsOf, parseRfc3339 } from '../entry/time.js'
import { placeOf } from './match.js'
import { bucketStart, naiveCount, naiveFacets, naiveHistogram, naivePage } from './naive.js'
import type { HistogramInterval, Order } from './query.js'
import { OTHER_LOGS, RANDOM_LOG, randomEntries, seededRandom } from './testing/random-query.js'

const random = seededRandom(5)
const own = randomEntries(random, 100)
const foreign = OTHER_LOGS.flatMap((log) => randomEntries(random, 20, log))
const everything = [...foreign, ...own]

/** The log, read page by page. */
function readThrough(log: LogName, order: Order, limit: number): readonly Entry[] {
  const read: Entry[] = []
  for (;;) {
    const last = read.at(-1)
    const page = naivePage({ log, order, limit, ...(last && { after: placeOf(last) }) }, everything)
    if (page.length === 0) return read
    // An entry that shows twice would let this go on for ever.
    if (read.length > own.length) throw new Error('More entries were read than there are.')
    read.push(...page)
  }
}

describe('naivePage', () => {
  it.each([1, 7, 1_000])(
    'visits each entry of the log once, %d at a time, although many share a time',
    (limit) => {
      expect(readThrough(RANDOM_LOG, 'oldest_first', limit)).toEqual(own)
      expect(readThrough(RANDOM_LOG, 'newest_first', limit)).toEqual(own.toReversed())
    },
  )
})

it('count, histogram and facets agree on how many there are', () => {
  const selection = { log: RANDOM_LOG, filter: { op: 'severity_at_least', severity: 'warning' } } as const
  const total = naiveCount(selection, everything)
  expect(total).toBeGreaterThan(0)
  expect(total).toBe(naivePage({ ...selection, order: 'newest_first', limit: 1_000 }, everything).length)
  const buckets = naiveHistogram(selection, 'hour', everything)
  expect(buckets.map(({ start }) => start)).toEqual(
    buckets.map(({ start }) => start).toSorted((a, b) => a - b),
  )
  expect(buckets.reduce((sum, bucket) => sum + bucket.total, 0)).toBe(total)
  const bySeverity = buckets.flatMap((bucket) => Object.values(bucket.by_severity))
  expect(bySeverity.reduce((sum, number) => sum + number, 0)).toBe(total)
  const facets = naiveFacets(selection, 'severity', 1_000, everything)
  expect(facets.reduce((sum, facet) => sum + facet.count, 0)).toBe(total)
})

it('facets leave out the empty value, put frequent values first and equal ones by code point', () => {
  const values = ['b', '😀', 'ﬀ', 'a', '', 'b']
  const entries = values.map((id) => ({ ...own[0]!, workspace: { id } }))
  expect(naiveFacets({ log: RANDOM_LOG }, 'workspace.id', 4, entries)).toEqual([
    { value: 'b', count: 2 },
    { value: 'a', count: 1 },
    { value: 'ﬀ', count: 1 },
    { value: '😀', count: 1 },
  ])
})

describe('bucketStart', () => {
  it.each<[HistogramInterval, string, string]>([
    ['second', '2026-11-21T02:17:59.999999Z', '2026-11-21T02:17:59.000000Z'],
    ['minute', '2026-11-21T02:17:59.999999Z', '2026-11-21T02:17:00.000000Z'],
    ['five_minutes', '2026-11-21T02:17:59.999999Z', '2026-11-21T02:15:00.000000Z'],
    ['fifteen_minutes', '2026-11-21T02:17:59.999999Z', '2026-11-21T02:15:00.000000Z'],
    ['hour', '2026-11-21T02:17:59.999999Z', '2026-11-21T02:00:00.000000Z'],
    ['six_hours', '2026-11-21T19:17:59.999999Z', '2026-11-21T18:00:00.000000Z'],
    ['day', '2026-11-21T02:17:59.999999Z', '2026-11-21T00:00:00.000000Z'],
    ['week', '2026-11-22T23:59:59.999999Z', '2026-11-16T00:00:00.000000Z'],
    ['week', '2026-11-23T00:00:00.000000Z', '2026-11-23T00:00:00.000000Z'],
    ['month', '2026-02-28T23:59:59.999999Z', '2026-02-01T00:00:00.000000Z'],
    ['month', '2026-03-01T00:00:00.000000Z', '2026-03-01T00:00:00.000000Z'],
    ['month', '1969-12-31T23:59:59.999999Z', '1969-12-01T00:00:00.000000Z'],
    ['week', '1970-01-01T00:00:00.000000Z', '1969-12-29T00:00:00.000000Z'],
  ])('of a %s holds %s from %s on', (interval, moment, start) => {
    const us = parseRfc3339(moment)!.epochMicroseconds
    expect(bucketStart(us, interval)).toBe(microsecondsOf(start))
  })
})
