import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { type AnsweredMethods, answerCalls, giveWay } from '../thread-call.js'

// A thread that answers late, works long, or does not answer at all.

const methods = {
  after: async (ms: number, value: unknown): Promise<unknown> => delay(ms, value),
  /** Works in pieces of a millisecond; says whether the loop had a turn in between. */
  work: async (ms: number): Promise<boolean> => {
    let turned = false
    setImmediate(() => {
      turned = true
    })
    for (const endMs = performance.now() + ms; performance.now() < endMs; ) {
      for (const pieceMs = performance.now() + 1; performance.now() < pieceMs; );
      await giveWay()
    }
    return turned
  },
  refuse: async (hint: string): Promise<never> => {
    throw new AppError('invalid_request', { hint, param: 'hint' })
  },
  end: (): never => process.exit(3),
}
answerCalls(methods)

export type AnsweringMethods = AnsweredMethods<typeof methods>
