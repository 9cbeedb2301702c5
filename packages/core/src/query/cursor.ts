import { canonicalFilter } from './canonical-filter.js'
import type { Order, PageQuery, Position } from './query.js'

/** The part of a query that a cursor belongs to. Times and limit may change from page to page. */
export type CursorScope = Pick<PageQuery, 'log' | 'order' | 'filter'>

export type CursorRefusal =
  /** No cursor of ours, or one that was cut short or changed. */
  | 'malformed'
  /** Ours, of a later version that this server does not know. */
  | 'unknown_version'
  | 'other_log'
  | 'other_order'
  | 'other_filter'

export type DecodedCursor =
  | { readonly ok: true; readonly after: Position }
  | { readonly ok: false; readonly reason: CursorRefusal }

/** What to tell the caller. */
export const CURSOR_REFUSALS: Readonly<Record<CursorRefusal, string>> = {
  malformed: 'The cursor is damaged. Pass on exactly the cursor that the previous page gave.',
  unknown_version: 'The cursor comes from another version of the server. Start again from the first page.',
  other_log: 'The cursor belongs to another log. Start again from the first page.',
  other_order: 'The cursor belongs to the opposite order. Start again from the first page.',
  other_filter: 'The cursor belongs to another filter. Keep the filter from page to page, or start again.',
}

const VERSION = '1'
const ORDER_LETTERS: Readonly<Record<Order, string>> = { newest_first: 'n', oldest_first: 'o' }
/** Base 36 is shorter than base 10 and exact for every safe integer. */
const RADIX = 36
const CURSOR_CHARS_MAX = 256
const CURSOR_TEXT =
  /^([0-9a-z]+)\.([no])\.(-?[0-9a-z]+)\.([0-9a-z]+)\.([0-9a-f]{16})\.([0-9a-f]{16})\.([0-9a-f]{16})$/

/**
 * An opaque cursor: the last place of a page, bound to the log, order and filter that it was read with.
 * Fingerprint and checksum find slips, such as a cursor sent along with another filter; they are no security
 * boundary, for anyone can compute them. Which log a caller may read comes from the key alone.
 */
export function encodeCursor(place: Position, scope: CursorScope): string {
  const fields = [
    VERSION,
    ORDER_LETTERS[scope.order],
    place.recorded_at.toString(RADIX),
    place.seq.toString(RADIX),
    logFingerprint(scope),
    filterFingerprint(scope),
  ].join('.')
  return toBase64Url(`${fields}.${fingerprint(fields)}`)
}

/** Reads a cursor for the query it is sent with. Whatever the text, it answers and never throws. */
export function decodeCursor(cursor: string, scope: CursorScope): DecodedCursor {
  const text = cursor.length <= CURSOR_CHARS_MAX ? fromBase64Url(cursor) : undefined
  const match = text === undefined ? null : CURSOR_TEXT.exec(text)
  if (text === undefined || match === null) return refuse('malformed')
  const [, version, order, recordedAt, seq, log, filter, checksum] = match
  if (checksum !== fingerprint(text.slice(0, -17))) return refuse('malformed')
  if (version !== VERSION) return refuse('unknown_version')
  if (log !== logFingerprint(scope)) return refuse('other_log')
  if (order !== ORDER_LETTERS[scope.order]) return refuse('other_order')
  if (filter !== filterFingerprint(scope)) return refuse('other_filter')
  const after = { recorded_at: Number.parseInt(recordedAt!, RADIX), seq: Number.parseInt(seq!, RADIX) }
  if (!Number.isSafeInteger(after.recorded_at) || !Number.isSafeInteger(after.seq)) return refuse('malformed')
  return { ok: true, after }
}

function refuse(reason: CursorRefusal): DecodedCursor {
  return { ok: false, reason }
}

function logFingerprint({ log }: CursorScope): string {
  return fingerprint(`${log.organization_id}/${log.mode}`)
}

function filterFingerprint({ filter }: CursorScope): string {
  return fingerprint(filter === undefined ? '' : canonicalFilter(filter))
}

const FNV_PRIME = 0x01000193

/** 64 bits as 16 hex digits: two FNV-1a lanes over UTF-16 units, started apart and mixed at the end. */
function fingerprint(text: string): string {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, FNV_PRIME)
    // The second lane sees the first one, or both would collide on the same texts.
    high = Math.imul(high ^ unit ^ (low >>> 13), FNV_PRIME)
  }
  return hexOf(avalanche(high)) + hexOf(avalanche(low ^ high))
}

/** MurmurHash3's finalizer: each bit of the input changes about half of the output. */
function avalanche(lane: number): number {
  let mixed = lane
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function hexOf(lane: number): string {
  return lane.toString(16).padStart(8, '0')
}

function toBase64Url(ascii: string): string {
  return btoa(ascii).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined unless the text is exactly what `toBase64Url` writes: `atob` alone forgives blanks and stray bits. */
function fromBase64Url(text: string): string | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined
  const ascii = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return toBase64Url(ascii) === text ? ascii : undefined
}
