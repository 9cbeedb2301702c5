import { parseRfc3339 } from '@counterfoil/core'

const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(?:[Zz]|([+\- ])(\d{2}):?(\d{2})?)?)?$/

/**
 * Microseconds since 1970 of an ISO 8601 date or date-time as clients write them in a query string; undefined for any
 * other text. Wider than RFC 3339: a bare date is its midnight, seconds may be left out, a blank may stand for the T,
 * the offset may lack its colon (`+0000`) or its minutes, and a time without offset is UTC. A blank before the offset
 * is a `+` that a client forgot to escape.
 */
export function readIsoTime(text: string): number | undefined {
  const match = ISO_TIME.exec(text)
  if (match === null) return undefined
  const [, date, minutes = '00:00', seconds = ':00', sign, offsetHours, offsetMinutes = '00'] = match
  const offset = sign === undefined ? 'Z' : `${sign === '-' ? '-' : '+'}${offsetHours}:${offsetMinutes}`
  return parseRfc3339(`${date}T${minutes}${seconds}${offset}`)?.epochMicroseconds
}
