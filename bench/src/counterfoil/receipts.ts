import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CounterfoilProcess } from './counterfoil-process.js'
import { ENTRIES_PATH } from './paths.js'

/** Between two looks at the checkpoint: what a wait is measured to. */
const LOOK_EVERY_MS = 20
const SAMPLE_EVERY_MS = 100

/**
 * Measures again and again how long it takes until a signed checkpoint covers the newest entry that can be read, that is
 * until a receipt of it can be had: at most that long after it was acknowledged, and less by the time that the reading took.
 */
export class ReceiptWatch {
  readonly #server: CounterfoilProcess
  readonly #samplesMs: number[] = []
  readonly #done: Promise<void>
  #ending = false

  constructor(server: CounterfoilProcess) {
    this.#server = server
    this.#done = this.#watch()
    // A watch on a server that died is reported by whoever ends it; if nobody does, something else failed first.
    this.#done.catch(() => {})
  }

  /** Milliseconds, in ascending order. */
  async end(): Promise<readonly number[]> {
    this.#ending = true
    await this.#done
    return this.#samplesMs.toSorted((a, b) => a - b)
  }

  async #watch(): Promise<void> {
    while (!this.#ending) {
      const startedMs = performance.now()
      const newest = (await this.#get(`${ENTRIES_PATH}?limit=1`)) as { data: { seq: number }[] }
      const seq = newest.data[0]?.seq
      if (seq !== undefined) {
        while (((await this.#get('/v1/log')) as { size: number }).size <= seq) await sleep(LOOK_EVERY_MS)
        this.#samplesMs.push(performance.now() - startedMs)
      }
      await sleep(SAMPLE_EVERY_MS)
    }
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#server.port}${path}`, {
      headers: { authorization: `Bearer ${this.#server.token}` },
    })
    const body = await response.text()
    assert.equal(response.status, 200, body)
    return JSON.parse(body)
  }
}
