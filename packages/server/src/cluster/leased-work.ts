import { type Lease, LeaseLost, type Leases } from './leases.js'

export interface LeasedWorkSettings {
  readonly leases: Leases
  /** Where it has to be found out, tried again until it is known. */
  readonly name: string | (() => Promise<string>)
  /** Works until `until` is aborted, and has stopped when it resolves. What it rejects with is told, and it is begun anew. */
  readonly work: (lease: Lease, until: AbortSignal) => Promise<void>
  readonly onError: (error: unknown) => void
}

const RETRY_MS = 500

/** Work that one process at a time does: begun when this one gets the lease, ended when it loses it, and so on. */
export class LeasedWork {
  readonly #settings: LeasedWorkSettings
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #nameless = false

  constructor(settings: LeasedWorkSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Ends the work, and then gives the lease back. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** Undefined when it is not wanted any more, or its name cannot be known yet. */
  async #acquire(): Promise<Lease | undefined> {
    const { leases, name, onError } = this.#settings
    try {
      const known = typeof name === 'string' ? name : await name()
      return await leases.acquire(known, this.#stopping.signal)
    } catch (error) {
      // Told once for as long as it lasts.
      if (!this.#stopping.signal.aborted && !this.#nameless) onError(error)
      this.#nameless = true
      return undefined
    }
  }

  async #run(): Promise<void> {
    const { work, onError } = this.#settings
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const lease = await this.#acquire()
      if (lease === undefined) {
        await abortedWithin(signal, RETRY_MS)
        continue
      }
      this.#nameless = false
      const until = AbortSignal.any([signal, lease.lost])
      try {
        await work(lease, until)
      } catch (error) {
        // Whatever it was in the middle of when the lease was lost may well fail.
        if (!until.aborted && !(error instanceof LeaseLost)) onError(error)
      }
      await lease.release()
      await abortedWithin(signal, RETRY_MS)
    }
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Resolves when the signal is aborted, or after `ms`. */
function abortedWithin(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    if (signal.aborted) finish()
    else signal.addEventListener('abort', finish, { once: true })
  })
}
