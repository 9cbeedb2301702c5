import { storedEntry } from '../block.js'
import { decodeSegment, type SegmentPlace, SegmentReader, segmentsOf } from '../contents.js'
import type { StoredEntry } from '../journal.js'
import { type BlockRow, blockOf, damagedRow } from './block-table.js'

/** Segments kept; a page's entries, and the entries of a batch that is sent again, share segments. */
const SEGMENTS_MAX = 256

interface DecodedSegment {
  readonly place: SegmentPlace
  readonly coded: Uint8Array
  readonly bytes: Buffer
}

/** Segments that were inflated lately. Only the entries that are asked for become text. */
export class DecodedRows {
  /** By row and number of the segment's first entry. */
  readonly #segments = new Map<number, DecodedSegment>()

  /** The entry at place `index` of `row`. Throws `damaged_journal` for a row that does not decode. */
  entry(row: BlockRow, index: number): StoredEntry {
    const block = blockOf(row)
    try {
      const { place, bytes } = this.#segment(row.position, block.contents, index)
      const reader = new SegmentReader(bytes)
      for (let i = place.firstEntry; i < index; i++) reader.skip()
      return storedEntry(block, reader.next(), index)
    } catch (error) {
      throw damagedRow(row, 'its bytes do not decode', error)
    }
  }

  #segment(position: number, contents: Uint8Array, index: number): DecodedSegment {
    const place = segmentsOf(contents).findLast(({ firstEntry }) => firstEntry <= index)
    if (place === undefined || index >= place.firstEntry + place.entries)
      throw new RangeError('the contents hold fewer entries')
    const key = position * KEYS_A_ROW + place.firstEntry
    const known = this.#segments.get(key)
    const coded = contents.subarray(place.start, place.end)
    // A row changes when something of it is erased: what was inflated before must not be read on.
    if (known !== undefined && Buffer.compare(known.coded, coded) === 0) return known
    const decoded = { place, coded: new Uint8Array(coded), bytes: decodeSegment(contents, place) }
    if (this.#segments.size >= SEGMENTS_MAX)
      this.#segments.delete(this.#segments.keys().next().value as number)
    this.#segments.set(key, decoded)
    return decoded
  }
}

/** More than the entries of any row. */
const KEYS_A_ROW = 256
