import { dateTime } from './format.js'
import { momentOf, wallOf } from './zoned.js'

/** A window of time as a link says it: relative ones stay relative, so that tomorrow the link shows tomorrow's. */
export type Range =
  | { readonly kind: 'relative'; readonly name: string }
  | { readonly kind: 'absolute'; readonly from?: string; readonly to?: string }

/** Bounds in milliseconds, both inclusive; none where the log itself ends. */
export interface Bounds {
  readonly from?: number
  readonly to?: number
}

/** What the picker offers, in its order. */
export const SHORTCUTS = [
  ['hour', 'This hour'],
  ['today', 'Today'],
  ['yesterday', 'Yesterday'],
  ['2d', 'Last 2 days'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['90d', 'Last 90 days'],
  ['month', 'This month'],
  ['all', 'All time'],
] as const

export const DEFAULT_RANGE: Range = { kind: 'relative', name: '30d' }

const AGO = /^(\d{1,4})([mhdw])$/
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const UNIT_NAMES: Readonly<Record<string, string>> = { m: 'minutes', h: 'hours', d: 'days', w: 'weeks' }

/** The range of a link's parameters; the default for what means nothing. */
export function readRange(params: URLSearchParams): Range {
  const from = readMoment(params.get('from'))
  const to = readMoment(params.get('to'))
  if (from !== undefined || to !== undefined) {
    return {
      kind: 'absolute',
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    }
  }
  const name = params.get('range')
  return name !== null && isRelative(name) ? { kind: 'relative', name } : DEFAULT_RANGE
}

/** The parameters that say it. */
export function rangeParams(range: Range): Readonly<Record<'range' | 'from' | 'to', string | undefined>> {
  if (range.kind === 'absolute') return { range: undefined, from: range.from, to: range.to }
  const isDefault = DEFAULT_RANGE.kind === 'relative' && range.name === DEFAULT_RANGE.name
  return { range: isDefault ? undefined : range.name, from: undefined, to: undefined }
}

export function isRelative(name: string): boolean {
  return AGO.test(name) || SHORTCUTS.some(([known]) => known === name)
}

/** Where a range begins and ends when it is `now`; days, hours and months are those of `zone`. */
export function boundsOf(range: Range, now: number, zone: string): Bounds {
  if (range.kind === 'absolute') {
    return {
      ...(range.from === undefined ? {} : { from: Date.parse(range.from) }),
      ...(range.to === undefined ? {} : { to: Date.parse(range.to) }),
    }
  }
  const ago = AGO.exec(range.name)
  if (ago !== null) return { from: now - Number(ago[1]) * (UNIT_MS[ago[2] as string] as number) }
  const { year, month, day, hour } = wallOf(now, zone)
  const today = momentOf({ year, month, day }, zone)
  switch (range.name) {
    case 'hour':
      return { from: momentOf({ year, month, day, hour }, zone) }
    case 'today':
      return { from: today }
    case 'yesterday':
      return { from: momentOf({ year, month, day: day - 1 }, zone), to: today - 1 }
    case 'month':
      return { from: momentOf({ year, month, day: 1 }, zone) }
    default:
      return {}
  }
}

/** Of windows that are shorter, seconds are told. */
const SECONDS_BELOW_MS = 3_600_000

/** What the picker's button says; times in `zone`, with no day and no seconds more than it takes. */
export function rangeLabel(range: Range, zone: string): string {
  if (range.kind === 'relative') {
    const shortcut = SHORTCUTS.find(([name]) => name === range.name)
    const ago = AGO.exec(range.name)
    return shortcut?.[1] ?? (ago === null ? range.name : `Last ${ago[1]} ${UNIT_NAMES[ago[2] as string]}`)
  }
  const [from, to] = [range.from, range.to].map((iso) => (iso === undefined ? undefined : Date.parse(iso)))
  const isShort = from !== undefined && to !== undefined && to - from < SECONDS_BELOW_MS
  const write = (ms: number) => dateTime(ms, zone).slice(0, isShort ? 19 : 16)
  const begins = from === undefined ? 'the beginning' : write(from)
  const ends = to === undefined ? 'now' : write(to)
  const day = begins.slice(0, 11)
  return `${begins} – ${from !== undefined && ends.startsWith(day) ? ends.slice(day.length) : ends}`
}

/** A window of the same length, so many of its lengths later; undefined for one without both ends. */
export function shifted(bounds: Bounds, now: number, by: number): Range | undefined {
  const { from, to = now } = bounds
  if (from === undefined) return undefined
  const length = to - from
  return absolute(from + by * length, to + by * length)
}

/** A window around the same middle, `factor` times as long. */
export function scaled(bounds: Bounds, now: number, factor: number): Range | undefined {
  const { from, to = now } = bounds
  if (from === undefined) return undefined
  const middle = (from + to) / 2
  const half = Math.max(500, ((to - from) / 2) * factor)
  return absolute(middle - half, Math.min(now, middle + half))
}

export function absolute(from: number, to: number): Range {
  return { kind: 'absolute', from: isoOf(from), to: isoOf(to) }
}

function isoOf(ms: number): string {
  return new Date(Math.round(ms)).toISOString()
}

function readMoment(text: string | null): string | undefined {
  if (text === null || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}
