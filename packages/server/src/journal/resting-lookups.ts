import { AppError, type Epoch } from '@counterfoil/core'
import type { StoredEntry } from './journal.js'
import type { RestingRows } from './resting-rows.js'

/**
 * Entries that an append must know and whose rows were trimmed. A transaction cannot wait for them: it notes which it lacks, is
 * given up, and is tried again when they were read.
 */
export class RestingLookups {
  readonly #loaded = new Map<string, StoredEntry>()
  /** Entries that cannot be read: whoever needs them is told, and nobody else. */
  readonly #damaged = new Map<string, AppError>()
  readonly #missing = new Map<string, readonly [epochs: readonly Epoch[], seq: number]>()

  get missing(): boolean {
    return this.#missing.size > 0
  }

  /** The entry, when it was loaded; otherwise it is noted as missing. Throws what reading it threw. */
  find(epochs: readonly Epoch[], seq: number): StoredEntry | undefined {
    const key = `${epochs.at(-1)?.origin}#${seq}`
    const damage = this.#damaged.get(key)
    if (damage !== undefined) throw damage
    const loaded = this.#loaded.get(key)
    if (loaded === undefined) this.#missing.set(key, [epochs, seq])
    return loaded
  }

  /** Reads what is missing. */
  async load(rows: RestingRows): Promise<void> {
    for (const [key, [epochs, seq]] of this.#missing) {
      try {
        this.#loaded.set(key, await rows.entry(epochs, seq))
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        this.#damaged.set(key, error)
      }
    }
    this.#missing.clear()
  }
}

/** Ends a transaction that lacks entries. */
export class RestingNeeded extends Error {}
