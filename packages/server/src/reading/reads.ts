import type {
  FacetField,
  HistogramBucket,
  HistogramInterval,
  LogName,
  PageQuery,
  Position,
  Selection,
} from '@counterfoil/core'
import { type Facets, IndexUnavailable, type SearchIndex, type SeenAction } from '../index/search-index.js'
import type { Indexing, IndexView } from '../indexing/indexing.js'
import type { ChainVerdict, LogHead, StoredEntry, VerifyRange } from '../journal/journal.js'
import { LoopTurns } from '../limits/loop-turns.js'
import type { ThreadClient } from '../threads/thread-call.js'
import type { EncoderReference } from './entry-encoder.js'
import type { HashRange, InclusionProof } from './evidence-reader.js'
import type { Exports } from './exports.js'
import type { ReadingTurns } from './fair-turns.js'
import { ItemText } from './item-text.js'
import { seqRange } from './journal-page.js'
import { asksForFew } from './look-nearby.js'
import { type ItemShape, noItems, type PageItems } from './page-items.js'
import type { ProofRequest } from './proof-archives.js'
import { type ReadEntry, toReadEntry } from './read-entry.js'
import type { ReadingMethods } from './reading-thread.js'

export type { SeenAction } from '../index/search-index.js'
export type { EncoderModule, EncoderReference, EntryEncoder } from './entry-encoder.js'
export { ItemText } from './item-text.js'
export type { ReadEntry } from './read-entry.js'

/** What every answer says of itself. */
export interface Coverage {
  /** Entries up to this `seq` were looked at; -1 for an empty log. */
  readonly completeThroughSeq: number
  /** False when entries were recorded before this read that it could not look at. */
  readonly complete: boolean
  /** Only when the index was away and the journal's newest entries were walked instead: none before was looked at. */
  readonly coveredFromSeq?: number
}

export interface EntryPage extends Coverage {
  readonly entries: readonly ReadEntry[]
  readonly hasMore: boolean
}

/** A page as the items of a list in a dialect's own shape, made off the event loop. */
export interface ItemPage extends Coverage {
  readonly items: ItemText
  readonly count: number
  /** Where the first and the last of the list are; left out when there is none. */
  readonly first?: Position
  readonly last?: Position
  readonly hasMore: boolean
}

/** What was read, as it came from the thread. */
interface RawPage extends Coverage {
  readonly items: PageItems
  readonly hasMore: boolean
}

export interface ReadsSettings {
  readonly journal: ThreadClient<ReadingMethods>
  readonly index: SearchIndex
  readonly indexer: Indexing
  readonly exports: Exports
  readonly turns: ReadingTurns
  /** Whether pages with a filter are looked for next to their beginning before the index is asked. */
  readonly looksNearby: boolean
  /** How long a read waits for the index to take in what was recorded before it. */
  readonly waitMs: number
  /** Told when the index named entries that the selection does not select; they are not shown. */
  readonly onStray?: (count: number) => void
}

/**
 * The only way to read entries. Each method first lets the index catch up with what was acknowledged. Organizations take
 * turns: each method rejects with `too_many_at_once` when too many reads of the same one wait.
 */
export class Reads {
  readonly #settings: ReadsSettings
  readonly #loop = new LoopTurns()

  constructor(settings: ReadsSettings) {
    this.#settings = settings
  }

  async page(query: PageQuery): Promise<EntryPage> {
    return this.#inTurn(query.log, async () => {
      const { items, ...page } = await this.#page(query, AS_ENTRIES)
      return { ...page, entries: await this.#parse(query.log, items) }
    })
  }

  /** A page that nobody has to look into: the thread that reads it makes the text of the answer, and this one passes it on. */
  async itemPage(query: PageQuery, shape: Required<ItemShape>): Promise<ItemPage> {
    const { items, ...page } = await this.#inTurn(query.log, () => this.#page(query, shape))
    const { pieces, strays: _told, ...list } = items
    return { ...page, ...list, items: new ItemText(pieces) }
  }

  async #page(query: PageQuery, shape: ItemShape): Promise<RawPage> {
    if (query.filter === undefined) return this.#journalPage(query, shape)
    const head = await this.#settings.journal.head(query.log)
    if (head === undefined) return noPage()
    const mayLieNearby = query.offset === undefined && !asksForFew(query.filter)
    const nearby = mayLieNearby ? await this.#nearbyPage(query, head, shape) : undefined
    if (nearby !== undefined) return nearby
    try {
      // One more than the page holds, to know whether there are more.
      const { answer: places, coverage } = await this.#ask(head, (index) =>
        index.page({ ...query, limit: query.limit + 1 }),
      )
      const seqs = places.map(({ seq }) => seq)
      return { ...(await this.#firstOf(query, seqs, shape)), ...coverage }
    } catch (error) {
      if (!(error instanceof IndexUnavailable)) throw error
      return this.#scan(query, head, shape)
    }
  }

  async entry(log: LogName, id: string): Promise<ReadEntry | undefined> {
    const stored = await this.#inTurn(log, () => this.#settings.journal.findById(log, id))
    return stored === undefined ? undefined : toReadEntry(log, JSON.parse(stored) as StoredEntry)
  }

  /** What an entry's hash is computed from, as JSON; see `discloseEntry`. */
  async disclosure(log: LogName, id: string): Promise<string | undefined> {
    return this.#inTurn(log, () => this.#settings.journal.disclosure(log, id))
  }

  /** Places of everything selected, for exports: bounded memory however many there are. */
  async *entries(selection: Selection, order: PageQuery['order']): AsyncIterable<readonly ReadEntry[]> {
    const head = await this.#settings.journal.head(selection.log)
    if (head === undefined) return
    const view = await this.#requireAll(head)
    for await (const places of this.#settings.index.places(selection, order)) {
      const seqs = places.map(({ seq }) => seq)
      yield await this.#parse(selection.log, await this.#selectedAt(selection, seqs, AS_ENTRIES))
    }
    await this.#requireStill(head, view)
  }

  /**
   * Everything selected that was recorded before, as bytes in a dialect's own format, encoded off the event loop. What
   * is recorded meanwhile is not in it. Before the first chunk it throws `IndexUnavailable` when a filter cannot be
   * answered in full, and `too_many_at_once`; whatever fails later, it throws rather than ends.
   */
  async *encoded(
    selection: Selection,
    order: PageQuery['order'],
    encoder: EncoderReference,
  ): AsyncIterable<Uint8Array> {
    const leave = await this.#settings.turns.exports.enter(selection.log.organization_id)
    try {
      yield* this.#encoded(selection, order, encoder)
    } finally {
      leave()
    }
  }

  /** The evidence of a log, or of what is selected, as a tar archive. Throws as `encoded` does. */
  async *proofArchive(request: ProofRequest): AsyncIterable<Uint8Array> {
    const leave = await this.#settings.turns.exports.enter(request.log.organization_id)
    try {
      yield* this.#settings.exports.prove(request)
    } finally {
      leave()
    }
  }

  async *#encoded(
    selection: Selection,
    order: PageQuery['order'],
    encoder: EncoderReference,
  ): AsyncIterable<Uint8Array> {
    const { journal, exports } = this.#settings
    const head = await journal.head(selection.log)
    if (head === undefined) return
    if (selection.filter === undefined) {
      const range = await seqRange(this.#settings.journal, selection, head)
      if (range !== undefined) yield* exports.walk(selection.log, range, order, encoder)
      return
    }
    const view = await this.#requireAll(head)
    yield* exports.find(selection, head.size, order, encoder)
    await this.#requireStill(head, view)
  }

  async count(selection: Selection): Promise<Coverage & { readonly count: number }> {
    if (selection.filter === undefined)
      return this.#inTurn(selection.log, () => this.#journalCount(selection))
    return this.#fromIndex(selection, (index) => index.count(selection), 0, 'count')
  }

  async histogram(
    selection: Selection,
    interval: HistogramInterval,
  ): Promise<Coverage & { readonly buckets: readonly HistogramBucket[] }> {
    return this.#fromIndex(selection, (index) => index.histogram(selection, interval), [], 'buckets')
  }

  async facets(
    selection: Selection,
    fields: readonly FacetField[],
    limit: number,
  ): Promise<Coverage & { readonly facets: Facets }> {
    const none = Object.fromEntries(fields.map((field) => [field, []]))
    return this.#fromIndex(selection, (index) => index.facets(selection, fields, limit), none, 'facets')
  }

  async actionsSeen(
    selection: Selection,
    limit: number,
  ): Promise<Coverage & { readonly actions: readonly SeenAction[] }> {
    return this.#fromIndex(selection, (index) => index.actionsSeen(selection, limit), [], 'actions')
  }

  async verify(log: LogName, range: Omit<VerifyRange, 'onProgress'>): Promise<ChainVerdict> {
    return this.#inTurn(log, () => this.#settings.journal.verify(log, range))
  }

  /** Hashes of a log's tree that are under a checkpoint, one after another. */
  async treeHashes(log: LogName, range: HashRange): Promise<Uint8Array> {
    return this.#inTurn(log, () => this.#settings.journal.treeHashes(log, range))
  }

  /** Leaves of consecutive entries, as a C2SP entry bundle. */
  async leafBundle(log: LogName, first: number, count: number): Promise<Uint8Array> {
    return this.#inTurn(log, () => this.#settings.journal.leafBundle(log, first, count))
  }

  /** An entry's leaf and its proof in the tree of `size` entries. */
  async inclusion(log: LogName, seq: number, size: number): Promise<InclusionProof> {
    return this.#inTurn(log, () => this.#settings.journal.inclusion(log, seq, size))
  }

  /** That the tree of `to` entries begins with that of `from`. */
  async consistency(log: LogName, from: number, to: number): Promise<readonly Uint8Array[]> {
    return this.#inTurn(log, () => this.#settings.journal.consistency(log, from, to))
  }

  async head(log: LogName): Promise<LogHead | undefined> {
    return this.#settings.journal.head(log)
  }

  async #fromIndex<Key extends string, T>(
    { log }: Selection,
    ask: (index: SearchIndex) => Promise<T>,
    none: T,
    key: Key,
  ): Promise<Coverage & Record<Key, T>> {
    return this.#inTurn(log, async () => {
      const head = await this.#settings.journal.head(log)
      if (head === undefined) return { ...EMPTY, ...({ [key]: none } as Record<Key, T>) }
      const { answer, coverage } = await this.#ask(head, ask)
      return { ...coverage, ...({ [key]: answer } as Record<Key, T>) }
    })
  }

  #inTurn<Result>({ organization_id }: LogName, read: () => Promise<Result>): Promise<Result> {
    return this.#settings.turns.reads.run(organization_id, read)
  }

  /**
   * The read barrier: what was acknowledged before this read is in the index, or the answer says through where it is. Asked
   * again when rows of the log were replaced meanwhile.
   */
  async #ask<T>(
    head: LogHead,
    ask: (index: SearchIndex) => Promise<T>,
  ): Promise<{ readonly answer: T; readonly coverage: Coverage }> {
    const { indexer, index, waitMs } = this.#settings
    for (let attempt = 1; ; attempt++) {
      const view = await indexer.catchUp(head.log, head.lastPosition, waitMs)
      const coverage = await this.#coverage(head, view)
      const answer = await ask(index)
      if (await indexer.holds(head.log, view)) return { answer, coverage }
      if (attempt === ASKED_AT_MOST) throw replaced()
    }
  }

  async #coverage({ log, lastPosition, size }: LogHead, view: IndexView): Promise<Coverage> {
    const { donePosition, missingFrom = size } = view
    const seq =
      donePosition >= lastPosition ? size - 1 : await this.#settings.journal.seqThrough(log, donePosition)
    const completeThroughSeq = Math.min(seq ?? -1, missingFrom - 1)
    return { completeThroughSeq, complete: completeThroughSeq === size - 1 }
  }

  /** For exports, which cannot say afterwards what they left out. */
  async #requireAll(head: LogHead): Promise<IndexView> {
    const { indexer, waitMs } = this.#settings
    const view = await indexer.catchUp(head.log, head.lastPosition, waitMs)
    if ((await this.#coverage(head, view)).complete) return view
    throw new IndexUnavailable('The index has not taken in all that was recorded')
  }

  /** At the end of an export: what the index named was all there was. */
  async #requireStill({ log }: LogHead, view: IndexView): Promise<void> {
    if (!(await this.#settings.indexer.holds(log, view))) throw replaced()
  }

  /** Without a filter the journal itself knows order and times: no need to ask the index, nor to wait for it. */
  async #journalPage(query: PageQuery, shape: ItemShape): Promise<RawPage> {
    const page = await this.#settings.journal.page(query, shape)
    if (page === undefined) return noPage()
    const { size, items, hasMore } = page
    return { items, hasMore, completeThroughSeq: size - 1, complete: true }
  }

  /** A page that lies next to its beginning, as the journal tells it; undefined when the index has to find it. */
  async #nearbyPage(query: PageQuery, head: LogHead, shape: ItemShape): Promise<RawPage | undefined> {
    if (!this.#settings.looksNearby) return undefined
    const coverage: Coverage = { completeThroughSeq: head.size - 1, complete: true }
    const range = await seqRange(this.#settings.journal, query, head)
    if (range === undefined) return { items: noItems(), hasMore: false, ...coverage }
    const page = await this.#settings.journal.lookNearby(query, range, shape)
    return page && { ...page, ...coverage }
  }

  async #journalCount(selection: Selection): Promise<Coverage & { readonly count: number }> {
    const head = await this.#settings.journal.head(selection.log)
    if (head === undefined) return { ...EMPTY, count: 0 }
    const range = await seqRange(this.#settings.journal, selection, head)
    const count = range === undefined ? 0 : range.last - range.first + 1
    return { count, completeThroughSeq: head.size - 1, complete: true }
  }

  /** While the index is away: walks the journal from the page's start, as far as a read may take. */
  async #scan(query: PageQuery, { size }: LogHead, shape: ItemShape): Promise<RawPage> {
    const found = await this.#settings.journal.scan({ ...query, limit: query.limit + 1 })
    const page = await this.#firstOf(query, found.seqs, shape)
    if (found.exhausted || page.hasMore) return { ...page, completeThroughSeq: size - 1, complete: true }
    const reached = found.lastSeq
    return query.order === 'newest_first'
      ? { ...page, completeThroughSeq: size - 1, complete: false, coveredFromSeq: reached }
      : { ...page, completeThroughSeq: reached, complete: false }
  }

  /** Of the entries that were found, as many as the page holds. */
  async #firstOf(query: PageQuery, seqs: readonly number[], shape: ItemShape) {
    const { limit } = query
    return {
      items: await this.#selectedAt(query, seqs.slice(0, limit), shape),
      hasMore: seqs.length > limit,
    }
  }

  /** Those of the entries that are selected, at a second look at each. */
  async #selectedAt(selection: Selection, seqs: readonly number[], shape: ItemShape): Promise<PageItems> {
    if (seqs.length === 0) return noItems()
    const items = await this.#settings.journal.itemsAt(selection, seqs, shape)
    if (items.strays > 0) this.#settings.onStray?.(items.strays)
    return items
  }

  /** Entries from JSON: two pieces at each turn of the event loop, and what is made of them after that, if they are more. */
  async #parse({ organization_id }: LogName, { pieces }: PageItems): Promise<ReadEntry[]> {
    const entries: ReadEntry[] = []
    for (const [i, piece] of pieces.entries()) {
      if (i % PIECES_A_TURN === 0) await this.#loop.enter(organization_id)
      for (const entry of JSON.parse(`[${piece}]`) as ReadEntry[]) entries.push(entry)
    }
    if (pieces.length > PIECES_A_TURN) await this.#loop.enter(organization_id)
    return entries
  }
}

/** 64 entries: a millisecond, and another one for what is made of them. */
const PIECES_A_TURN = 2
/** How often a search is repeated while rows of its log are being replaced. */
const ASKED_AT_MOST = 3

function replaced(): IndexUnavailable {
  return new IndexUnavailable('What was searched is being replaced')
}

const EMPTY: Coverage = { completeThroughSeq: -1, complete: true }
const noPage = (): RawPage => ({ items: noItems(), hasMore: false, ...EMPTY })
const AS_ENTRIES: ItemShape = {}
