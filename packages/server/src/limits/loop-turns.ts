import { Lanes } from './lanes.js'

/**
 * Lets organizations take turns at the event loop, for work that takes milliseconds of it: one piece at each turn of the loop,
 * so that what comes meanwhile is taken in before the next, and waits for one piece of anybody else's.
 */
export class LoopTurns {
  readonly #waiting = new Lanes<() => void>()
  #isTaken = false

  /** Resolves when it is the organization's turn; what follows at once is the work. */
  enter(organizationId: string): Promise<void> {
    if (this.#isTaken) return new Promise((resolve) => this.#waiting.push(organizationId, resolve))
    this.#isTaken = true
    setImmediate(this.#next)
    return Promise.resolve()
  }

  readonly #next = (): void => {
    const begin = this.#waiting.take()
    if (begin === undefined) {
      this.#isTaken = false
      return
    }
    setImmediate(this.#next)
    begin()
  }
}
