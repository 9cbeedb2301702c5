import {
  AppError,
  decodeCursor,
  encodeCursor,
  type Order,
  type PageQuery,
  type Position,
  placeOf,
  type Selection,
} from '@counterfoil/core'
import { placeOfCursor } from '../../http/paging.js'
import { type Caller, maySee, type RouteContext } from '../../http/route.js'
import type { EntryPage, ReadEntry } from '../../reading/reads.js'
import { noEntryToGoOnFrom } from './errors.js'
import { toEntryId } from './ids.js'

/** Where a page begins or ends, as the parameters say it. */
export interface PageBounds {
  readonly order: Order
  readonly limit: number
  /** An entry's id or a `next_cursor`: the vendor does not say which of them its clients send back. */
  readonly startingAfter: string | undefined
  readonly endingBefore: string | undefined
  readonly cursor: string | undefined
}

export interface BoundedQuery {
  readonly query: PageQuery
  /** Of the list. The query runs the other way when the page ends before an entry. */
  readonly order: Order
}

/** The query for a page. Throws `invalid_request` or `invalid_cursor` that names the parameter. */
export async function toPageQuery(
  context: RouteContext,
  caller: Caller,
  selection: Selection,
  { order, limit, startingAfter, endingBefore, cursor }: PageBounds,
): Promise<BoundedQuery> {
  if ([startingAfter, endingBefore, cursor].filter((value) => value !== undefined).length > 1) {
    throw new AppError('invalid_request', {
      param: 'cursor',
      hint: 'Give one of "cursor", "starting_after" and "ending_before".',
    })
  }
  if (endingBefore !== undefined) {
    const opposite: Order = order === 'newest_first' ? 'oldest_first' : 'newest_first'
    const after = await placeOfId(context, caller, 'ending_before', endingBefore)
    return { query: { ...selection, order: opposite, limit, after }, order }
  }
  const after = await firstPlace(context, caller, { ...selection, order }, startingAfter, cursor)
  return { query: { ...selection, order, limit, ...(after === undefined ? {} : { after }) }, order }
}

/** What a list says of itself, `data` being its entries in the order of the list. */
export function toEnvelope(
  page: EntryPage,
  { query, order }: BoundedQuery,
  url: string,
  toObject: (entry: ReadEntry) => Readonly<Record<string, unknown>>,
  totalCount?: number,
): Readonly<Record<string, unknown>> {
  const isBackwards = query.order !== order
  const entries = isBackwards ? page.entries.toReversed() : page.entries
  const last = entries.at(-1)
  // After a page that ends before an entry there is always more: that entry itself.
  const hasNext = last !== undefined && (isBackwards || page.hasMore)
  return {
    object: 'list',
    data: entries.map(toObject),
    has_more: page.hasMore,
    next_cursor: hasNext ? encodeCursor(placeOf(last), { ...query, order }) : null,
    ...(totalCount === undefined ? {} : { total_count: totalCount }),
    url,
    complete_through_seq: page.completeThroughSeq,
    ...(page.complete ? {} : { partial: true }),
    ...(page.coveredFromSeq === undefined ? {} : { covered_from_seq: page.coveredFromSeq }),
  }
}

/** The entry with this id, in whatever spelling, if the caller may see it. */
export async function findEntry(
  { reads }: RouteContext,
  caller: Caller,
  id: string,
): Promise<ReadEntry | undefined> {
  const entryId = toEntryId(id)
  const entry = entryId === undefined ? undefined : await reads.entry(caller.log, entryId)
  return entry !== undefined && maySee(caller, entry) ? entry : undefined
}

async function firstPlace(
  context: RouteContext,
  caller: Caller,
  scope: Selection & { readonly order: Order },
  startingAfter: string | undefined,
  cursor: string | undefined,
): Promise<Position | undefined> {
  if (cursor !== undefined) return placeOfCursor('cursor', cursor, scope)
  if (startingAfter === undefined) return undefined
  if (toEntryId(startingAfter) === undefined) {
    const decoded = decodeCursor(startingAfter, scope)
    if (decoded.ok) return decoded.after
  }
  return placeOfId(context, caller, 'starting_after', startingAfter)
}

async function placeOfId(
  context: RouteContext,
  caller: Caller,
  param: string,
  id: string,
): Promise<Position> {
  const entry = await findEntry(context, caller, id)
  if (entry === undefined) throw noEntryToGoOnFrom(param, id)
  return placeOf(entry)
}
