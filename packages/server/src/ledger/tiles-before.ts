import { TILE_WIDTH } from '@counterfoil/core'

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
