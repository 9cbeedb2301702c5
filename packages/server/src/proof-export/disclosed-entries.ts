import type { Disclosure, OriginAt } from '@counterfoil/core'
import { type Block, disclosedSections } from '../journal/block.js'
import { remadeLeaves } from '../journal/remade-leaves.js'

/** An entry ready to be exported. */
export interface DisclosedEntry {
  readonly disclosure: Disclosure
  /** Its leaf, byte for byte as it was hashed. */
  readonly leaf: Uint8Array
  /** `entry_hash` of the entry before, 64 hex digits. */
  readonly prev: string
}

/** The entries of a block with their salts. What does not verify is not exported. Throws `damaged_journal`. */
export function disclosedEntries(originAt: OriginAt, block: Block): DisclosedEntry[] {
  return remadeLeaves(originAt, block).map(({ id, seq, recordedAt, prev, leaf, sections, salts }) => ({
    disclosure: { id, seq, recordedAt, sections: disclosedSections(sections, salts) },
    leaf,
    prev,
  }))
}
