import type {
  FacetField,
  FacetValue,
  HistogramBucket,
  HistogramInterval,
  LogName,
  Order,
  PageQuery,
  Position,
  Selection,
} from '@counterfoil/core'

/**
 * Consecutive entries of the journal as the index takes them. A position is the number of a journal row, over all
 * logs; the entries of one row share it and were recorded at one time. Both bounds are included, and a row is in
 * a chunk with all its entries.
 */
export interface IndexChunk {
  readonly firstPosition: number
  readonly lastPosition: number
  readonly rowCount: number
  /** Lines of `encodeIndexRow`, in ascending order of position. */
  readonly rows: Buffer
}

/** What the index holds. */
export interface Standing {
  /** Of every row that was inserted, those through here are there. Undefined while the index is empty. */
  readonly lastPosition: number | undefined
  readonly rows: number
  /** Files could not be read and were set aside, so rows are missing: clear the index and fill it again. */
  readonly damaged: boolean
}

export type Facets = Readonly<Partial<Record<FacetField, readonly FacetValue[]>>>

/** An action as a log has it. Times are microseconds since 1970. */
export interface SeenAction {
  readonly action: string
  readonly count: number
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

/**
 * Finds entries; holds what can be filtered by and not their content, which the journal gives by log and
 * `seq`. Derived: it may be lost and rebuilt. Every method rejects with `IndexUnavailable` while the engine is
 * away or too slow; any other rejection is a defect.
 */
export interface SearchIndex {
  /** Brings the tables to the newest version; idempotent. */
  migrate(): Promise<void>
  /**
   * Makes this the index of an installation, if it is nobody's yet, and gives the index's own id, which it keeps until all of
   * it is lost; after `migrate`. Throws `invalid_setting` when it is another installation's; the index in a data directory
   * belongs to whichever journal is there.
   */
  claim(installation: string): Promise<string>
  /**
   * Makes a chunk durable and searchable; rows that are there already are passed over. Chunks come in ascending
   * order, one at a time. Whatever happens to the engine meanwhile, it holds a prefix of everything that was
   * inserted; so after a failure either the same chunk is repeated, or inserting goes on anywhere up to
   * `standing().lastPosition`, with chunks cut anew.
   */
  insert(chunk: IndexChunk): Promise<void>
  /**
   * Puts `rows`, lines of `encodeIndexRow` in ascending order of position, in the place of those that the entries at
   * `places` of a log have. In between a search does not find them. May be repeated; never while a chunk is inserted.
   */
  replace(log: LogName, places: readonly Position[], rows: Buffer): Promise<void>
  /** Takes the rows of a log's entries before `minIndex` away. May be repeated; never while a chunk is inserted. */
  prune(log: LogName, minIndex: number): Promise<void>
  /** Resolves when the files that held replaced rows are gone. */
  purge(): Promise<void>
  page(query: PageQuery): Promise<readonly Position[]>
  /**
   * Places of everything selected, in order, in bounded memory. Oldest first, it runs on into entries that
   * are indexed meanwhile; `selection.to` stops it.
   */
  places(selection: Selection, order: Order): AsyncIterable<readonly Position[]>
  count(selection: Selection): Promise<number>
  /** Buckets that hold entries, oldest first. A week starts on Monday. */
  histogram(selection: Selection, interval: HistogramInterval): Promise<readonly HistogramBucket[]>
  /** The most frequent values of each field, then by value; a missing value is not counted. */
  facets(selection: Selection, fields: readonly FacetField[], limit: number): Promise<Facets>
  /** The most frequent actions with their first and last time, then by name. */
  actionsSeen(selection: Selection, limit: number): Promise<readonly SeenAction[]>
  standing(): Promise<Standing>
  /** Forgets every row, so that all can be inserted again. */
  clear(): Promise<void>
  close(): Promise<void>
}

/** The engine is away, restarting, out of memory or past its deadline: the same call may succeed later. */
export class IndexUnavailable extends Error {
  override readonly name: string = 'IndexUnavailable'
}

/** What the engine reads from its files is not what it wrote: clear the index and fill it again. */
export class IndexDamaged extends IndexUnavailable {
  override readonly name = 'IndexDamaged'
}
