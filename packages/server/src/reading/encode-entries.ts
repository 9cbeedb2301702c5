import {
  AppError,
  formatMicroseconds,
  HASH_BYTES,
  type LogName,
  type Order,
  SECTION_PATHS,
  type Selection,
  toHex,
} from '@counterfoil/core'
import { type Block, blockContents, recordedAtOf } from '../journal/block.js'
import type { JournalReader } from '../journal/journal.js'
import { uuidText } from '../journal/uuid.js'
import { TextWriter } from '../threads/text-writer.js'
import type { LoadedEncoder } from './entry-encoder.js'
import { isSelected, type ReadEntry } from './read-entry.js'

/** A part of an export. */
export interface EncodedChunk {
  /** The beginning of memory that may be longer. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** How many of the entries that were asked for it holds; at least one. */
  readonly entries: number
}

/** Entries of a log, in order. */
export interface Wanted {
  readonly log: LogName
  readonly order: Order
  /** At least one, in `order`. */
  readonly seqs: readonly number[]
  /** Rows to read at a time: one where few of a row's neighbours are wanted, many where all are. */
  readonly rowsAtOnce: number
  /**
   * What the index was asked for. Each entry is held against it, at the journal's own words: one that the index should
   * not have named is left out.
   */
  readonly selection?: Selection
  /** Of a chunk that was sent, to be written over; new where there is none. */
  readonly memory?: ArrayBuffer
}

/** Past this many bytes a chunk ends. It bounds what an export holds, and how long another waits for the thread. */
const CHUNK_BYTES = 256 * 1024

/**
 * Encodes entries from the first of `wanted.seqs` on, until a chunk is full or all are in it. Throws
 * `damaged_journal` when one is missing or its row does not decode.
 */
export async function encodeEntries(
  reader: JournalReader,
  { log, order, seqs, rowsAtOnce, selection, memory }: Wanted,
  { encode, prepare, sections }: LoadedEncoder,
): Promise<EncodedChunk> {
  const paths = selection === undefined ? sections : SECTION_PATHS
  const text = new TextWriter(memory)
  let entries = 0
  while (entries < seqs.length && text.length < CHUNK_BYTES) {
    for (const block of await reader.blocks(log, seqs[entries] as number, order, rowsAtOnce)) {
      const indexes = indexesIn(block, seqs, entries)
      // Whole rows, as half of one would be inflated again. A gap between rows is found by asking for what is in it.
      if (indexes.length === 0 || text.length >= CHUNK_BYTES) break
      const read = blockEntries(log, block, indexes, paths)
      const chosen = selection === undefined ? read : read.filter((entry) => isSelected(selection, entry))
      await prepare?.(chosen)
      for (const entry of chosen) text.add(encode(entry))
      entries += indexes.length
    }
  }
  return { bytes: text.take(), entries }
}

/** Places in the block of the entries that are next, in their order. */
function indexesIn({ firstSeq, count }: Block, seqs: readonly number[], from: number): number[] {
  const indexes: number[] = []
  for (let i = from; i < seqs.length; i++) {
    const index = (seqs[i] as number) - firstSeq
    if (index < 0 || index >= count) break
    indexes.push(index)
  }
  return indexes
}

function blockEntries(
  { organization_id, mode }: LogName,
  block: Block,
  indexes: readonly number[],
  sections: LoadedEncoder['sections'],
): ReadEntry[] {
  const backwards = (indexes[0] as number) > (indexes.at(-1) as number)
  const contents = contentsOf(block, backwards ? indexes.toReversed() : indexes, sections)
  if (backwards) contents.reverse()
  const times = timesOf(block)
  const hash = (index: number) =>
    index < 0 ? toHex(block.prevHash) : toHex(block.entryHashes, HASH_BYTES * index, HASH_BYTES)
  return indexes.map((index, i) => ({
    id: uuidText(block.ids, 16 * index),
    organization_id,
    mode,
    seq: block.firstSeq + index,
    recorded_at: times(index),
    entry_hash: hash(index),
    prev_hash: hash(index - 1),
    ...contents[i],
  }))
}

/** The times of a block's entries as text; the same time is formatted once. */
function timesOf(block: Block): (index: number) => string {
  let last = Number.NaN
  let text = ''
  return (index) => {
    const time = recordedAtOf(block, index)
    if (time !== last) text = formatMicroseconds(time)
    last = time
    return text
  }
}

function contentsOf(block: Block, ascending: readonly number[], sections: LoadedEncoder['sections']) {
  try {
    return blockContents(block, ascending, sections)
  } catch (cause) {
    throw new AppError('damaged_journal', {
      hint: `The row of entries ${block.firstSeq} to ${block.firstSeq + block.count - 1} does not decode. Run "counterfoil verify" to locate the damage and restore a backup.`,
      cause,
    })
  }
}
