import { zonedParts } from './format.js'

/** A day and a time of day, as numbers; months from 1. */
export interface Wall {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour?: number
  readonly minute?: number
  readonly second?: number
}

/** The moment at which clocks in `zone` show `wall`, in milliseconds; the first after it where a clock leaps over it. */
export function momentOf(wall: Wall, zone: string): number {
  const asUtc = utcOf(wall)
  // Twice: the offset may be another one at the moment that the first guess gives.
  const guess = asUtc - offsetAt(asUtc, zone)
  return asUtc - offsetAt(guess, zone)
}

export function wallOf(ms: number, zone: string): Required<Wall> {
  const { year, month, day, hour, minute, second } = zonedParts(ms, zone)
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  }
}

/** How far clocks in `zone` are ahead of UTC then, in milliseconds. */
function offsetAt(ms: number, zone: string): number {
  return utcOf(wallOf(ms, zone)) - Math.floor(ms / 1_000) * 1_000
}

function utcOf({ year, month, day, hour = 0, minute = 0, second = 0 }: Wall): number {
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
