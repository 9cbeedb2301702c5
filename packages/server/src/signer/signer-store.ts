import type { LogName } from '@counterfoil/core'

/** What was signed last of a log, and all that extending it needs. */
export interface SignedHead {
  readonly origin: string
  readonly log: LogName
  readonly size: number
  /** Root of the tree, 32 bytes. */
  readonly root: Uint8Array
  /** `entry_hash` of the newest entry, 64 hex digits; zeros for an empty log. */
  readonly headHash: string
  /** As `Frontier.toBytes` gives it. */
  readonly frontier: Uint8Array
  /** The signed checkpoint: a note, as it is served. */
  readonly note: string
  /** When it was signed, or signed again because nothing had changed: milliseconds since 1970. */
  readonly signedAtMs: number
  /** Which key of the log signs; see `LogKeys`. */
  readonly generation: number
  /** Until when the key before signs as well, milliseconds since 1970; undefined when it does not. */
  readonly overlapUntilMs?: number
  readonly frozen?: Frozen
}

/** Why nothing more is signed of a log, until somebody has looked at it. */
export interface Frozen {
  readonly reason: string
  readonly atMs: number
}

/** A step from one head to the next. */
export interface Advance {
  readonly from: SignedHead
  readonly to: SignedHead
}

/**
 * What the signer remembers, apart from the journal and not to be restored together with it: it is how the signer knows that
 * what it is shown is what it was shown before. Of several writers at once none moves a head that another has moved.
 */
export interface SignerStore {
  /** Heads of all logs, or of these. One whose bytes were changed by others is given as `{ origin, damaged }`. */
  heads(origins?: readonly string[]): Promise<readonly (SignedHead | DamagedHead)[]>
  /** Remembers logs, all of them or none. Rejects when one is known already. */
  begin(...heads: readonly SignedHead[]): Promise<void>
  /**
   * Compare and swap, of all steps or of none, durably: resolves false when a head is not any more what it is to be moved from, by its
   * size and root, or when it is frozen.
   */
  advance(steps: readonly Advance[]): Promise<boolean>
  /** Stops a log. The reason that is there first stays. */
  freeze(origin: string, frozen: Frozen): Promise<void>
  /** Lets a log go on. Only for whoever has proven that what is stored extends the head. */
  thaw(origin: string): Promise<void>
  close(): Promise<void>
}

/** A store that signers of several processes share. */
export interface SharedSignerStore extends SignerStore {
  /** Heads that were remembered, moved, stopped or let go on after `revision`; 0 is before all. */
  changedSince(revision: number): Promise<ChangedHeads>
}

/** What changed, and up to where that is all. */
export interface ChangedHeads {
  readonly heads: readonly (SignedHead | DamagedHead)[]
  readonly revision: number
}

/** A head in which not every byte is as it was written. */
export interface DamagedHead {
  readonly origin: string
  readonly damaged: string
}
