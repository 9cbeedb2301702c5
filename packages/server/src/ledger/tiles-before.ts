import { HASH_BYTES, TILE_WIDTH } from '@counterfoil/core'
import type { KeptRoots, LedgerReader } from './ledger.js'

/** Tiles of one level that hold nothing but pruned entries. */
export interface PrunedTiles {
  readonly level: number
  /** Those from here on, up to `whole`, lie below a tile that is kept: their roots are its hashes, and stay. */
  readonly kept: number
  /** How many there are. */
  readonly whole: number
}

/** What goes of each level of a tree when a log is pruned to `minIndex`, a multiple of 256. */
export function* tilesBefore(minIndex: number): Generator<PrunedTiles> {
  let whole = minIndex / TILE_WIDTH
  for (let level = 0; whole > 0; level++) {
    yield { level, kept: whole - (whole % TILE_WIDTH), whole }
    whole = Math.floor(whole / TILE_WIDTH)
  }
}

/** Roots that are kept when a log is pruned to `minIndex`, as another one would begin there. Throws `damaged_ledger`. */
export async function rootsBefore(
  ledger: Pick<LedgerReader, 'roots'>,
  origin: string,
  minIndex: number,
): Promise<readonly KeptRoots[]> {
  const all: KeptRoots[] = []
  for (const { level, kept, whole } of tilesBefore(minIndex))
    if (whole > kept)
      all.push({ level, first: kept, roots: await ledger.roots(origin, level, kept, whole - kept) })
  return all
}

/** One after another. */
export function* eachRoot(kept: readonly KeptRoots[]) {
  for (const { level, first, roots } of kept)
    for (let at = 0; at < roots.length; at += HASH_BYTES)
      yield { level, index: first + at / HASH_BYTES, root: roots.subarray(at, at + HASH_BYTES) }
}
