import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AnsweringMethods } from './testing/answering-thread.js'
import { startThread, type Thread } from './thread-call.js'

let thread: Thread<AnsweringMethods>
let ends: string[]

beforeEach(() => {
  ends = []
  thread = startThread<AnsweringMethods>({
    file: new URL('./testing/answering-thread.js', import.meta.url),
    name: 'answering',
    settings: undefined,
    onExit: ({ message }) => ends.push(message),
  })
})
afterEach(() => thread.terminate())

const reasonsOf = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((each) => (each.status === 'rejected' ? String(each.reason.message) : 'answered'))

describe('calls to a thread', () => {
  it('each get their own answer, whatever the order of the answers', async () => {
    // Answers to late calls arrive first, and make room that the next ones take while the early ones wait.
    const early = Array.from({ length: 20 }, (_, i) => thread.methods.after(300 - 10 * i, `early ${i}`))
    for (let round = 0; round < 20; round++) {
      const late = Array.from({ length: 5 }, (_, i) => thread.methods.after(0, `late ${round} ${i}`))
      expect(await Promise.all(late)).toEqual(late.map((_, i) => `late ${round} ${i}`))
    }
    expect(await Promise.all(early)).toEqual(early.map((_, i) => `early ${i}`))
  })

  it('with long work keep no other from its answer, though nobody comes meanwhile', async () => {
    const answered: string[] = []
    await Promise.all([
      thread.methods.after(30, undefined).then(() => answered.push('before')),
      thread.methods.work(300).then(() => answered.push('long')),
    ])
    expect(answered).toEqual(['before', 'long'])
  })

  it('with long work let go first what comes meanwhile, and take turns with other long work', async () => {
    const answered: string[] = []
    await Promise.all([
      thread.methods.work(500).then(() => answered.push('long')),
      delay(100)
        .then(() => thread.methods.after(30, undefined))
        .then(() => answered.push('meanwhile')),
      delay(200)
        .then(() => thread.methods.work(100))
        .then(() => answered.push('as long')),
    ])
    expect(answered).toEqual(['meanwhile', 'as long', 'long'])
  })

  it('with long work take no turn of the loop while nobody waits', async () => {
    expect(await thread.methods.work(50)).toBe(false)
  })

  it('that are refused reject with what the thread threw', async () => {
    await expect(thread.methods.refuse('Do this.')).rejects.toMatchObject({
      code: 'invalid_request',
      hint: 'Do this.',
      param: 'hint',
    })
    expect(await thread.methods.after(0, 'goes on')).toBe('goes on')
  })

  it('reject when the thread ends by itself, those that come later, too', async () => {
    const calls = [thread.methods.after(60_000, 1), thread.methods.after(60_000, 2), thread.methods.end()]
    expect(reasonsOf(await Promise.allSettled(calls))).toEqual(
      Array(3).fill('thread answering ended with code 3'),
    )
    await expect(thread.methods.after(0, 3)).rejects.toThrow('ended with code 3')
    expect(ends).toEqual(['thread answering ended with code 3'])
  })

  it('reject when the thread is ended, which nobody is told of', async () => {
    const calls = [thread.methods.after(60_000, 1)]
    await thread.methods.after(0, 'started')
    await thread.terminate()
    expect(reasonsOf(await Promise.allSettled(calls))).toEqual(['thread answering ended with code 1'])
    expect(ends).toEqual([])
  })
})
