import {
  type BodyHasher,
  contentFromSections,
  contentFromValues,
  type DisclosedSection,
  GENESIS_HASH,
  HASH_BYTES,
  type Json,
  type RemainingContent,
  SALT_BYTES,
  SECTION_PATHS,
  type Section,
  type SectionPath,
  toHex,
} from '@counterfoil/core'
import {
  decodeSegment,
  type ErasedBytes,
  type KeptBytes,
  type SectionBytes,
  SegmentReader,
  segmentsOf,
} from './contents.js'
import type { PlacedContent, StoredEntry } from './journal.js'
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
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c

/** A section that is there: the UTF-8 bytes of its JSON, and where its salt is in the block's salts. */
export interface KeptSection extends KeptBytes {
  readonly saltOffset: number
}

/** One section as it rests. With an erased one its salt has gone, too. */
export type StoredSection = KeptSection | ErasedBytes

export function isKept<Kept extends KeptBytes>(section: Kept | ErasedBytes): section is Kept {
  return 'json' in section
}

export interface BlockSections {
  /** Sections of each entry. */
  readonly entries: readonly (readonly StoredSection[])[]
  /** How many salts the block has: one for each section that is there. */
  readonly total: number
}

/** What is left of an entry's content, and which of its sections were erased. */
export type LeftContent = RemainingContent & { readonly erased_sections?: readonly SectionPath[] }

/** Sections of each entry of a block, in order. Throws a RangeError when the bytes make no sense. */
export function blockSections({ contents, count }: Pick<Block, 'contents' | 'count'>): BlockSections {
  const entries: StoredSection[][] = []
  let saltOffset = 0
  for (const place of segmentsOf(contents)) {
    const bytes = decodeSegment(contents, place)
    const reader = new SegmentReader(bytes)
    for (let i = 0; i < place.entries; i++) {
      const sections: StoredSection[] = []
      reader.visit((path, start, end, isErased) => {
        // No Buffer, which costs three times as much to make; there are five for each entry of a walk.
        const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
        if (isErased) sections.push({ path, commitment: view })
        else {
          sections.push({ path, json: view, saltOffset })
          saltOffset += SALT_BYTES
        }
      })
      entries.push(sections)
    }
    if (!reader.ended) throw new RangeError('a segment is longer than its entries')
  }
  if (entries.length !== count) throw new RangeError('the contents hold another number of entries')
  return { entries, total: saltOffset / SALT_BYTES }
}

/** Adds an entry's sections to a body: what they say, under the block's salts, or what they were committed as. */
export function hashSections(
  bodies: BodyHasher,
  sections: readonly StoredSection[],
  salts: Uint8Array,
): void {
  for (const section of sections) {
    if (isKept(section)) bodies.addSectionBytes(section.path, salts, section.saltOffset, section.json)
    else bodies.addCommitment(section.commitment)
  }
}

/** An entry's sections as they are shown to whoever verifies. */
export function disclosedSections(
  sections: readonly StoredSection[],
  salts: Uint8Array,
): readonly DisclosedSection[] {
  return sections.map((section): DisclosedSection => {
    if (!isKept(section)) return section
    const { path, json, saltOffset } = section
    return { path, salt: salts.subarray(saltOffset, saltOffset + SALT_BYTES), json: decoder.decode(json) }
  })
}

/**
 * What the sections `paths` of the entries at `indexes` (ascending) say. Other sections and entries are not parsed, and
 * segments without a wanted entry are not inflated. Throws when the bytes make no sense.
 */
export function blockContents(
  { contents }: Block,
  indexes: readonly number[],
  paths: readonly SectionPath[],
): LeftContent[] {
  const found: LeftContent[] = []
  let next = 0
  for (const place of segmentsOf(contents)) {
    const wanted: number[] = []
    for (const end = place.firstEntry + place.entries; next < indexes.length; next++) {
      const index = indexes[next] as number
      if (index >= end) break
      wanted.push(index - place.firstEntry)
    }
    if (wanted.length === 0) continue
    for (const values of segmentValues(decodeSegment(contents, place), wanted, paths))
      found.push(leftContent(contentFromValues(values.kept), values.erased))
  }
  if (found.length < indexes.length) throw new RangeError('the contents hold fewer entries')
  return found
}

/** What is left of the entries at `indexes` (ascending), and their places. Throws when the bytes make no sense. */
export function placedContents(block: Block, indexes: readonly number[]): PlacedContent[] {
  return blockContents(block, indexes, SECTION_PATHS).map((content, i) => {
    const index = indexes[i] as number
    const id = uuidText(block.ids, 16 * index)
    return { id, seq: block.firstSeq + index, recordedAt: recordedAtOf(block, index), content }
  })
}

interface SectionValues {
  readonly kept: { [Path in SectionPath]?: Json }
  readonly erased: readonly SectionPath[]
}

interface PresentSections {
  readonly kept: SectionPath[]
  readonly erased: SectionPath[]
}

/** The sections of the entries at places `wanted` of a segment, parsed by one call: that is a seventh off an export. */
function segmentValues(
  bytes: Buffer,
  wanted: readonly number[],
  paths: readonly SectionPath[],
): readonly SectionValues[] {
  const reader = new SegmentReader(bytes)
  const present: PresentSections[] = []
  // Room for all of the segment's JSON: a comma takes less than the length it stands for.
  const list = Buffer.allocUnsafe(bytes.length + 2)
  let length = 0
  let place = 0
  for (const next of wanted) {
    for (; place < next; place++) reader.skip()
    const sections: PresentSections = { kept: [], erased: [] }
    reader.visit((path, start, end, isErased) => {
      if (isErased) sections.erased.push(path)
      if (isErased || !paths.includes(path)) return
      sections.kept.push(path)
      list[length++] = COMMA
      length += bytes.copy(list, length, start, end)
    })
    present.push(sections)
    place++
  }
  if (length === 0) return present.map(({ erased }) => ({ kept: {}, erased }))
  list[0] = OPEN_BRACKET
  list[length++] = CLOSE_BRACKET
  const values = JSON.parse(list.toString('utf8', 0, length)) as readonly Json[]
  const count = present.reduce((sum, { kept }) => sum + kept.length, 0)
  if (values.length !== count) throw new RangeError('a section is not one JSON value')
  let next = 0
  return present.map((sections) => {
    const kept: SectionValues['kept'] = {}
    for (const path of sections.kept) kept[path] = values[next++] as Json
    return { kept, erased: sections.erased }
  })
}

/** Content with the names of erased sections, if there are any. */
export function leftContent(
  content: RemainingContent,
  erased: readonly SectionPath[] | undefined,
): LeftContent {
  return erased === undefined || erased.length === 0 ? content : { ...content, erased_sections: erased }
}

/** What is left of a stored entry, parsed. */
export function contentOf({ sections, erased }: Pick<StoredEntry, 'sections' | 'erased'>): LeftContent {
  return leftContent(contentFromSections(sections), erased)
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
    ...sectionTexts(sections),
  }
}

/** Sections as text, and which of them were erased. */
function sectionTexts(sections: readonly SectionBytes[]): Pick<StoredEntry, 'sections' | 'erased'> {
  const kept: Section[] = []
  const erased: SectionPath[] = []
  for (const section of sections) {
    if (isKept(section)) kept.push({ path: section.path, json: decoder.decode(section.json) })
    else erased.push(section.path)
  }
  return erased.length === 0 ? { sections: kept } : { sections: kept, erased }
}

/** `prev` of a log's first entry as bytes. */
export const GENESIS_BYTES: Uint8Array = new Uint8Array(GENESIS_HASH.length / 2)
