import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PositionSample } from '../measure/lag.js'

/** Reads where the journal and the index stand from the server's own metrics. */
export async function readPositions(port: number): Promise<PositionSample> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  const text = await response.text()
  assert.equal(response.status, 200, text)
  return {
    atMs: performance.now(),
    journal: gauge(text, 'counterfoil_journal_position'),
    index: gauge(text, 'counterfoil_index_position'),
  }
}

/** Reads the positions every so often until it is ended. */
export class PositionWatch {
  readonly #samples: PositionSample[] = []
  readonly #port: number
  readonly #everyMs: number
  readonly #done: Promise<void>
  #deadlineMs: number | undefined

  constructor(port: number, everyMs: number) {
    this.#port = port
    this.#everyMs = everyMs
    this.#done = this.#watch()
    // A watch on a server that died is reported by whoever ends it; if nobody does, something else failed first.
    this.#done.catch(() => {})
  }

  /** Goes on until the index has caught up with the journal; answers every sample. */
  async endWhenCaughtUp(secondsMax: number): Promise<readonly PositionSample[]> {
    this.#deadlineMs = performance.now() + secondsMax * 1_000
    await this.#done
    return this.#samples
  }

  async #watch(): Promise<void> {
    for (;;) {
      const sample = await readPositions(this.#port)
      this.#samples.push(sample)
      if (this.#deadlineMs !== undefined) {
        if (sample.index >= sample.journal) return
        assert(sample.atMs < this.#deadlineMs, `the index stands at ${sample.index} of ${sample.journal}`)
      }
      await sleep(this.#deadlineMs === undefined ? this.#everyMs : 20)
    }
  }
}

/** The sum over all label sets of one gauge in Prometheus text. */
export function gauge(text: string, name: string): number {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].map((match) =>
    Number(match[1]),
  )
  assert(values.length > 0, `metrics without ${name}`)
  return values.reduce((sum, value) => sum + value, 0)
}
