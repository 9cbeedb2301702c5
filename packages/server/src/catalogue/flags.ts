import type { EntryFlag, FlagKind, LogName } from '@counterfoil/core'

/** Entries of one log that were recorded although they did not agree with the catalogue, counted by what and why. */
export interface FlagCount {
  readonly kind: FlagKind
  /** Empty where more kinds of flags came than are kept apart. */
  readonly action: string
  readonly version: number
  readonly count: number
  /** Microseconds since 1970. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  /** The newest of them, and the first thing in it that did not agree. */
  readonly entryId: string
  readonly pointer: string
  readonly message: string
}

/** An entry that was recorded with a flag. */
export interface FlaggedEntry extends Omit<EntryFlag, 'index'> {
  readonly entryId: string
  /** Microseconds since 1970. */
  readonly recordedAt: number
}

/** Actions times versions of which a log keeps counts; the rest is counted together. */
export const FLAG_COUNTS_MAX = 1_000

/**
 * Counts of flagged entries. They are beside the log and not in it: an entry never changes, and what an organization
 * thinks of its actions is not part of the evidence. The newest counts may be lost in a power cut; entries are not.
 */
export interface CatalogueFlags {
  /** Several processes may add at the same time. */
  add(log: LogName, flagged: readonly FlaggedEntry[]): Promise<void>
  /** The most recently seen first. */
  list(log: LogName): Promise<readonly FlagCount[]>
  close(): Promise<void>
}
