/** Minutes after midnight, UTC. */
export type TimeOfDay = number

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

/** The last moment at or before `nowMs` that it was this time of day. Milliseconds since 1970. */
export function latestDue(at: TimeOfDay, nowMs: number): number {
  const sinceDue = (nowMs - at * MINUTE_MS) % DAY_MS
  return nowMs - (sinceDue < 0 ? sinceDue + DAY_MS : sinceDue)
}

/** `03:00` as minutes after midnight; undefined for `off`, and for what is no time of day. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes)
}
