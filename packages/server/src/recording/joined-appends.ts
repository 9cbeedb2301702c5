import type { LogName } from '@counterfoil/core'
import type { AppendOutcome, AppendResult, Journal, JournalBatch } from '../journal/journal.js'

/** What an append came to, together with others or alone. */
export interface JoinedResult extends AppendResult {
  /** One for each batch of this append, in order. */
  readonly outcomes: readonly AppendOutcome[]
  /** Of all that went together. */
  readonly rows: AppendResult['rows']
  /** Whether this is the first of those that went together: what is done once for `rows` is its to do. */
  readonly isFirst: boolean
}

interface Waiting {
  readonly batches: readonly JournalBatch[]
  readonly resolve: (result: JoinedResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * One transaction for all appends that wait, and for those that come until it has its logs to itself. Where several processes
 * record for one log it waits for theirs, and each transaction costs the same whatever it holds: who came in that time would
 * otherwise wait for one more of everybody's.
 */
export class JoinedAppends {
  readonly #journal: Pick<Journal, 'append'>
  #waiting: Waiting[] = []
  #isRunning = false

  constructor(journal: Pick<Journal, 'append'>) {
    this.#journal = journal
  }

  /** Rejects as `Journal.append` does, and then so do all that went with it: nothing of them was recorded. */
  append(batches: readonly JournalBatch[]): Promise<JoinedResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batches, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) await this.#appendTogether()
    this.#isRunning = false
  }

  /** Never rejects. */
  async #appendTogether(): Promise<void> {
    const together: Waiting[] = []
    const take = (mayCome: (log: LogName) => boolean): JournalBatch[] => {
      // No further than the first that may not: who sends one after another is recorded in that order.
      const end = this.#waiting.findIndex(({ batches }) => !batches.every(({ log }) => mayCome(log)))
      const taken = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
      together.push(...taken)
      return taken.flatMap(({ batches }) => batches)
    }
    try {
      const { outcomes, ...result } = await this.#journal.append(
        take(() => true),
        take,
      )
      let next = 0
      together.forEach(({ batches, resolve }, i) => {
        const own = outcomes.slice(next, next + batches.length)
        next += batches.length
        resolve({ ...result, outcomes: own, isFirst: i === 0 })
      })
    } catch (error) {
      for (const { reject } of together) reject(error)
    }
  }
}
