import { AppError } from '@counterfoil/core'
import { Lanes } from './lanes.js'

export interface FairQueueLimits {
  /** Works that run at once, of all organizations. */
  readonly atOnce: number
  /** Works of one organization that run at once. */
  readonly atOnceEach: number
  /** The same while there are others: they have works, or had some within `OTHERS_MS`. As `atOnceEach` when left out. */
  readonly atOnceAmongOthers?: number
  /** Works of one organization that wait; beyond that they are refused. 0 refuses what cannot run at once. */
  readonly waitingEach: number
  /** How long a work waits before it is refused, too: who asked for it may be long gone. */
  readonly waitMsMax?: number
}

/** So long after its last work began an organization still counts as one that may come back any moment. */
export const OTHERS_MS = 5_000

interface Seen {
  readonly organizationId: string | undefined
  readonly atMs: number
}
const NEVER: Seen = { organizationId: undefined, atMs: Number.NEGATIVE_INFINITY }

interface Waiting {
  readonly lane: string
  readonly start: () => void
}

/**
 * Lets organizations take turns at something that cannot do everything at once. However much one of them asks for, another
 * one waits for what runs already and for its turn, never for a queue.
 */
export class FairQueue {
  readonly #limits: FairQueueLimits
  readonly #elapsedMs: () => number
  readonly #waiting = new Lanes<Waiting>()
  readonly #running = new Map<string, number>()
  #total = 0
  /** Who came last, and who came last of all others. */
  #newest = NEVER
  #newestOther = NEVER

  /** `elapsedMs` gives milliseconds that never go back. */
  constructor(limits: FairQueueLimits, elapsedMs: () => number = () => performance.now()) {
    this.#limits = limits
    this.#elapsedMs = elapsedMs
  }

  /** Works that wait for their turn, for metrics. */
  get waiting(): number {
    return this.#waiting.size
  }

  /**
   * Runs `work` when it is the organization's turn. Rejects with `too_many_at_once` when too many of its own
   * wait, or it waited too long.
   */
  async run<Result>(organizationId: string, work: () => Promise<Result>): Promise<Result> {
    const release = await this.enter(organizationId)
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** As `run`, for work that ends elsewhere: gives what must be called, once, when it has ended. */
  async enter(organizationId: string): Promise<() => void> {
    const { waitingEach } = this.#limits
    this.#see(organizationId)
    // Whoever has something waiting already waits behind it.
    const mayStart = this.#waiting.sizeOf(organizationId) === 0 && this.#hasRoom(organizationId)
    if (!mayStart) {
      if (this.#waiting.sizeOf(organizationId) >= waitingEach) throw tooManyAtOnce()
      await this.#turn(organizationId)
      return () => this.#leave(organizationId)
    }
    this.#count(organizationId, 1)
    return () => this.#leave(organizationId)
  }

  #turn(organizationId: string): Promise<void> {
    const { waitMsMax } = this.#limits
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      const waiting = { lane: organizationId, start }
      this.#waiting.push(organizationId, waiting)
      if (waitMsMax === undefined) return
      timer = setTimeout(() => {
        if (this.#waiting.remove(organizationId, waiting)) reject(tooManyAtOnce())
      }, waitMsMax)
    })
  }

  #leave(organizationId: string): void {
    this.#count(organizationId, -1)
    for (;;) {
      const next = this.#waiting.take((_, lane) => this.#hasRoom(lane))
      if (next === undefined) return
      // Counted here and not when it goes on, which is later: the room must not be given away twice.
      this.#count(next.lane, 1)
      next.start()
    }
  }

  #hasRoom(organizationId: string): boolean {
    const { atOnce, atOnceEach, atOnceAmongOthers = atOnceEach } = this.#limits
    const running = this.#running.get(organizationId) ?? 0
    if (this.#total >= atOnce || running >= atOnceEach) return false
    return running < atOnceAmongOthers || !this.#hasOthers(organizationId, running)
  }

  /** Whether there are organizations besides this one, of whose works `running` run. */
  #hasOthers(organizationId: string, running: number): boolean {
    if (this.#total > running || this.#waiting.size > this.#waiting.sizeOf(organizationId)) return true
    const other = this.#newest.organizationId === organizationId ? this.#newestOther : this.#newest
    return this.#elapsedMs() - other.atMs < OTHERS_MS
  }

  #see(organizationId: string): void {
    if (this.#newest.organizationId !== organizationId) this.#newestOther = this.#newest
    this.#newest = { organizationId, atMs: this.#elapsedMs() }
  }

  #count(organizationId: string, change: 1 | -1): void {
    const running = (this.#running.get(organizationId) ?? 0) + change
    if (running === 0) this.#running.delete(organizationId)
    else this.#running.set(organizationId, running)
    this.#total += change
  }
}

/** Of one organization, not of the server: others are not told, and not held up. */
export function tooManyAtOnce(): AppError {
  return new AppError('too_many_at_once', {
    hint: 'Wait for answers before you send more, and try this one again after Retry-After seconds.',
  })
}
