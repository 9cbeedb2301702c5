import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { type AnsweredMethods, answerCalls } from '../thread-call.js'

// A thread that answers late, or not at all.

const methods = {
  after: async (ms: number, value: unknown): Promise<unknown> => delay(ms, value),
  refuse: async (hint: string): Promise<never> => {
    throw new AppError('invalid_request', { hint, param: 'hint' })
  },
  end: (): never => process.exit(3),
}
answerCalls(methods)

export type AnsweringMethods = AnsweredMethods<typeof methods>
