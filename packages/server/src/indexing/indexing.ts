import type { LogName } from '@counterfoil/core'
import type { JournalFollower } from '../recording/recorder.js'

/** What may be said of an answer of the index. */
export interface IndexView {
  /** Journal rows up to here can be found. */
  readonly donePosition: number
  /** The first entry of the log that searches may miss, as its row is being replaced; undefined for none. */
  readonly missingFrom: number | undefined
  /** Another one as soon as anything of the log may have gone from the index. */
  readonly revision: string
}

/** How far the search index has come, whoever fills it: what searches wait for and whether they can be trusted. */
export interface Indexing extends JournalFollower {
  /** Whether the index is known to belong to this journal. False until it was looked at. */
  readonly ready: boolean
  /** Journal rows up to here can be found. */
  readonly donePosition: number
  /** The newest journal row that is known here. */
  readonly journalPosition: number
  /** Milliseconds since the index last took anything while there was something to take; 0 when it keeps up. */
  readonly unavailableMs: number
  /**
   * What a search that begins now can find, as soon as rows up to `position` are there, or after `timeoutMs`. Rejects with
   * `IndexUnavailable` when it is not known whether the index belongs to this journal.
   */
  catchUp(log: LogName, position: number, timeoutMs: number): Promise<IndexView>
  /** Whether the view held until now: asked when a search has ended, as rows may be replaced or filled anew beside it. */
  holds(log: LogName, view: IndexView): Promise<boolean>
  /**
   * Runs `replace` while nothing is inserted, once every row that was recorded before is in the index. Until it has ended
   * well, searches of the log from `firstSeq` on may miss entries, and views say so.
   */
  rewrite(log: LogName, firstSeq: number, replace: () => Promise<void>): Promise<void>
  /** Runs `work` while nothing is inserted, once every row that was recorded before is in the index. */
  exclusively(work: () => Promise<void>): Promise<void>
  /** Carries over what is left, for at most `timeoutMs`, and stops. */
  close(timeoutMs: number): Promise<void>
}
