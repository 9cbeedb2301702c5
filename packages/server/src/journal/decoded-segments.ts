import { type Block, storedEntry } from './block.js'
import { type BlockRow, blockOf, damagedRow } from './block-row.js'
import { decodeSegment, type SegmentPlace, SegmentReader, segmentsOf } from './contents.js'
import type { StoredEntry } from './journal.js'

/** Segments kept; a page's entries, and the entries of a batch that is sent again, share segments. */
const SEGMENTS_MAX = 256

interface DecodedSegment {
  readonly place: SegmentPlace
  readonly coded: Uint8Array
  readonly bytes: Buffer
}

/** Segments that were inflated lately. Only the entries that are asked for become text. */
export class DecodedSegments {
  /** By block and number of the segment's first entry. */
  readonly #segments = new Map<string, DecodedSegment>()

  /** The entry at place `index` of `row`. Throws `damaged_journal` for a row that does not decode. */
  entryOfRow(row: BlockRow, index: number): StoredEntry {
    const block = blockOf(row)
    try {
      return this.entry(String(row.position), block, index)
    } catch (error) {
      throw damagedRow(row, 'its bytes do not decode', error)
    }
  }

  /** The entry at place `index` of `block`, which `name` tells from others. Throws when its bytes make no sense. */
  entry(name: string, block: Block, index: number): StoredEntry {
    const { place, bytes } = this.#segment(name, block.contents, index)
    const reader = new SegmentReader(bytes)
    for (let i = place.firstEntry; i < index; i++) reader.skip()
    return storedEntry(block, reader.next(), index)
  }

  #segment(name: string, contents: Uint8Array, index: number): DecodedSegment {
    const place = segmentsOf(contents).findLast(({ firstEntry }) => firstEntry <= index)
    if (place === undefined || index >= place.firstEntry + place.entries)
      throw new RangeError('the contents hold fewer entries')
    const key = `${name}/${place.firstEntry}`
    const known = this.#segments.get(key)
    const coded = contents.subarray(place.start, place.end)
    // A row changes when something of it is erased: what was inflated before must not be read on.
    if (known !== undefined && Buffer.compare(known.coded, coded) === 0) return known
    const decoded = { place, coded: new Uint8Array(coded), bytes: decodeSegment(contents, place) }
    if (this.#segments.size >= SEGMENTS_MAX)
      this.#segments.delete(this.#segments.keys().next().value as string)
    this.#segments.set(key, decoded)
    return decoded
  }
}
