import { dateTime } from './format.js'
import { momentOf, wallOf } from './zoned.js'

// What `<input type="datetime-local">` holds, in a zone of the page's own choice.

export function writeLocal(ms: number, zone: string): string {
  return dateTime(ms, zone).replace(' ', 'T')
}

/** Undefined for nothing, and for what is no time. */
export function readLocal(text: string, zone: string): number | undefined {
  const ms = Date.parse(`${text}${text.length === 16 ? ':00' : ''}Z`)
  return Number.isNaN(ms) ? undefined : momentOf(wallOf(ms, 'UTC'), zone)
}
