import { bundlePath, bundlesOf, TILE_WIDTH, tilePath, tileWithin } from '@counterfoil/core'
import type { EvidenceSource } from '../source.js'

/** Files under way at once. */
const AHEAD = 8

/**
 * Asks for the files of a log before they are needed: a browser and a server take longer to hand out a small file than it
 * takes to verify it.
 */
export class AheadSource implements EvidenceSource {
  readonly #source: EvidenceSource
  readonly #upcoming: Iterator<string>
  readonly #flying = new Map<string, Promise<Uint8Array | undefined>>()

  /** Of the first `size` entries, from `start` on. */
  constructor(source: EvidenceSource, size: number, start: number) {
    this.#source = source
    this.#upcoming = pathsInOrder(size, start)
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const flying = this.#flying.get(path)
    this.#flying.delete(path)
    this.#launch()
    return flying ?? this.#source.read(path)
  }

  #launch(): void {
    while (this.#flying.size < AHEAD) {
      const { value, done } = this.#upcoming.next()
      if (done === true) return
      const reading = this.#source.read(value)
      // Whoever asks for this file is told; if nobody does, the failure matters to nobody.
      reading.catch(() => undefined)
      this.#flying.set(value, reading)
    }
  }
}

/** Bundles and the tiles over them, as a walk needs them; the few tiles of higher levels are not worth waiting less for. */
function* pathsInOrder(size: number, start: number): Generator<string> {
  for (const { index, width } of bundlesOf(size)) {
    if (index * TILE_WIDTH < start) continue
    yield bundlePath({ index, width })
    const tile = tileWithin(size, 0, index)
    if (tile !== undefined) yield tilePath(tile)
  }
}
