import { setImmediate as nextTurn } from 'node:timers/promises'
import type { LogName, PageQuery, Selection } from '@counterfoil/core'
import type { JournalReader, LogHead, SeqRange } from '../journal/journal.js'

/** A page of everything, as the journal itself tells it: it knows order and times. */
export interface JournalPage {
  /** Entries of the log. */
  readonly size: number
  /** `StoredEntry`s as JSON arrays, in the page's order; each is made into text and read in one go. */
  readonly pieces: readonly string[]
  readonly hasMore: boolean
}

/** Entries that are read in one go: half a millisecond to a whole one, which is how long others wait. */
const PIECE_ENTRIES = 32

/** The page that a query without a filter asks for; undefined when there is no such log. */
export async function journalPage(reader: JournalReader, query: PageQuery): Promise<JournalPage | undefined> {
  const head = await reader.head(query.log)
  if (head === undefined) return undefined
  const range = await seqRange(reader, query, head)
  if (range === undefined) return { size: head.size, pieces: [], hasMore: false }
  const { seqs, hasMore } = seqsOf(query, range, head)
  return { size: head.size, pieces: await entryPieces(reader, query.log, seqs), hasMore }
}

/** Entries as JSON arrays of some of them each. Gives way to other calls of the thread between them. */
export async function entryPieces(
  reader: JournalReader,
  log: LogName,
  seqs: readonly number[],
): Promise<readonly string[]> {
  const pieces: string[] = []
  for (let from = 0; from < seqs.length; from += PIECE_ENTRIES) {
    if (from > 0) await nextTurn()
    pieces.push(JSON.stringify(await reader.entriesAt(log, seqs.slice(from, from + PIECE_ENTRIES))))
  }
  return pieces
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
