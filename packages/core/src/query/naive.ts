import type { Entry, Severity } from '../entry/entry.js'
import { microsecondsOf } from '../entry/time.js'
import { fieldText } from './fields.js'
import { comparePlaces, placeOf, selects } from './match.js'
import type {
  FacetField,
  FacetValue,
  HistogramBucket,
  HistogramInterval,
  PageQuery,
  Selection,
} from './query.js'

// The answers of every read, worked out from a plain list of entries: clear rather than fast. Engines are
// tested against these, and small stores may answer with them.

/** The page's entries in its order, at most `limit` of them. */
export function naivePage(query: PageQuery, entries: readonly Entry[]): Entry[] {
  const direction = query.order === 'oldest_first' ? 1 : -1
  const { after } = query
  return entries
    .filter((entry) => selects(query, entry))
    .map((entry) => ({ entry, place: placeOf(entry) }))
    .filter(({ place }) => after === undefined || direction * comparePlaces(place, after) > 0)
    .sort((a, b) => direction * comparePlaces(a.place, b.place))
    .slice(query.offset ?? 0, (query.offset ?? 0) + query.limit)
    .map(({ entry }) => entry)
}

export function naiveCount(selection: Selection, entries: readonly Entry[]): number {
  return entries.filter((entry) => selects(selection, entry)).length
}

/** Buckets that hold an entry, oldest first; `by_severity` names the severities that occur. */
export function naiveHistogram(
  selection: Selection,
  interval: HistogramInterval,
  entries: readonly Entry[],
): HistogramBucket[] {
  const buckets = new Map<number, { total: number; by_severity: Partial<Record<Severity, number>> }>()
  for (const entry of entries) {
    if (!selects(selection, entry)) continue
    const start = bucketStart(microsecondsOf(entry.recorded_at), interval)
    const bucket = buckets.get(start) ?? { total: 0, by_severity: {} }
    bucket.total += 1
    bucket.by_severity[entry.severity] = (bucket.by_severity[entry.severity] ?? 0) + 1
    buckets.set(start, bucket)
  }
  return [...buckets].map(([start, bucket]) => ({ start, ...bucket })).sort((a, b) => a.start - b.start)
}

/**
 * The field's most frequent values and how many selected entries have each; entries without a value are not
 * counted. Most frequent first, equal counts by code point, which is the order of UTF-8 bytes.
 */
export function naiveFacets(
  selection: Selection,
  field: FacetField,
  limit: number,
  entries: readonly Entry[],
): FacetValue[] {
  const counts = new Map<string, number>()
  for (const entry of entries) {
    const value = fieldText(entry, field)
    if (value === '' || !selects(selection, entry)) continue
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compareCodePoints(a.value, b.value))
    .slice(0, limit)
}

const FIXED_INTERVALS_US: Readonly<Record<Exclude<HistogramInterval, 'week' | 'month'>, number>> = {
  second: 1_000_000,
  minute: 60_000_000,
  five_minutes: 300_000_000,
  fifteen_minutes: 900_000_000,
  hour: 3_600_000_000,
  six_hours: 21_600_000_000,
  day: 86_400_000_000,
}
const WEEK_US = 7 * FIXED_INTERVALS_US.day
/** 1970-01-05, a Monday. */
const FIRST_MONDAY_US = 4 * FIXED_INTERVALS_US.day

/** Start of the bucket that holds the moment, in UTC. A week starts on Monday (ISO 8601), a month on its first. */
export function bucketStart(us: number, interval: HistogramInterval): number {
  if (interval === 'month') {
    const day = new Date(Math.floor(us / 1_000))
    return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1) * 1_000
  }
  if (interval === 'week') return FIRST_MONDAY_US + Math.floor((us - FIRST_MONDAY_US) / WEEK_US) * WEEK_US
  const width = FIXED_INTERVALS_US[interval]
  return Math.floor(us / width) * width
}

function compareCodePoints(a: string, b: string): number {
  // Compared by UTF-16 units, an emoji would sort before U+FB00: its first surrogate is U+D83D.
  const pointsA = Array.from(a)
  const pointsB = Array.from(b)
  for (let i = 0; i < Math.min(pointsA.length, pointsB.length); i++) {
    const difference = pointsA[i]!.codePointAt(0)! - pointsB[i]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return pointsA.length - pointsB.length
}
