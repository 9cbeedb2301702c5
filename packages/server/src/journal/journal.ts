import type { AdmittedEntry, Epoch, LogName, Order, Section, SectionPath } from '@counterfoil/core'
import type { Block, LeftContent } from './block.js'

/** One request's entries, to be recorded whole or not at all. */
export interface JournalBatch {
  readonly log: LogName
  readonly entries: readonly AdmittedEntry[]
  readonly idempotency?: IdempotencyKey
  /**
   * The version of access control as of which the request was let in, where that was remembered. Whatever is decided of the batch holds only
   * while that is the version: else it is `access_changed`.
   */
  readonly accessVersion?: number
}

/** A client's `Idempotency-Key`. It means something only together with the organization, mode and route. */
export interface IdempotencyKey {
  readonly route: string
  readonly key: string
  /** SHA-256 of the request body, 64 hex digits: the same key with another body is refused. */
  readonly bodyHash: string
}

/** What the journal answers for one entry: its place and its hash. Field names are the API's. */
export interface Receipt {
  readonly id: string
  readonly seq: number
  /** 64 hex digits. */
  readonly entry_hash: string
  /** `2026-11-21T02:00:00.123456Z` */
  readonly recorded_at: string
}

export type AppendOutcome =
  /** One receipt for each entry, in order. `replayed` of them had been recorded before and were not stored again. */
  | { readonly kind: 'recorded'; readonly receipts: readonly Receipt[]; readonly replayed: number }
  /** Ids of entries belong to other content, at least one. Nothing of the batch was stored. */
  | { readonly kind: 'id_conflict'; readonly conflicts: readonly IdConflict[] }
  | { readonly kind: 'idempotency_key_mismatch' }
  /** The clock is far behind the log's newest entry. Nothing of the batch was stored; other logs are not held up. */
  | { readonly kind: 'clock_behind' }
  /** It repeats an entry, or a request, that is stored and cannot be read. Nothing of the batch was stored. */
  | { readonly kind: 'damaged'; readonly code: 'damaged_journal' | 'damaged_ledger'; readonly hint: string }
  /** Who sent it has to be looked up again: access control has changed, or cannot be confirmed here. Nothing of the batch was stored. */
  | { readonly kind: 'access_changed' }

export interface IdConflict {
  readonly id: string
  /** Place in the batch. */
  readonly index: number
}

/** Positions of journal rows that follow one another. */
export interface PositionRange {
  readonly firstPosition: number
  readonly lastPosition: number
}

/** Rows written by one append, for whoever follows the journal. Positions grow by one a row over all logs. */
export interface AppendedRows {
  readonly log: LogName
  readonly firstPosition: number
  readonly lastPosition: number
  readonly firstSeq: number
  /** Microseconds since 1970. */
  readonly recordedAt: number
  readonly entries: readonly AdmittedEntry[]
  readonly ids: readonly string[]
  /** How many entries each row holds, in the order of positions. */
  readonly counts: readonly number[]
}

/**
 * Gives batches that came while an append waited, to be recorded with it: only such as are of logs that `mayCome`. An append that
 * has to be tried again asks again, and what it was given before stays part of it.
 */
export type LateBatches = (mayCome: (log: LogName) => boolean) => readonly JournalBatch[]

export interface AppendResult {
  /** One for each batch, in order; those of late ones behind the others. */
  readonly outcomes: readonly AppendOutcome[]
  readonly rows: readonly AppendedRows[]
  /** Position of the journal's newest row after this append, 0 when it is empty. */
  readonly lastPosition: number
}

/**
 * Where entries become durable and ordered. One writer; every method may be called concurrently.
 *
 * After a storage error a journal is frozen: it refuses with `journal_frozen` until the process starts anew,
 * because what the disk holds is then unknown. A full disk refuses with `disk_full` until space returns.
 */
export interface Journal {
  /**
   * Records each batch whole or not at all, all of them in one durable transaction. When it resolves, what it
   * calls recorded survives a power cut. Repeating an entry (same id, same content) or a request (same
   * Idempotency-Key, same body) stores nothing again and gives the first receipts. A journal that several processes write to
   * asks for `late` ones when it has the batches' logs to itself.
   */
  append(batches: readonly JournalBatch[], late?: LateBatches): Promise<AppendResult>
  /** Version of access control as it is after this was called; undefined where that is not kept beside the journal. */
  accessVersion(): Promise<number | undefined>
  /**
   * Begins a log anew under the origin of this epoch, a higher number than any before, in one durable transaction with the
   * entry about it, which is the first under that origin and is made when it is known how many are carried over. Numbers, links
   * and the tree go on: only the name changes.
   */
  beginEpoch(log: LogName, epoch: number, entryOf: (carriedSize: number) => AdmittedEntry): Promise<Receipt>
  /**
   * Erases sections of entries, whose numbers ascend, in one durable transaction: each is replaced by what it was committed
   * as, so that every hash stays. What was erased before, and entries that have left the journal, are passed over. Throws
   * `damaged_journal`, and erases nothing, when one of them is not what was recorded.
   */
  erase(log: LogName, seqs: readonly number[], paths: readonly SectionPath[]): Promise<void>
  /** Leaves nothing of what was erased in unused parts of the journal's files. Resolves false when it has to be asked again. */
  scrub(): Promise<boolean>
  /**
   * Cuts what `RestingEntries` has from rows of a log, about `rowsMax` of them: rows whose entries are all among the first
   * `size`, that the search index has by `position`, and whose ids can be found without them. What tells their places stays.
   * Gives how many rows were cut; fewer than `rowsMax` when there are no more.
   */
  trim(log: LogName, until: TrimBounds, rowsMax: number): Promise<number>
  /**
   * Takes away what comes before `start` in a log, about `rowsMax` rows in one durable transaction. From the first call on the
   * log begins there for every reader. Of a row that goes on behind it the entries before lose all their sections. Gives how
   * many rows went; fewer than `rowsMax` when there are no more. May be repeated, also with the same start.
   */
  prune(log: LogName, start: LogStart, rowsMax: number): Promise<number>
  /** Durably notes how far the search index has come; see `IndexProgress`. */
  saveIndexProgress(progress: IndexProgress): Promise<void>
  close(): Promise<void>
}

/** What may be trimmed of a log: only what rests elsewhere for certain, proven and durable. */
export interface TrimBounds {
  readonly size: number
  readonly position: number
}

/** Where a log begins: what came before was pruned. */
export interface LogStart {
  /** The first entry that is kept, its minimum index: a multiple of 256, 0 for a log of which nothing was pruned. */
  readonly size: number
  /** `entry_hash` of the entry before, 64 hex digits; zeros for none. */
  readonly headHash: string
  /** Frontier of the Merkle tree of the entries before. */
  readonly frontier: Uint8Array
}

/** Where entries rest whose rows were trimmed; the ledger. */
export interface RestingEntries {
  /** How many entries of a log rest here: a multiple of 256. */
  size(origin: string): Promise<number>
  /** Another number whenever a bundle may have changed, as something of it was erased. Costs microseconds. */
  version(): Promise<number>
  /** The entries 256 × `index` to 256 × `index` + 255. Throws `damaged_ledger` when they are not as they were put, `not_found` when pruned. */
  bundle(origin: string, index: number): Promise<Block>
  /** Called when the journal that had it opened is closed: a connection that is left keeps a command from ending. */
  close(): Promise<void>
}

/**
 * How far the search index has come. Rows up to `donePosition` are in it for certain; rows after that, up to
 * `sendingPosition`, were sent without an answer yet. An index whose newest row lies outside of these two does not belong
 * to this journal, or was lost; within them, what it holds decides what is sent again.
 */
export interface IndexProgress {
  readonly donePosition: number
  readonly sendingPosition: number
}

/** Where a log stands. */
export interface LogHead {
  readonly log: LogName
  /** That of its newest epoch: what is signed now names it. */
  readonly origin: string
  /** In order; entries name the origin of theirs. */
  readonly epochs: readonly Epoch[]
  /** Number of entries; the next `seq`. */
  readonly size: number
  /** `entry_hash` of the newest entry, 64 hex digits; zeros for an empty log. */
  readonly headHash: string
  /** Root of the log's Merkle tree, 64 hex digits. */
  readonly root: string
  /** Position of the log's newest row. */
  readonly lastPosition: number
  /** Rows whose entries are all below were trimmed, or may be trimmed at any moment. */
  readonly trimmedSize: number
  /** The first entry that is kept; 0 unless the log was pruned. */
  readonly minIndex: number
}

/** An entry as it rests in the journal. */
export interface StoredEntry {
  readonly id: string
  readonly seq: number
  /** Microseconds since 1970. */
  readonly recordedAt: number
  readonly entryHash: string
  readonly prevHash: string
  readonly sections: readonly Section[]
  /** Sections that were erased, if any were. */
  readonly erased?: readonly SectionPath[]
}

/** What is left of an entry, parsed, and its place. */
export interface PlacedContent {
  readonly id: string
  readonly seq: number
  /** Microseconds since 1970. */
  readonly recordedAt: number
  readonly content: LeftContent
}

export interface JournalRow {
  readonly position: number
  readonly log: LogName
  /** Decoded when it is called, each time: of thousands of rows that were read at once one after the other is parsed. */
  readonly entries: () => readonly PlacedContent[]
}

/** Reading what is durable. Independent of the writer: it goes on when recording has stopped. */
export interface JournalReader {
  /** Which journal this is: made with it, a UUID, and the same wherever it is opened or put back from a backup. */
  installationId(): Promise<string>
  /** Names of all logs, in order of their first entry. */
  logs(): Promise<readonly LogName[]>
  /** Heads of all logs, in order of their first entry. */
  heads(): Promise<readonly LogHead[]>
  head(log: LogName): Promise<LogHead | undefined>
  /** Where a log begins. */
  startOf(log: LogName): Promise<LogStart>
  /** The origin of a log, also of one in which nothing was recorded yet. */
  originOf(log: LogName): Promise<string>
  /** Its epochs in order, at least one; also of a log in which nothing was recorded yet. */
  epochsOf(log: LogName): Promise<readonly Epoch[]>
  /** The entries at these places, in the order asked, without those that were pruned. Throws `damaged_journal` when one is missing. */
  entriesAt(log: LogName, seqs: readonly number[]): Promise<readonly StoredEntry[]>
  findById(log: LogName, id: string): Promise<StoredEntry | undefined>
  /**
   * Rows of a log as they rest, in order, beginning with the one that holds `seq`: at least that one, at most `limit`.
   * Throws `damaged_journal` when it is missing, and `not_found` when it was pruned.
   */
  blocks(log: LogName, seq: number, order: Order, limit: number): Promise<readonly Block[]>
  /** Entries of a log that were recorded within the times; undefined when there are none. */
  seqsWithin(log: LogName, times: TimeRange): Promise<SeqRange | undefined>
  /** The rows that hold these entries, whose numbers ascend, with these entries alone; pruned ones are left out. Throws `damaged_journal`. */
  rowsAt(log: LogName, seqs: readonly number[]): Promise<readonly JournalRow[]>
  /**
   * Rows after `position` in order of position: at least one if there is any, and about `entryLimit` entries. Rows at positions that
   * are `held`, which ascend, are passed over, and not read.
   */
  rowsAfter(
    position: number,
    entryLimit: number,
    held?: readonly PositionRange[],
  ): Promise<readonly JournalRow[]>
  /** Logs that have rows after `position`: those that have grown since, each once. */
  logsAfter(position: number): Promise<readonly LogName[]>
  /** Position of the newest row, 0 when there is none. */
  lastPosition(): Promise<number>
  indexProgress(): Promise<IndexProgress>
  /** How many entries of all logs, without those that were pruned, the rows up to `position` hold. */
  entriesThrough(position: number): Promise<number>
  /** The last `seq` of a log that rows up to `position` hold; undefined when they hold none. */
  seqThrough(log: LogName, position: number): Promise<number | undefined>
  /** Recomputes the chain of entries from stored content. See `verifyChain`. */
  verify(log: LogName, range: VerifyRange): Promise<ChainVerdict>
  /** What a log's head says beside hashes that its rows contradict; see `headProblems`. */
  headProblems(log: LogName): Promise<readonly string[]>
  close(): Promise<void>
}

/** Bounds on `recorded_at`, microseconds since 1970, inclusive. */
export interface TimeRange {
  readonly from?: number
  readonly to?: number
}

/** Consecutive entries, both bounds included. */
export interface SeqRange {
  readonly first: number
  readonly last: number
}

export interface VerifyRange extends TimeRange {
  readonly fromSeq?: number
  /** Inclusive. */
  readonly toSeq?: number
  readonly limit?: number
  /** Where an earlier walk ended: `fromSeq` entries were walked from the log's first on, with this outcome. */
  readonly resume?: WalkState
  /**
   * Ids of entries that are said to record what was erased or pruned, where the walk may not come past them. What they do not
   * account for is looked for in all that follows the walk.
   */
  readonly deletionEntries?: readonly string[]
  readonly onProgress?: (walked: number) => void
}

/** What a walk that began at a log's first entry knows of what it walked. */
export interface WalkState {
  /** `entry_hash` of the last entry walked, 64 hex digits; zeros for none. */
  readonly headHash: string
  /** Frontier of the Merkle tree of the entries walked. */
  readonly frontier: Uint8Array
}

export const BROKEN_REASONS = [
  'prev_hash_mismatch',
  'entry_hash_mismatch',
  'missing_row',
  'null_hash',
  /** A section is gone, and no entry of the log says that it was erased. */
  'unrecorded_erasure',
  /** The log begins later than its entries say that it was pruned to. */
  'unrecorded_prune',
] as const
export type BrokenReason = (typeof BROKEN_REASONS)[number]

export interface ChainVerdict {
  /** Entries walked. */
  readonly walked: number
  /** Those of them of which something was erased; what is left of them was verified. */
  readonly redacted: number
  readonly firstSeq: number | undefined
  readonly lastSeq: number | undefined
  /** Where to go on when `limit` ended the walk within the range; undefined when nothing is left, or it is broken. */
  readonly nextSeq: number | undefined
  readonly broken: BrokenEntry | undefined
  /** How many entries the log had when the walk began; 0 when there is no such log. */
  readonly logSize: number
  /** Only of a walk with `resume`: what the next one goes on with, from `fromSeq + walked`. */
  readonly state?: WalkState
  /** Whether the walk ended at the log's head and the recomputed root equals the head's. Undefined for a part of a log. */
  readonly headMatches: boolean | undefined
}

export interface BrokenEntry {
  readonly seq: number
  /** Undefined when it cannot be known: the row is missing, or its ids are. */
  readonly id: string | undefined
  /** Where there is no `id`: the next entry that is still there, or else the last one before. */
  readonly nearestId?: string
  readonly reason: BrokenReason
  /** For the operator: what was expected where. */
  readonly explanation: string
}
