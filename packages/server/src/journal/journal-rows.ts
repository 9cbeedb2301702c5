import type { LogName } from '@counterfoil/core'
import type { BlockRow } from './block-row.js'
import type { IndexProgress, PositionRange } from './journal.js'
import type { StoredLog } from './stored-log.js'

/** Where an entry is: in a row, which may have been trimmed. */
export interface EntryPlace {
  readonly row: BlockRow
  /** Place of the entry within the row. */
  readonly index: number
}

/**
 * What an engine must find so that a journal can be read: rows and heads, as they rest. `log` is a log's number. Each call sees what
 * was durable when it was made.
 */
export interface JournalRows {
  /** Host part of log origins, fixed when the journal was made. */
  originHost(): Promise<string>
  /** See `JournalReader.installationId`. */
  installationId(): Promise<string>
  /** All logs, in order of their first entry. */
  logs(): Promise<readonly StoredLog[]>
  findLog(name: LogName): Promise<StoredLog | undefined>
  /** The logs with these numbers. */
  logsOf(numbers: readonly number[]): Promise<readonly StoredLog[]>
  /** How far a log may be trimmed at this moment. */
  trimmedSize(log: number): Promise<number>
  /** For each entry the row that holds it, if there is one. */
  containing(log: number, seqs: readonly number[]): Promise<readonly (BlockRow | undefined)[]>
  /** The last row that begins before `seq`, if there is one. */
  before(log: number, seq: number): Promise<BlockRow | undefined>
  /** Rows that begin at `seq` or later. */
  from(log: number, seq: number, limit: number): Promise<readonly BlockRow[]>
  /** Rows that begin at `seq` or before, the last one first. */
  downFrom(log: number, seq: number, limit: number): Promise<readonly BlockRow[]>
  /** Rows from the one that holds `seq` on, if there is one. */
  holding(log: number, seq: number, limit: number): Promise<readonly BlockRow[]>
  /** The first of the entries before `size` that was recorded at `time` or later; `size` when none was. */
  firstSince(log: number, time: number, size: number): Promise<number>
  /** Rows of all logs at positions within the ranges, which ascend, in order. */
  within(ranges: readonly PositionRange[], limit: number): Promise<readonly BlockRow[]>
  /**
   * Where the entry with the 16 bytes of an id is. A row that was trimmed cannot tell: it is given too, for whoever reads the
   * entry where it rests. Usually there is none or one.
   */
  placesOfId(log: number, id: Uint8Array): Promise<readonly EntryPlace[]>
  /** See `JournalReader.logsAfter`. */
  logsAfter(position: number): Promise<readonly LogName[]>
  lastPosition(): Promise<number>
  indexProgress(): Promise<IndexProgress>
  /** How many entries of all logs, without those that were pruned, the rows up to `position` hold. */
  entriesThrough(position: number): Promise<number>
  /** The last `seq` of a log that rows up to `position` hold; undefined when they hold none. */
  seqThrough(log: number, position: number): Promise<number | undefined>
  close(): Promise<void>
}
