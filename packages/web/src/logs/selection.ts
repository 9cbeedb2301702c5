import type { Query } from '../api/client.js'
import { boundsOf } from '../time/ranges.js'
import type { LogsState } from './logs-state.js'

/** Entries of a request; a rank belongs to the block `rank / BLOCK`. */
export const BLOCK = 100

/** What is looked for; times as RFC 3339. */
export interface LogSelection {
  readonly query: string
  readonly from?: string
  readonly to?: string
  readonly order: 'asc' | 'desc'
}

/** What the address asks for, with the times that a relative range means at `now`. */
export function selectionOf(
  { query, range, order }: Pick<LogsState, 'query' | 'range' | 'order'>,
  now: number,
  zone: string,
): LogSelection {
  const { from, to } = boundsOf(range, now, zone)
  return {
    query,
    order,
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
  }
}

/** What every request about a selection sends. */
export function selectionQuery({ query, from, to }: Omit<LogSelection, 'order'>): Query {
  return { query: query === '' ? undefined : query, from_date: from, to_date: to }
}

/** What asks for the first entries of a selection and how many there are. */
export function firstBlockQuery(selection: LogSelection): Query {
  return { ...selectionQuery(selection), order: selection.order, limit: BLOCK, include_count: 'true' }
}
