import { setTimeout as delay } from 'node:timers/promises'
import { type Entry, matches, microsecondsOf } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../packages/core/dist/query/testing/random-query.js'
import { concurrently } from '../../../packages/server/dist/testing/concurrently.js'
import { recordRandomEntries } from '../../../packages/server/dist/testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../../packages/server/dist/testing/test-server.js'
import { freshSeed } from '../support/random.js'
import { filterOf, type Question, randomQuestion } from './questions.js'
import { SPEAKERS } from './speakers.js'
import { type Client, clientOf } from './walks.js'

const SEED = Number(process.env.SEED ?? freshSeed())
/** Enough for several pages of each list. */
const ENTRIES = 600
/** So few that the log has some fifty moments. */
const PER_REQUEST = 12
const QUESTIONS = Number(process.env.QUESTIONS ?? 500)
const AT_ONCE = 4
const random = seededRandom(SEED)

let server: TestServer
let client: Client
let entries: readonly Entry[]
/** The last microsecond of the second in which the newest entry was recorded. */
let endOfSecond: number

beforeAll(async () => {
  server = await openTestServer()
  const key = await server.makeKey()
  client = await clientOf(server, key, 'acme')
  entries = await recordRandomEntries(server, key, random, ENTRIES, PER_REQUEST)
  endOfSecond = Math.floor(microsecondsOf((entries.at(-1) as Entry).recorded_at) / 1e6) * 1e6 + 999_999
  await delay(endOfSecond / 1_000 - Date.now() + 100)
}, 120_000)
afterAll(() => server.close(), 120_000)

/** Without what is recorded from now on: exports add entries about themselves. */
function untilNow(question: Question): Question {
  return { ...question, times: { to: endOfSecond, ...question.times } }
}

/** Entries that a question selects, newest first, by the naive matcher. */
function answerOf(question: Question): readonly Entry[] {
  const filter = filterOf(question)
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = question.times
  return entries
    .filter((entry) => {
      const at = microsecondsOf(entry.recorded_at)
      return at >= from && at <= to && (filter === undefined || matches(filter, entry))
    })
    .toReversed()
}

describe(`${QUESTIONS} random filters (SEED=${SEED})`, () => {
  it('find the same entries in every dialect that can say them', { timeout: 300_000 }, async () => {
    const asked = new Map(SPEAKERS.map(({ name }) => [name, 0]))
    const found = new Map(SPEAKERS.map(({ name }) => [name, 0]))
    const questions: Question[] = []
    while (questions.length < QUESTIONS) {
      const question = untilNow(randomQuestion(random, entries))
      // Our own GraphQL says everything, in two ways; a question needs a vendor's words too.
      const vendors = SPEAKERS.filter(
        ({ name, phrase }) => !name.startsWith('native') && phrase(question) !== undefined,
      )
      if (vendors.length > 0) questions.push(question)
    }
    await concurrently(questions, AT_ONCE, async (question) => {
      const answer = answerOf(question)
      for (const { name, has, keyOf, keyOfShown, phrase } of SPEAKERS) {
        const ask = phrase(question)
        if (ask === undefined) continue
        const { shown, total } = await ask(client)
        const expected = answer.filter(has)
        const message = `SEED=${SEED} ${name}: ${JSON.stringify(question)}`
        expect(shown.map(keyOfShown), message).toEqual(expected.map(keyOf))
        if (total !== undefined) expect(total, message).toBe(expected.length)
        asked.set(name, (asked.get(name) ?? 0) + 1)
        found.set(name, (found.get(name) ?? 0) + expected.length)
      }
    })
    // Were a dialect asked seldom, or in vain, little would be proven of it.
    for (const { name } of SPEAKERS) {
      expect(asked.get(name), name).toBeGreaterThan(QUESTIONS / 10)
      expect(found.get(name), name).toBeGreaterThan(2 * QUESTIONS)
    }
    console.info(`SEED=${SEED} asked ${[...asked].map((pair) => pair.join(' ')).join(', ')}`)
  })
})
