import { type Epoch, originAt, type SectionPath, TILE_WIDTH } from '@counterfoil/core'
import { type Block, blockSections } from '../journal/block.js'
import { eraseFromBlock } from '../journal/erase-block.js'
import { encodeRuns, saltRuns, withoutSeeds } from '../journal/salts.js'
import { BUNDLE_SEGMENTS, damagedBundle, decodeBundle, rewriteBundle } from './bundle.js'

/** A bundle as an engine has it. */
export interface RestingBundle {
  readonly bytes: Uint8Array
  /** Of its tile. */
  readonly hashes: Uint8Array
}

/** What an erasure asks of the engine: the bundle with this number, if it is there; or to replace its bytes. */
export type ErasureRequest =
  | { readonly kind: 'read'; readonly index: number }
  | { readonly kind: 'write'; readonly index: number; readonly bytes: Uint8Array }

/**
 * Erases sections of entries of a log with these epochs, whose numbers ascend, from bundles: asks the engine for one after another and for what is to be
 * replaced, all of it inside of one transaction of the engine's. Throws `damaged_journal` or `damaged_ledger`.
 */
export function* eraseBundles(
  epochs: readonly Epoch[],
  seqs: readonly number[],
  paths: readonly SectionPath[],
): Generator<ErasureRequest, void, RestingBundle | undefined> {
  for (const [index, indexes] of placesByBundle(seqs)) {
    const resting = yield { kind: 'read', index }
    if (resting === undefined) continue
    const block = readable(index, resting)
    const erased = eraseFromBlock({
      originAt: originAt(epochs),
      block,
      indexes,
      paths,
      segmentation: BUNDLE_SEGMENTS,
    })
    if (erased === undefined) continue
    yield { kind: 'write', index, bytes: rewriteBundle(resting.bytes, erased) }
    // A row of the journal may lie in two bundles, and so does its seed.
    for (const neighbour of [index - 1, index + 1]) yield* destroySeeds(neighbour, erased.destroyedSeeds)
  }
}

function* destroySeeds(
  index: number,
  seeds: readonly Uint8Array[],
): Generator<ErasureRequest, void, RestingBundle | undefined> {
  const resting = seeds.length === 0 ? undefined : yield { kind: 'read', index }
  if (resting === undefined) return
  const block = readable(index, resting)
  const runs = withoutSeeds(saltRuns(block.salts, blockSections(block).total), seeds)
  if (runs === undefined) return
  yield { kind: 'write', index, bytes: rewriteBundle(resting.bytes, { salts: encodeRuns(runs) }) }
}

function placesByBundle(seqs: readonly number[]): ReadonlyMap<number, ReadonlySet<number>> {
  const places = new Map<number, Set<number>>()
  for (const seq of seqs) {
    const index = Math.floor(seq / TILE_WIDTH)
    const inBundle = places.get(index) ?? new Set()
    places.set(index, inBundle.add(seq - index * TILE_WIDTH))
  }
  return places
}

/** The block of a bundle whose contents decode. */
function readable(index: number, { bytes, hashes }: RestingBundle): Block {
  const block = decodeBundle(index, bytes, hashes)
  try {
    blockSections(block)
  } catch (cause) {
    throw damagedBundle(index, cause)
  }
  return block
}
