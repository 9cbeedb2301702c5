import type { LogName } from '@counterfoil/core'

export interface JournalWatchSettings {
  readonly lastPosition: () => Promise<number>
  /** See `JournalReader.logsAfter`. */
  readonly logsAfter: (position: number) => Promise<readonly LogName[]>
  /** Told of what any process has recorded, perhaps more than once, never too little. */
  readonly onGrown: (lastPosition: number, logs: readonly LogName[]) => void
  readonly onError: (error: unknown) => void
}

/** How often the journal is looked at when nobody says that there is something: costs a query or two. */
const LOOK_MS = 200

/** Sees what other processes record in the journal. */
export class JournalWatch {
  readonly #settings: JournalWatchSettings
  #known = 0
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #lookAgain = false
  #failing = false

  constructor(settings: JournalWatchSettings) {
    this.#settings = settings
  }

  /** Begins to tell of what is recorded after `position`. */
  start(position: number): void {
    this.#known = position
    this.#timer = setInterval(() => this.look(), LOOK_MS)
  }

  /** Looks now: somebody waits for what was recorded a moment ago. */
  look(): void {
    if (this.#looking !== undefined) {
      this.#lookAgain = true
      return
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined
      if (!this.#lookAgain || this.#timer === undefined) return
      this.#lookAgain = false
      this.look()
    })
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#looking
  }

  async #look(): Promise<void> {
    const { lastPosition, logsAfter, onGrown, onError } = this.#settings
    try {
      // Taken first: what comes between the two is seen again.
      const last = await lastPosition()
      if (last > this.#known) {
        const logs = await logsAfter(this.#known)
        this.#known = last
        onGrown(last, logs)
      }
      this.#failing = false
    } catch (error) {
      if (!this.#failing) onError(error)
      this.#failing = true
    }
  }
}
