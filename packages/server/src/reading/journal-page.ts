import type { PageQuery, Selection } from '@counterfoil/core'
import type { JournalReader, LogHead, SeqRange } from '../journal/journal.js'
import { type ItemShape, itemsAt, noItems, type PageItems } from './page-items.js'

/** A page of everything, as the journal itself tells it: it knows order and times. */
export interface JournalPage {
  /** Entries of the log. */
  readonly size: number
  readonly items: PageItems
  readonly hasMore: boolean
}

/** The page that a query without a filter asks for; undefined when there is no such log. */
export async function journalPage(
  reader: JournalReader,
  query: PageQuery,
  shape: ItemShape,
): Promise<JournalPage | undefined> {
  const head = await reader.head(query.log)
  if (head === undefined) return undefined
  const range = await seqRange(reader, query, head)
  if (range === undefined) return { size: head.size, items: noItems(), hasMore: false }
  const { seqs, hasMore } = seqsOf(query, range, head)
  return { size: head.size, items: await itemsAt(reader, { log: query.log, seqs }, shape), hasMore }
}

/** The entries up to `head` that were recorded within the selection's times. */
export async function seqRange(
  reader: Pick<JournalReader, 'seqsWithin'>,
  { log, from, to }: Selection,
  { size, minIndex }: LogHead,
): Promise<SeqRange | undefined> {
  const all = { first: minIndex, last: size - 1 }
  if (from === undefined && to === undefined) return size === 0 ? undefined : all
  const times = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const range = await reader.seqsWithin(log, times)
  if (range === undefined || range.first >= size) return undefined
  return { first: range.first, last: Math.min(range.last, all.last) }
}

function seqsOf(query: PageQuery, range: SeqRange, { size }: LogHead) {
  const { order, limit, after, offset = 0 } = query
  const newestFirst = order === 'newest_first'
  const first = newestFirst
    ? Math.min(range.last, (after?.seq ?? size) - 1) - offset
    : Math.max(range.first, (after?.seq ?? -1) + 1) + offset
  const available = newestFirst ? first - range.first + 1 : range.last - first + 1
  const count = Math.max(0, Math.min(limit, available))
  const seqs = Array.from({ length: count }, (_, i) => (newestFirst ? first - i : first + i))
  return { seqs, hasMore: available > limit }
}
