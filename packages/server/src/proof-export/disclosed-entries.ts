import {
  AppError,
  BodyHasher,
  type Disclosure,
  formatMicroseconds,
  HASH_BYTES,
  leafText,
  toHex,
} from '@counterfoil/core'
import { leafHash } from '@counterfoil/verify'
import { type Block, blockSections, disclosedSections, hashSections, recordedAtOf } from '../journal/block.js'
import { expandSalts } from '../journal/salts.js'
import { uuidText } from '../journal/uuid.js'
import { sha256Into } from '../platform-hash.js'

/** An entry ready to be exported. */
export interface DisclosedEntry {
  readonly disclosure: Disclosure
  /** Its leaf, byte for byte as it was hashed. */
  readonly leaf: Uint8Array
  /** `entry_hash` of the entry before, 64 hex digits. */
  readonly prev: string
}

const encoder = new TextEncoder()

/**
 * The entries of a block with their salts. Each leaf is made anew from what the entry says, and must have the hash that
 * was stored: what does not verify is not exported. Throws `damaged_journal`.
 */
export function disclosedEntries(origin: string, block: Block): DisclosedEntry[] {
  const { firstSeq, count, ids, entryHashes, prevHash } = block
  const { entries, total } = decoded(block, () => blockSections(block))
  const salts = decoded(block, () => expandSalts(block.salts, total))
  const bodies = new BodyHasher(sha256Into)
  const body = new Uint8Array(HASH_BYTES)
  return Array.from({ length: count }, (_, i) => {
    const sections = entries[i] ?? []
    bodies.begin()
    hashSections(bodies, sections, salts)
    bodies.finish(body, 0)
    const place = {
      id: uuidText(ids, 16 * i),
      seq: firstSeq + i,
      recordedAt: formatMicroseconds(recordedAtOf(block, i)),
    }
    const prev = i === 0 ? toHex(prevHash) : toHex(entryHashes, HASH_BYTES * (i - 1), HASH_BYTES)
    const { id, seq, recordedAt: t } = place
    const leaf = encoder.encode(leafText({ body: toHex(body), id, log: origin, prev, seq, t }))
    if (toHex(leafHash(sha256Into, leaf)) !== toHex(entryHashes, HASH_BYTES * i, HASH_BYTES))
      throw damaged(`Entry ${seq} is not what was recorded.`)
    return { disclosure: { ...place, sections: disclosedSections(sections, salts) }, leaf, prev }
  })
}

function decoded<T>({ firstSeq, count }: Block, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw damaged(`The row of entries ${firstSeq} to ${firstSeq + count - 1} does not decode.`, cause)
  }
}

function damaged(what: string, cause?: unknown): AppError {
  return new AppError('damaged_journal', {
    hint: `${what} Run "counterfoil verify" to locate the damage and restore a backup.`,
    cause,
  })
}
