/** How often it is looked for what another process, such as the command line, asked for. */
const POLL_MS = 1_000

export interface PolledWorkSettings {
  /** Does what there is to do; ends early, after the step under way, when it is closing. */
  readonly run: () => Promise<void>
  /** Told of the first failure of several in a row. */
  readonly onError: (error: unknown) => void
}

/** Work that is asked for in a table, and that one process at a time does: begun and ended, perhaps more than once. */
export class PolledWork {
  readonly #settings: PolledWorkSettings
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #closing = true
  #failing = false

  constructor(settings: PolledWorkSettings) {
    this.#settings = settings
  }

  /** Until it starts, and again once it was told to stop. */
  protected get isClosing(): boolean {
    return this.#closing
  }

  start(): void {
    this.#closing = false
    this.kick()
    this.#timer = setInterval(() => this.kick(), POLL_MS).unref()
  }

  /** Begins with what was asked for, unless that goes on already or is another process's to do. */
  kick(): void {
    if (this.#closing) return
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Has stopped when it resolves; the rest is done at the next start. */
  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      await this.#settings.run()
      this.#failing = false
    } catch (error) {
      // Told once, not every second; what is left is tried again.
      if (!this.#failing && !this.#closing) this.#settings.onError(error)
      this.#failing = true
    }
  }
}
