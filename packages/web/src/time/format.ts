/** A moment's parts in a zone, as two or four digits. */
export interface ZonedParts {
  readonly year: string
  readonly month: string
  readonly day: string
  readonly hour: string
  readonly minute: string
  readonly second: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(zone, format)
  return format
}

/** `ms` since 1970 as it reads on a clock in `zone`. */
export function zonedParts(ms: number, zone: string): ZonedParts {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = value
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts
  return { year: year.padStart(4, '0'), month, day, hour, minute, second }
}

/** `2026-11-21 10:02:33`, the same everywhere in the world. */
export function dateTime(ms: number, zone: string): string {
  const { year, month, day, hour, minute, second } = zonedParts(ms, zone)
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`
}

/** The same with all the digits that a log's time has: `2026-11-21 10:02:33.123456`. */
export function exactTime(iso: string, zone: string): string {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  return `${dateTime(Date.parse(iso), zone)}${fraction === '' ? '' : `.${fraction}`}`
}

/** How long ago: `just now`, `5 min ago`, `3 days ago`. */
export function timeAgo(ms: number, now: number): string {
  const seconds = Math.round((now - ms) / 1_000)
  if (seconds < 10) return 'just now'
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? UNITS[UNITS.length - 1]!
  const count = Math.floor(seconds / length)
  return `${count} ${unit}${count === 1 || unit === 'min' || unit === 's' ? '' : 's'} ago`
}

const UNITS: readonly (readonly [unit: string, seconds: number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['min', 60],
  ['s', 1],
]

/** `1,234,567`. */
export function count(value: number): string {
  return COUNT.format(value)
}
const COUNT = new Intl.NumberFormat('en-US')

/** `1 entry`, `2 entries`. */
export function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
