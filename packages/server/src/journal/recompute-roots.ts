import { AppError, type Epoch, Frontier, type LogName, originAt } from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import type { JournalReader } from './journal.js'
import { ChainWalker } from './verify-chain.js'

const ROWS_AT_ONCE = 16

/**
 * Roots of the trees of a log's first entries, for each of `sizes`, which ascend and are not pruned; recomputed from stored
 * content. Undefined when that is broken anywhere before the last of them.
 */
export async function recomputeRoots(
  reader: JournalReader,
  log: LogName,
  epochs: readonly Epoch[],
  sizes: readonly number[],
): Promise<readonly Uint8Array[] | undefined> {
  const start = await reader.startOf(log)
  const frontier = Frontier.restore(sha256Into, start.size, start.frontier)
  const walker = new ChainWalker(originAt(epochs), start.size, start.headHash, { frontier })
  const roots: Uint8Array[] = []
  try {
    for (const size of sizes) {
      while (walker.nextSeq < size) {
        for (const block of await reader.blocks(log, walker.nextSeq, 'oldest_first', ROWS_AT_ONCE)) {
          if (walker.nextSeq >= size) break
          if (walker.walk(block, size - walker.nextSeq) !== undefined) return undefined
        }
      }
      roots.push(walker.frontier.root())
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'damaged_journal') return undefined
    throw error
  }
  return roots
}
