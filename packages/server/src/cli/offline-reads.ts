import type { LogName, Order, Selection } from '@counterfoil/core'
import { storedEntries } from '../journal/block.js'
import type { JournalReader, LogHead } from '../journal/journal.js'
import { isSelected, type ReadEntry, toReadEntry } from '../reading/read-entry.js'
import type { Reads } from '../reading/reads.js'

const ROWS_AT_ONCE = 16

/** Reads for the command line: from the journal alone, without the index, so that no server need run. */
export class OfflineReads implements Pick<Reads, 'page' | 'count' | 'head' | 'entries'> {
  readonly #reader: JournalReader

  constructor(reader: JournalReader) {
    this.#reader = reader
  }

  async head(log: LogName): Promise<LogHead | undefined> {
    return this.#reader.head(log)
  }

  async page({ order, limit, ...selection }: Selection & { readonly order: Order; readonly limit: number }) {
    const { size = 0 } = (await this.head(selection.log)) ?? {}
    const entries: ReadEntry[] = []
    for await (const some of this.#walk(selection, order)) {
      entries.push(...some)
      if (entries.length > limit) break
    }
    const page = { entries: entries.slice(0, limit), hasMore: entries.length > limit }
    return { ...page, completeThroughSeq: size - 1, complete: true }
  }

  async count(selection: Selection) {
    const { size = 0 } = (await this.head(selection.log)) ?? {}
    let count = 0
    if (selection.filter === undefined) {
      const range = await this.#reader.seqsWithin(selection.log, selection)
      count = range === undefined ? 0 : range.last - range.first + 1
    } else for await (const some of this.#walk(selection, 'oldest_first')) count += some.length
    return { count, completeThroughSeq: size - 1, complete: true }
  }

  entries(selection: Selection, order: Order): AsyncIterable<readonly ReadEntry[]> {
    return this.#walk(selection, order)
  }

  async *#walk(selection: Selection, order: Order): AsyncGenerator<readonly ReadEntry[]> {
    const { log } = selection
    const range = await this.#reader.seqsWithin(log, selection)
    if (range === undefined) return
    const isUp = order === 'oldest_first'
    for (let seq = isUp ? range.first : range.last; seq >= range.first && seq <= range.last; ) {
      for (const block of await this.#reader.blocks(log, seq, order, ROWS_AT_ONCE)) {
        const entries = storedEntries(block)
          .filter((entry) => entry.seq >= range.first && entry.seq <= range.last)
          .map((stored) => toReadEntry(log, stored))
          .filter((entry) => isSelected(selection, entry))
        if (entries.length > 0) yield isUp ? entries : entries.toReversed()
        seq = isUp ? block.firstSeq + block.count : block.firstSeq - 1
      }
    }
  }
}
