import type { Epoch, SectionPath } from '@counterfoil/core'
import type { RestingEntries } from '../journal/journal.js'

/** A full tile: 256 hashes, and the root of the perfect tree over them, which is one hash of the level above. */
export interface FullTile {
  readonly kind: 'tile'
  readonly level: number
  readonly index: number
  /** 8,192 bytes. */
  readonly hashes: Uint8Array
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** What 256 entries say, in the form of bundle.ts. */
export interface FullBundle {
  readonly kind: 'bundle'
  readonly index: number
  readonly bytes: Uint8Array
}

export type LedgerObject = FullTile | FullBundle

/**
 * Where the full tiles and bundles of logs rest for good. What was put never changes, but for what is erased. One writer.
 *
 * Logs are named by their origin. The part of a log that does not fill a bundle yet is in the journal alone.
 */
export interface Ledger {
  /**
   * Puts objects of one log and notes that it holds `size` entries from now on, a multiple of 256: all of it, durably, or
   * nothing. Putting the same bytes again is harmless; other bytes for an object that is there throw `damaged_ledger`,
   * and so does a size that is not what the objects make it.
   */
  put(origin: string, size: number, objects: readonly LedgerObject[]): Promise<void>
  /**
   * Erases sections of entries, whose numbers ascend, from what rests under the origin of the last of these epochs of their log,
   * in one durable transaction: each is replaced by what it was committed
   * as. Entries that are not in the ledger are passed over. Throws `damaged_journal` or `damaged_ledger`, and erases nothing,
   * when one of them is not what was recorded.
   */
  erase(epochs: readonly Epoch[], seqs: readonly number[], paths: readonly SectionPath[]): Promise<void>
  /**
   * Begins a log of which nothing rests at `minIndex`, as if it had been pruned to there, with the roots of tiles that are kept then
   * (`tilesBefore`), in one durable step. Nothing happens where something rests of it. May be repeated.
   */
  begin(origin: string, minIndex: number, roots: readonly KeptRoots[]): Promise<void>
  /**
   * Takes away the bundles and tiles of a log that hold nothing but entries before `minIndex`, as c2sp.org/tlog-tiles says, about
   * `bundlesMax` bundles in one durable transaction. What it takes to compute roots of all that is kept stays. From the first call
   * on the ledger begins there for every reader. Gives how many bundles went; fewer than `bundlesMax` when there are no more.
   */
  prune(origin: string, minIndex: number, bundlesMax: number): Promise<number>
  /** Gives space of what was taken away back to the file system. Resolves false when it has to be asked again, at once. */
  shrink(): Promise<boolean>
  /** Leaves nothing of what was erased in unused parts of the ledger's files. Resolves false when it has to be asked again. */
  scrub(): Promise<boolean>
  close(): Promise<void>
}

/** Roots of consecutive tiles of one level, one after another. */
export interface KeptRoots {
  readonly level: number
  readonly first: number
  readonly roots: Uint8Array
}

/** Reading the ledger. Independent of its writer. */
export interface LedgerReader extends RestingEntries {
  /** The first entry of a log that rests here, a multiple of 256; 0 unless it was pruned. */
  minIndex(origin: string): Promise<number>
  /** The 8,192 bytes of a full tile. Throws `damaged_ledger` when it should be there and is not, `not_found` when it was pruned. */
  tile(origin: string, level: number, index: number): Promise<Uint8Array>
  /** Roots of the full tiles `first` to `first + count - 1` of a level, one after another. Throws `damaged_ledger`. */
  roots(origin: string, level: number, first: number, count: number): Promise<Uint8Array>
  /** Bytes that each bundle of a log takes with its tile, from the first that is kept on. */
  bundleBytes(origin: string): Promise<readonly number[]>
  /** How many bundles, and tiles with their hashes, rest of a log, whatever its size says: for whoever checks that there is nothing besides. */
  objects(origin: string): Promise<{ readonly bundles: number; readonly tiles: number }>
  /** Names of all logs. */
  origins(): Promise<readonly string[]>
  close(): Promise<void>
}
