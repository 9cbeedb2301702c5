import {
  encodeBundle,
  foldHashes,
  foldPlan,
  HASH_BYTES,
  type LogName,
  originAt,
  type ProofPlan,
  planConsistency,
  planInclusion,
  type Subtree,
  slotsOfSubtree,
  TILE_WIDTH,
} from '@counterfoil/core'
import type { Block } from '../journal/block.js'
import type { JournalReader } from '../journal/journal.js'
import { remadeLeaves } from '../journal/remade-leaves.js'
import type { LedgerReader } from '../ledger/ledger.js'
import { sha256Into } from '../platform-hash.js'

/** Rows read by one statement. */
const ROWS_AT_ONCE = 16
/** Roots of subtrees that several proofs share; some 10 MB. */
const SHARED_ROOTS_MAX = 65_536

/** Which part of a log's tree, under a checkpoint that covers it. */
export interface HashRange {
  readonly level: number
  /** Number of the first hash of its level. */
  readonly first: number
  readonly count: number
}

/** An entry's leaf, and what proves that it is in the tree. */
export interface InclusionProof {
  readonly leaf: Uint8Array
  /** Leaf's sibling first. */
  readonly path: readonly Uint8Array[]
}

export type ProvenEntries = Pick<JournalReader, 'blocks' | 'epochsOf' | 'originOf'>
export type ProvenTree = Pick<LedgerReader, 'roots' | 'size' | 'tile'>

/**
 * What a log's evidence is made of, as it is served: hashes of the tree, leaves, proofs. Full tiles come from the ledger, the
 * rest from the journal; every leaf is made anew from what is stored and held against its hash.
 */
export class EvidenceReader {
  readonly #journal: ProvenEntries
  readonly #ledger: ProvenTree

  constructor(journal: ProvenEntries, ledger: ProvenTree) {
    this.#journal = journal
    this.#ledger = ledger
  }

  /** Hashes of a level of the tree, one after another. All of them must be under a checkpoint. */
  async hashes(log: LogName, { level, first, count }: HashRange): Promise<Uint8Array> {
    const origin = await this.#journal.originOf(log)
    if (level > 0) return this.#ledger.roots(origin, level - 1, first, count)
    const inLedger = Math.min(count, Math.max(0, (await this.#ledger.size(origin)) - first))
    const parts: Uint8Array[] = []
    for (let at = first; at < first + inLedger; ) {
      const index = Math.floor(at / TILE_WIDTH)
      const end = Math.min((index + 1) * TILE_WIDTH, first + inLedger)
      const tile = await this.#ledger.tile(origin, 0, index)
      parts.push(
        tile.subarray(HASH_BYTES * (at - index * TILE_WIDTH), HASH_BYTES * (end - index * TILE_WIDTH)),
      )
      at = end
    }
    await this.#visit(log, first + inLedger, first + count, (block, from, to) => {
      parts.push(block.entryHashes.subarray(HASH_BYTES * from, HASH_BYTES * to))
    })
    return Buffer.concat(parts)
  }

  /** The leaves of entries `first` to `first + count - 1`, as a C2SP entry bundle. */
  async bundle(log: LogName, first: number, count: number): Promise<Uint8Array> {
    return encodeBundle(await this.#leafBytes(log, first, count))
  }

  /** The leaf of an entry, and its proof in the tree of `size` entries. */
  async inclusion(log: LogName, seq: number, size: number): Promise<InclusionProof> {
    const [leaf] = await this.#leafBytes(log, seq, 1)
    return { leaf: leaf as Uint8Array, path: await this.#fold(log, planInclusion(seq, size)) }
  }

  /** That the tree of `to` entries begins with that of `from`. */
  async consistency(log: LogName, from: number, to: number): Promise<readonly Uint8Array[]> {
    return this.#fold(log, planConsistency(from, to))
  }

  /** Paths in the tree of `size` entries, asked for one after another: what neighbours share is looked up once. */
  pathsIn(log: LogName, size: number): (seq: number) => Promise<readonly Uint8Array[]> {
    const roots = new Map<string, Uint8Array>()
    return (seq) => {
      if (roots.size > SHARED_ROOTS_MAX) roots.clear()
      return this.#fold(log, planInclusion(seq, size), roots)
    }
  }

  async #fold(
    log: LogName,
    plan: ProofPlan,
    roots: Map<string, Uint8Array> = new Map(),
  ): Promise<Uint8Array[]> {
    for (const subtree of plan.flat()) {
      const key = keyOf(subtree)
      if (!roots.has(key)) roots.set(key, await this.#subtreeRoot(log, subtree))
    }
    return foldPlan(sha256Into, plan, (height, index) => roots.get(keyOf({ height, index })) as Uint8Array)
  }

  async #subtreeRoot(log: LogName, { height, index }: Subtree): Promise<Uint8Array> {
    const slots = slotsOfSubtree(height, index)
    const first = slots.index * TILE_WIDTH + slots.first
    const hashes = await this.hashes(log, { level: slots.level, first, count: slots.count })
    return new Uint8Array(foldHashes(sha256Into, new Uint8Array(hashes)))
  }

  async #leafBytes(log: LogName, first: number, count: number): Promise<Uint8Array[]> {
    const origins = originAt(await this.#journal.epochsOf(log))
    const leaves: Uint8Array[] = []
    await this.#visit(log, first, first + count, (block, from, to) => {
      for (const { leaf } of remadeLeaves(origins, block, from, to)) leaves.push(leaf)
    })
    return leaves
  }

  /** Visits the blocks that hold entries `first` to `end - 1`, with the places of these in each. */
  async #visit(
    log: LogName,
    first: number,
    end: number,
    visit: (block: Block, from: number, to: number) => void,
  ): Promise<void> {
    for (let next = first; next < end; ) {
      for (const block of await this.#journal.blocks(log, next, 'oldest_first', ROWS_AT_ONCE)) {
        if (next >= end) return
        const to = Math.min(block.count, end - block.firstSeq)
        visit(block, next - block.firstSeq, to)
        next = block.firstSeq + to
      }
    }
  }
}

function keyOf({ height, index }: Subtree): string {
  return `${height}/${index}`
}
