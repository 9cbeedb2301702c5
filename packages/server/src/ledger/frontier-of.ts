import { foldHashes, HASH_BYTES, slotsOfSubtree, subtreesOf, TILE_WIDTH } from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import type { LedgerReader } from './ledger.js'

/**
 * Frontier of the tree of a log's first `size` entries, a multiple of 256, from the roots of its tiles. All that it takes is kept
 * when the log is pruned to `size`. Throws `damaged_ledger`.
 */
export async function frontierOf(
  ledger: Pick<LedgerReader, 'roots'>,
  origin: string,
  size: number,
): Promise<Uint8Array> {
  const hashes: Uint8Array[] = []
  for (const { height, index } of subtreesOf(0, size)) {
    const { level, index: tile, first, count } = slotsOfSubtree(height, index)
    const roots = await ledger.roots(origin, level - 1, tile * TILE_WIDTH + first, count)
    hashes.push(foldHashes(sha256Into, new Uint8Array(roots)).subarray(0, HASH_BYTES))
  }
  return Buffer.concat(hashes)
}
