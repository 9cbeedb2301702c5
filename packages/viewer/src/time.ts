/** Spans that can be chosen, in hours; `all` and `custom` have none. */
export const RANGES = [
  { name: '1h', label: 'Last hour', hours: 1 },
  { name: '24h', label: 'Last 24 hours', hours: 24 },
  { name: '7d', label: 'Last 7 days', hours: 7 * 24 },
  { name: '30d', label: 'Last 30 days', hours: 30 * 24 },
  { name: '90d', label: 'Last 90 days', hours: 90 * 24 },
  { name: 'all', label: 'All time', hours: undefined },
  { name: 'custom', label: 'From … to …', hours: undefined },
] as const
export type RangeName = (typeof RANGES)[number]['name']

/** When a span that ends now begins, RFC 3339; undefined for all time. */
export function startOf(range: RangeName, nowMs: number): string | undefined {
  const hours = RANGES.find(({ name }) => name === range)?.hours
  return hours === undefined ? undefined : new Date(nowMs - hours * 3_600_000).toISOString()
}

/** Shows times in one zone. */
export interface Clock {
  readonly zone: string
  /** Day and time to the second. */
  show(time: string): string
}

/** A clock of a zone: `utc`, an IANA name, or the browser's own where it is neither. */
export function clockOf(zone: string | null): Clock {
  const asked = zone === null || zone === 'local' ? undefined : zone === 'utc' ? 'UTC' : zone
  const format = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    ...(asked !== undefined && isZone(asked) ? { timeZone: asked } : {}),
  })
  return {
    zone: format.resolvedOptions().timeZone,
    show: (time) => format.format(new Date(time)),
  }
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
