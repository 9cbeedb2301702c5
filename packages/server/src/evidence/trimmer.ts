import { setTimeout as delay } from 'node:timers/promises'
import type { LogName } from '@counterfoil/core'
import type { TrimBounds } from '../journal/journal.js'
import type { Evidence } from './evidence.js'

export interface TrimmerSettings {
  readonly evidence: Pick<Evidence, 'all' | 'soundSize'>
  readonly trim: (log: LogName, until: TrimBounds, rowsMax: number) => Promise<number>
  /** Journal rows up to here are in the search index. */
  readonly indexPosition: () => number
  readonly onError: (error: unknown) => void
}

/** How often it looks at what could be trimmed. */
const EVERY_MS = 5_000
/** Rows cut in one transaction: up to 8,192 entries. */
const ROWS_AT_ONCE = 128
/** Between two transactions, so that recording does not wait for trimming. */
const PAUSE_MS = 5
/** Less growth is not worth a look. */
const ENTRIES_WORTH_IT = 1_024
/** So many rounds are ten minutes. */
const ROUNDS_ANEW = 120

/**
 * Cuts from the journal what rests in the ledger, so that it is not stored twice for long. Only what is signed, was read back
 * from the ledger just now as it was put, and is in the search index; and never the newest 131,072 entries of the journal.
 */
export class Trimmer {
  readonly #settings: TrimmerSettings
  /** The size that each log had when nothing more could be trimmed of it, by its origin. */
  readonly #looked = new Map<string, number>()
  #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(settings: TrimmerSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#stopping = new AbortController()
    this.#running = this.#run()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    for (let round = 0; !this.#stopping.signal.aborted; round++) {
      // What holds a log up may be another log's: ids are written in runs over all of them.
      if (round % ROUNDS_ANEW === 0) this.#looked.clear()
      for (const { log, origin, size } of this.#settings.evidence.all()) {
        if (this.#stopping.signal.aborted) return
        if (size - (this.#looked.get(origin) ?? 0) < ENTRIES_WORTH_IT) continue
        await this.#trimLog(log)
        this.#looked.set(origin, size)
      }
      await this.#pause(EVERY_MS)
    }
  }

  async #trimLog(log: LogName): Promise<void> {
    const { evidence, trim, indexPosition, onError } = this.#settings
    try {
      while (!this.#stopping.signal.aborted) {
        const size = await evidence.soundSize(log)
        const rows = await trim(log, { size, position: indexPosition() }, ROWS_AT_ONCE)
        if (rows === 0) return
        await this.#pause(PAUSE_MS)
      }
    } catch (error) {
      onError(error)
    }
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
