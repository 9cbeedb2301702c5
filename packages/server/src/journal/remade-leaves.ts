import {
  AppError,
  BodyHasher,
  formatMicroseconds,
  HASH_BYTES,
  LeafHasher,
  leafText,
  type OriginAt,
  toHex,
} from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { type Block, blockSections, hashSections, recordedAtOf, type StoredSection } from './block.js'
import { expandSalts } from './salts.js'
import { uuidText } from './uuid.js'

/** An entry with its leaf, made anew from what is stored. */
export interface RemadeLeaf {
  readonly id: string
  readonly seq: number
  /** `2026-11-21T02:00:00.123456Z` */
  readonly recordedAt: string
  /** `entry_hash` of the entry before, 64 hex digits. */
  readonly prev: string
  /** The leaf, byte for byte as it was hashed. */
  readonly leaf: Uint8Array
  readonly sections: readonly StoredSection[]
  /** The salts of the whole block, in which each section knows its own. */
  readonly salts: Uint8Array
}

/**
 * The leaves of the entries at places `from` to `to - 1` of a block. Each must have the hash that was stored: what does not
 * verify is neither served nor exported. Throws `damaged_journal`.
 */
export function remadeLeaves(originAt: OriginAt, block: Block, from = 0, to = block.count): RemadeLeaf[] {
  const { entries, salts } = decoded(block)
  const bodies = new BodyHasher(sha256Into)
  const leaves = new LeafHasher(sha256Into)
  const body = new Uint8Array(HASH_BYTES)
  const hash = new Uint8Array(HASH_BYTES)
  const storedHash = (i: number) =>
    i < 0 ? toHex(block.prevHash) : toHex(block.entryHashes, HASH_BYTES * i, HASH_BYTES)
  return Array.from({ length: to - from }, (_, offset) => {
    const i = from + offset
    const sections = entries[i] ?? []
    bodies.begin()
    hashSections(bodies, sections, salts)
    bodies.finish(body, 0)
    const id = uuidText(block.ids, 16 * i)
    const seq = block.firstSeq + i
    const recordedAt = formatMicroseconds(recordedAtOf(block, i))
    const prev = storedHash(i - 1)
    const leaf = { body: toHex(body), id, log: originAt(seq), prev, seq, t: recordedAt }
    leaves.hash(leaf, hash, 0)
    if (toHex(hash) !== storedHash(i)) throw damaged(`Entry ${seq} is not what was recorded.`)
    return { id, seq, recordedAt, prev, leaf: encoder.encode(leafText(leaf)), sections, salts }
  })
}

const encoder = new TextEncoder()

function decoded(block: Block) {
  try {
    const { entries, total } = blockSections(block)
    return { entries, salts: expandSalts(block.salts, total) }
  } catch (cause) {
    const last = block.firstSeq + block.count - 1
    throw damaged(`The row of entries ${block.firstSeq} to ${last} does not decode.`, cause)
  }
}

function damaged(what: string, cause?: unknown): AppError {
  return new AppError('damaged_journal', {
    hint: `${what} Run "counterfoil verify" to locate the damage and restore a backup.`,
    cause,
  })
}
