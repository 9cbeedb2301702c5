import type { LogName, Order, Selection } from '@counterfoil/core'
import type { SearchIndex } from '../index/search-index.js'
import type { SeqRange } from '../journal/journal.js'
import { Moved, type ThreadClient } from '../threads/thread-call.js'
import type { EncoderReference } from './entry-encoder.js'
import type { ExportMethods } from './export-thread.js'
import { oneAhead } from './one-ahead.js'
import type { ProofRequest } from './proof-archives.js'

/** Seqs that go to the thread in one call: enough for a chunk unless entries are tiny. */
const SEQS_AT_ONCE = 2_048

/**
 * Entries as bytes of a dialect's own format, chunk by chunk: one is encoded while the one before is sent, and none
 * before it is asked for. What an export holds does not depend on how much it gives.
 *
 * A chunk is the reader's until it asks for the next: then its memory is written over. New memory for each would bring
 * the event loop a collection of all its memory for every hundred megabytes, and whoever records or reads would wait.
 */
export class Exports {
  readonly #thread: ThreadClient<ExportMethods>
  readonly #index: SearchIndex
  #running = 0

  constructor(thread: ThreadClient<ExportMethods>, index: SearchIndex) {
    this.#thread = thread
    this.#index = index
  }

  /** Exports that have begun and neither ended nor been given up. */
  get running(): number {
    return this.#running
  }

  /** Every entry of a range; the journal is walked, and the index is not asked. */
  walk(log: LogName, range: SeqRange, order: Order, encoder: EncoderReference): AsyncGenerator<Uint8Array> {
    return this.#run((memory) => this.#walk(log, range, order, encoder, memory))
  }

  /** The selected ones of the first `size` entries of a log, all of which the index must have taken in. */
  find(
    selection: Selection,
    size: number,
    order: Order,
    encoder: EncoderReference,
  ): AsyncGenerator<Uint8Array> {
    return this.#run((memory) => this.#find(selection, size, order, encoder, memory))
  }

  /** The evidence of a log as a tar archive. */
  prove(request: ProofRequest): AsyncGenerator<Uint8Array> {
    return this.#run(() => this.#prove(request))
  }

  async *#prove(request: ProofRequest): AsyncGenerator<Uint8Array> {
    const number = await this.#thread.beginProof(request)
    try {
      for (;;) {
        const piece = await this.#thread.nextProof(number)
        if (piece === undefined) return
        yield piece
      }
    } finally {
      await this.#thread.closeProof(number)
    }
  }

  async *#run(chunksIn: (memory: ChunkMemory) => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#running += 1
    try {
      const memory = new ChunkMemory()
      for await (const chunk of oneAhead(chunksIn(memory))) {
        yield chunk
        // Not reached by a reader that goes away, whose last chunk may still be on its way.
        memory.takeBack(chunk)
      }
    } finally {
      this.#running -= 1
    }
  }

  async *#walk(
    log: LogName,
    range: SeqRange,
    order: Order,
    encoder: EncoderReference,
    memory: ChunkMemory,
  ): AsyncGenerator<Uint8Array> {
    let { first, last } = range
    while (first <= last) {
      const { bytes, entries } = await this.#thread.encodeRange(
        log,
        { first, last },
        order,
        encoder,
        memory.next(),
      )
      if (order === 'newest_first') last -= entries
      else first += entries
      yield bytes
    }
  }

  async *#find(
    selection: Selection,
    size: number,
    order: Order,
    encoder: EncoderReference,
    memory: ChunkMemory,
  ): AsyncGenerator<Uint8Array> {
    for await (const places of oneAhead(this.#index.places(selection, order))) {
      // Later ones were recorded after the export began.
      const seqs = places.map(({ seq }) => seq).filter((seq) => seq < size)
      yield* this.#encodeAt(selection, seqs, order, encoder, memory)
      if (order === 'oldest_first' && seqs.length < places.length) return
    }
  }

  async *#encodeAt(
    selection: Selection,
    seqs: readonly number[],
    order: Order,
    encoder: EncoderReference,
    memory: ChunkMemory,
  ): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < seqs.length; ) {
      const next = seqs.slice(done, done + SEQS_AT_ONCE)
      const { bytes, entries } = await this.#thread.encodeAt(selection, next, order, encoder, memory.next())
      done += entries
      yield bytes
    }
  }
}

/**
 * Memory of the chunks of one export, to be written again; never of another's, so that a mistake could not show anybody
 * what is not theirs.
 */
class ChunkMemory {
  readonly #free: ArrayBuffer[] = []

  /** For the next chunk: undefined lets the thread make it. */
  next(): Moved<ArrayBuffer> | undefined {
    const memory = this.#free.pop()
    return memory === undefined ? undefined : new Moved(memory, [memory])
  }

  takeBack(chunk: Uint8Array): void {
    this.#free.push(chunk.buffer as ArrayBuffer)
  }
}
