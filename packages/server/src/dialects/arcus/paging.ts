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
import { objectJson } from '../../http/object-json.js'
import { placeOfCursor } from '../../http/paging.js'
import { type Caller, maySee, type RouteContext } from '../../http/route.js'
import { type EntryPage, type ItemPage, ItemText, type ReadEntry } from '../../reading/reads.js'
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

/** Whether the query runs the other way than the list. */
export function isBackwards({ query, order }: BoundedQuery): boolean {
  return query.order !== order
}

/** Entries that were looked into, as the page of a list. */
export function toItemPage(
  { entries, ...page }: EntryPage,
  bounded: BoundedQuery,
  toObject: (entry: ReadEntry) => Readonly<Record<string, unknown>>,
): ItemPage {
  const listed = isBackwards(bounded) ? entries.toReversed() : entries
  const [first, last] = [listed[0], listed.at(-1)]
  return {
    ...page,
    items: new ItemText(listed.map((entry) => JSON.stringify(toObject(entry)))),
    count: listed.length,
    ...(first && last && { first: placeOf(first), last: placeOf(last) }),
  }
}

/** A list and what it says of itself, as JSON. */
export function toEnvelope(page: ItemPage, bounded: BoundedQuery, url: string, totalCount?: number): string {
  const { last } = page
  // After a page that ends before an entry there is always more: that entry itself.
  const hasNext = last !== undefined && (isBackwards(bounded) || page.hasMore)
  const { query, order } = bounded
  return objectJson({
    object: 'list',
    data: page.items,
    has_more: page.hasMore,
    next_cursor: hasNext ? encodeCursor(last, { ...query, order }) : null,
    total_count: totalCount,
    url,
    complete_through_seq: page.completeThroughSeq,
    partial: page.complete ? undefined : true,
    covered_from_seq: page.coveredFromSeq,
  })
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
