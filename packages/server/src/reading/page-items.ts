import {
  type LogName,
  type Position,
  placeOf,
  SECTION_PATHS,
  type SectionPath,
  type Selection,
} from '@counterfoil/core'
import type { JournalReader, StoredEntry } from '../journal/journal.js'
import { giveWay } from '../threads/thread-call.js'
import { type EncoderReference, type LoadedEncoder, loadEncoder } from './entry-encoder.js'
import { isSelected, type ReadEntry, toReadEntry } from './read-entry.js'

/** How the entries of a page become the items of a list. */
export interface ItemShape {
  /** Makes an entry into JSON; `ReadEntry`s as they are when it is left out. */
  readonly encoder?: EncoderReference
  /** The list runs the other way than the query: the page before an entry. */
  readonly reversed?: boolean
}

/** The entries of a page as a list shows them. */
export interface PageItems {
  /** JSON of some of them each, with commas between them, in the order of the list. */
  readonly pieces: string[]
  readonly count: number
  /** Where the first and the last of the list are; left out when there is none. */
  readonly first?: Position
  readonly last?: Position
  /** Entries that were asked for and that the selection does not select: they are left out. */
  readonly strays: number
}

/** None at all; made anew, as whoever shows them takes them out. */
export const noItems = (): PageItems => ({ pieces: [], count: 0, strays: 0 })

/** Entries that are read and encoded in one go: half a millisecond to a whole one, which is how long others wait. */
const PIECE_ENTRIES = 32

/**
 * The entries with these numbers. Where a selection is given each is held against it, at the journal's own words: should the
 * index ever name one that was not asked for, it is not shown to whom it does not belong.
 */
export async function itemsAt(
  reader: JournalReader,
  {
    log,
    seqs,
    selection,
  }: { readonly log: LogName; readonly seqs: readonly number[]; readonly selection?: Selection },
  shape: ItemShape,
): Promise<PageItems> {
  const encoder = await loadShape(shape)
  const paths = selection === undefined ? encoder.sections : SECTION_PATHS
  const writer = new ItemWriter(encoder)
  let strays = 0
  for (const some of piecesOf(shape.reversed === true ? seqs.toReversed() : seqs)) {
    if (writer.count + strays > 0) await giveWay()
    const entries = (await reader.entriesAt(log, some)).map((stored) =>
      toReadEntry(log, onlyOf(stored, paths)),
    )
    const selected =
      selection === undefined ? entries : entries.filter((entry) => isSelected(selection, entry))
    strays += entries.length - selected.length
    await writer.add(selected)
  }
  return writer.items(strays)
}

/** Entries that were read before, in the query's order. */
export async function itemsOf(entries: readonly ReadEntry[], shape: ItemShape): Promise<PageItems> {
  const writer = new ItemWriter(await loadShape(shape))
  for (const some of piecesOf(shape.reversed === true ? entries.toReversed() : entries)) {
    if (writer.count > 0) await giveWay()
    await writer.add(some)
  }
  return writer.items(0)
}

class ItemWriter {
  readonly #encoder: LoadedEncoder
  readonly #pieces: string[] = []
  #first: ReadEntry | undefined
  #last: ReadEntry | undefined
  count = 0

  constructor(encoder: LoadedEncoder) {
    this.#encoder = encoder
  }

  async add(entries: readonly ReadEntry[]): Promise<void> {
    if (entries.length === 0) return
    const { encode, prepare } = this.#encoder
    await prepare?.(entries)
    this.#pieces.push(entries.map(encode).join(','))
    this.#first ??= entries[0]
    this.#last = entries.at(-1)
    this.count += entries.length
  }

  items(strays: number): PageItems {
    const [first, last] = [this.#first, this.#last]
    const places = first && last && { first: placeOf(first), last: placeOf(last) }
    return { pieces: this.#pieces, count: this.count, ...places, strays }
  }
}

const AS_READ: LoadedEncoder = { encode: (entry) => JSON.stringify(entry), sections: SECTION_PATHS }

async function loadShape({ encoder }: ItemShape): Promise<LoadedEncoder> {
  return encoder === undefined ? AS_READ : loadEncoder(encoder)
}

function* piecesOf<T>(list: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < list.length; from += PIECE_ENTRIES) yield list.slice(from, from + PIECE_ENTRIES)
}

/** Without the sections that nobody is going to look at, which are not parsed then. */
function onlyOf(stored: StoredEntry, paths: readonly SectionPath[]): StoredEntry {
  if (paths.length === SECTION_PATHS.length) return stored
  return { ...stored, sections: stored.sections.filter(({ path }) => paths.includes(path)) }
}
