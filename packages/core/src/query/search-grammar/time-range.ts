import { formatMicroseconds, parseRfc3339 } from '../../entry/time.js'
import type { TimeKey } from './key-table.js'
import type { SearchReport } from './problem.js'
import type { TermValue } from './terms.js'

/** Microseconds since 1970, both bounds inclusive. */
export interface TimeRange {
  readonly from?: number
  readonly to?: number
}

/** What a text like `2014-07` stands for: its first and its last microsecond, which may be one. */
interface Interval {
  readonly first: number
  readonly last: number
}

const SECOND_US = 1_000_000
const DAY_US = 86_400 * SECOND_US
const UNITS_US: Readonly<Record<string, number>> = {
  s: SECOND_US,
  m: 60 * SECOND_US,
  h: 3_600 * SECOND_US,
  d: DAY_US,
  w: 7 * DAY_US,
}
const AGO = /^-?(\d{1,6})([smhdw])$/i
const CALENDAR =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?([Zz]|[+-]\d\d:\d\d)?$/

/** Reads the value of `created:`, `since:` or `until:`; undefined when it is no time, and the report says why. */
export function readTimeRange(
  key: TimeKey,
  value: TermValue,
  now: number,
  report: SearchReport,
): TimeRange | undefined {
  const text = value.raw.slice(value.operator.length)
  if (key !== 'created' && (value.operator !== '' || text.includes('..')))
    return report.add(value, `“${key}” takes one moment; created: takes ranges and comparisons.`)
  const ends = text.split('..')
  if (ends.length === 2 && value.operator === '') return readEnds(ends[0]!, ends[1]!, value, now, report)
  const interval = readInterval(text, now)
  if (interval === undefined) return report.add(value, unreadable(text))
  if (key === 'since') return { from: interval.first }
  if (key === 'until') return { to: interval.last }
  // `created:-7d` is the last seven days, not the one microsecond seven days ago.
  if (value.operator === '' && AGO.test(text)) return { from: interval.first }
  return compared(value, interval)
}

function readEnds(
  start: string,
  end: string,
  value: TermValue,
  now: number,
  report: SearchReport,
): TimeRange | undefined {
  const first = start === '*' ? undefined : readInterval(start, now)
  const last = end === '*' ? undefined : readInterval(end, now)
  if (start !== '*' && first === undefined) return report.add(value, unreadable(start))
  if (end !== '*' && last === undefined) return report.add(value, unreadable(end))
  return { ...(first && { from: first.first }), ...(last && { to: last.last }) }
}

function compared({ operator }: TermValue, { first, last }: Interval): TimeRange {
  switch (operator) {
    case '>=':
      return { from: first }
    case '>':
      return { from: safe(last + 1) }
    case '<=':
      return { to: last }
    case '<':
      return { to: safe(first - 1) }
    default:
      return { from: first, to: last }
  }
}

function readInterval(text: string, now: number): Interval | undefined {
  const word = text.toLowerCase()
  const today = Math.floor(now / DAY_US) * DAY_US
  if (word === 'now') return { first: now, last: now }
  if (word === 'today') return { first: today, last: today + DAY_US - 1 }
  if (word === 'yesterday') return { first: today - DAY_US, last: today - 1 }
  const ago = AGO.exec(word)
  if (ago === null) return readCalendar(text)
  const moment = safe(now - Number(ago[1]) * UNITS_US[ago[2]!]!)
  return { first: moment, last: moment }
}

/** A year, month, day, hour, minute, second or fraction, as long as it is precise; UTC without an offset. */
function readCalendar(text: string): Interval | undefined {
  const match = CALENDAR.exec(text)
  if (match === null) return undefined
  const [, year = '', month, day, hour, minute, second, fraction, offset = 'Z'] = match
  const clock = `${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}.${fraction ?? '0'}${offset}`
  const start = (y: string, m: string, d: string) =>
    parseRfc3339(`${y}-${m}-${d}T${clock}`)?.epochMicroseconds
  const first = start(year, month ?? '01', day ?? '01')
  if (first === undefined) return undefined
  if (month === undefined) return upTo(first, start(nextYear(year), '01', '01'))
  if (day === undefined) {
    const next =
      month === '12' ? start(nextYear(year), '01', '01') : start(year, twoDigits(Number(month) + 1), '01')
    return upTo(first, next)
  }
  return { first, last: safe(first + precision(hour, minute, second, fraction) - 1) }
}

/** Up to the next year or month; the last one that can be written has none. */
function upTo(first: number, next: number | undefined): Interval {
  return { first, last: next === undefined ? Number.MAX_SAFE_INTEGER : safe(next - 1) }
}

function precision(hour?: string, minute?: string, second?: string, fraction?: string): number {
  if (fraction !== undefined) return 10 ** Math.max(0, 6 - fraction.length)
  if (second !== undefined) return SECOND_US
  if (minute !== undefined) return 60 * SECOND_US
  return hour === undefined ? DAY_US : 3_600 * SECOND_US
}

function nextYear(year: string): string {
  return String(Number(year) + 1).padStart(4, '0')
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}

/** Far beyond any entry, microseconds are no exact numbers: the bound stays at the last that is. */
function safe(us: number): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, us))
}

function unreadable(text: string): string {
  return `“${text.slice(0, 40)}” is no time. Write 2014-07-08, 2014-07, 2014-07-08T10:00:00Z, or 7d for seven days ago.`
}

/** The range as `created:` reads it, `''` without bounds; whole days and seconds are written short. */
export function printTimeRange({ from, to }: TimeRange): string {
  if (from !== undefined && to !== undefined) return `created:${printFirst(from)}..${printLast(to)}`
  if (from !== undefined) return `created:>=${printFirst(from)}`
  return to === undefined ? '' : `created:<=${printLast(to)}`
}

function printFirst(us: number): string {
  return shortened(us, us)
}

function printLast(us: number): string {
  return shortened(us, us + 1)
}

/** As many digits of `us` as name a period that starts, or ends, where `edge` lies. */
function shortened(us: number, edge: number): string {
  const text = formatMicroseconds(us)
  if (!Number.isSafeInteger(edge)) return text
  if (edge % DAY_US === 0) return text.slice(0, '2014-07-08'.length)
  return edge % SECOND_US === 0 ? `${text.slice(0, '2014-07-08T10:00:00'.length)}Z` : text
}
