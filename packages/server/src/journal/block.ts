import {
  contentFromValues,
  GENESIS_HASH,
  HASH_BYTES,
  type Json,
  type RemainingContent,
  SALT_BYTES,
  type Section,
  type SectionPath,
  toHex,
} from '@counterfoil/core'
import { decodeSegment, type SectionBytes, SegmentReader, segmentsOf } from './contents.js'
import type { StoredEntry } from './journal.js'
import { uuidText } from './uuid.js'

/** One time for all entries of a block, or one for each: microseconds since 1970. */
export type RecordedAt = number | Float64Array

/**
 * Consecutive entries of one log: a journal row, of up to `BLOCK_ENTRIES_MAX` entries with one `recorded_at`, or a bundle
 * of the ledger.
 */
export interface Block {
  readonly firstSeq: number
  readonly count: number
  readonly recordedAt: RecordedAt
  /** `entry_hash` of the entry before the first, 32 bytes. */
  readonly prevHash: Uint8Array
  /** 16 bytes an entry. */
  readonly ids: Uint8Array
  /** 32 bytes an entry. */
  readonly entryHashes: Uint8Array
  /** 16 bytes a present section, or what they come from; see salts.ts. */
  readonly salts: Uint8Array
  /** What the entries say; see contents.ts. */
  readonly contents: Uint8Array
}

/** When the entry at place `i` of a block was recorded. */
export function recordedAtOf({ recordedAt }: Pick<Block, 'recordedAt'>, i: number): number {
  return typeof recordedAt === 'number' ? recordedAt : (recordedAt[i] as number)
}

/** Entries a row may hold: what SQLite spends on a row is shared by so many. */
export const BLOCK_ENTRIES_MAX = 64
/** Past this many bytes of JSON a row is closed early, so that large entries do not make heavy rows. */
export const BLOCK_BYTES_MAX = 256 * 1024
const decoder = new TextDecoder()

/** One section as it rests: where its salt is in the block's salts, and the UTF-8 bytes of its JSON. */
export interface StoredSection extends SectionBytes {
  readonly saltOffset: number
}

export interface BlockSections {
  /** Sections of each entry. */
  readonly entries: readonly (readonly StoredSection[])[]
  /** How many sections all of them have. */
  readonly total: number
}

/** Sections of each entry of a block, in order. Throws a RangeError when the bytes make no sense. */
export function blockSections({ contents, count }: Pick<Block, 'contents' | 'count'>): BlockSections {
  const entries: StoredSection[][] = []
  let saltOffset = 0
  for (const place of segmentsOf(contents)) {
    const reader = new SegmentReader(decodeSegment(contents, place))
    for (let i = 0; i < place.entries; i++) {
      const sections = reader.next().map(({ path, json }, nth) => ({
        path,
        json,
        saltOffset: saltOffset + SALT_BYTES * nth,
      }))
      saltOffset += SALT_BYTES * sections.length
      entries.push(sections)
    }
    if (!reader.ended) throw new RangeError('a segment is longer than its entries')
  }
  if (entries.length !== count) throw new RangeError('the contents hold another number of entries')
  return { entries, total: saltOffset / SALT_BYTES }
}

/**
 * What the sections `paths` of the entries at `indexes` (ascending) say. Other sections and entries are not parsed, and
 * segments without a wanted entry are not inflated. Throws when the bytes make no sense.
 */
export function blockContents(
  { contents }: Block,
  indexes: readonly number[],
  paths: readonly SectionPath[],
): RemainingContent[] {
  const found: RemainingContent[] = []
  for (const place of segmentsOf(contents)) {
    const end = place.firstEntry + place.entries
    if (found.length === indexes.length || (indexes[found.length] as number) >= end) continue
    const bytes = decodeSegment(contents, place)
    const reader = new SegmentReader(bytes)
    for (let index = place.firstEntry; index < end; index++) {
      if (indexes[found.length] === index) found.push(readContent(reader, bytes, paths))
      else reader.skip()
    }
  }
  if (found.length < indexes.length) throw new RangeError('the contents hold fewer entries')
  return found
}

/** The wanted sections of the reader's next entry. */
function readContent(reader: SegmentReader, bytes: Buffer, paths: readonly SectionPath[]): RemainingContent {
  const values: { [Path in SectionPath]?: Json } = {}
  reader.visit((path, start, end) => {
    if (paths.includes(path)) values[path] = JSON.parse(bytes.toString('utf8', start, end))
  })
  return contentFromValues(values)
}

/** The entries of a block as they are read. */
export function storedEntries(block: Block): StoredEntry[] {
  return blockSections(block).entries.map((sections, i) => storedEntry(block, sections, i))
}

/** The entry at place `i` of a block, whose sections are those that were decoded for it. */
export function storedEntry(block: Block, sections: readonly SectionBytes[], i: number): StoredEntry {
  return {
    id: uuidText(block.ids, 16 * i),
    seq: block.firstSeq + i,
    recordedAt: recordedAtOf(block, i),
    entryHash: toHex(block.entryHashes, HASH_BYTES * i, HASH_BYTES),
    prevHash: i === 0 ? toHex(block.prevHash) : toHex(block.entryHashes, HASH_BYTES * (i - 1), HASH_BYTES),
    sections: sections.map(({ path, json }): Section => ({ path, json: decoder.decode(json) })),
  }
}

/** `prev` of a log's first entry as bytes. */
export const GENESIS_BYTES: Uint8Array = new Uint8Array(GENESIS_HASH.length / 2)
