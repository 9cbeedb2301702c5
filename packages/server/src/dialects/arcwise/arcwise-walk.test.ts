import { type Entry, naivePage } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../../core/dist/query/testing/random-query.js'
import { startArrivals } from '../../testing/arrivals.js'
import { concurrently } from '../../testing/concurrently.js'
import { recordRandomEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import type { ArcwiseEvent } from './event-shape.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const RECORD = '/v1/audit_log_entries'

let server: TestServer
beforeAll(async () => {
  // A busy machine may keep the index behind for longer than the default; what is slow is not wrong.
  server = await openTestServer({ read_wait_ms: '30000' })
})
afterAll(() => server.close())

let requests = 0

async function history(key: string, query: string): Promise<ArcwiseEvent[]> {
  requests += 1
  const { status, body } = await server.call(key, 'GET', `/api/event_history?${query}`)
  expect({ status, query, body: status === 200 ? '' : body }).toEqual({ status: 200, query, body: '' })
  return body
}

/** Events `earlier`, oldest first, with their number as the message. */
async function recordNumbered(key: string, count: number): Promise<void> {
  for (let first = 0; first < count; first += 1_000) {
    const entries = Array.from({ length: 1_000 }, (_, i) => ({
      action: 'earlier',
      description: String(first + i),
    }))
    expect((await server.call(key, 'POST', RECORD, entries)).status).toBe(201)
  }
}

/**
 * The walk that the page of the dialect describes: whole seconds, newest first, none of them twice. A second with
 * more events than the limit is read in parts, by bounds with a fraction.
 */
async function* walk(key: string, limit: number): AsyncIterable<readonly ArcwiseEvent[]> {
  let bound = ''
  for (;;) {
    const page = await history(key, `limit=${limit}${bound}`)
    if (page.length < limit) {
      yield page
      return
    }
    const oldest = (page.at(-1) as ArcwiseEvent).timestamp
    yield page.filter(({ timestamp }) => timestamp > oldest)
    yield await partOfSecond(key, limit, oldest, 0, 999_999)
    bound = `&to_timestamp=${oldest - 1}`
  }
}

/** Microseconds `from` to `to` of a second, both included. */
async function partOfSecond(
  key: string,
  limit: number,
  second: number,
  from: number,
  to: number,
): Promise<readonly ArcwiseEvent[]> {
  const text = (us: number) => `${second}.${String(us).padStart(6, '0')}`
  const page = await history(key, `limit=${limit}&from_timestamp=${text(from)}&to_timestamp=${text(to)}`)
  if (page.length < limit) return page
  if (from === to) throw new Error('More events in a microsecond than the limit: raise the limit.')
  const middle = Math.floor((from + to) / 2)
  // A bound that is a whole second would mean all of it.
  const older = middle === 0 ? 1 : middle
  return [
    ...(await partOfSecond(key, limit, second, older + 1, to)),
    ...(await partOfSecond(key, limit, second, from, older)),
  ]
}

describe('walking all of the history', () => {
  it('finds each of 10,000 earlier events once, and ends, while 200 a second arrive', {
    timeout: 120_000,
  }, async () => {
    const key = await server.makeKey({ slug: 'walked' })
    await recordNumbered(key, 10_000)
    const arrivals = startArrivals(server, key, 200, () => ({ action: 'arrived' }))
    const seen: number[] = []
    requests = 0
    try {
      for await (const events of walk(key, 1_500)) {
        seen.push(...events.filter(({ event }) => event === 'earlier').map(({ message }) => Number(message)))
      }
    } finally {
      expect(await arrivals.stop()).toBeGreaterThan(0)
    }
    expect(requests).toBeGreaterThan(10_000 / 1_500)
    expect(seen).toHaveLength(10_000)
    expect(new Set(seen).size).toBe(10_000)
    expect(seen).toEqual(seen.toSorted((a, b) => b - a))
  })

  it('reads more than a page of ours in one answer, 1,000 by default', async () => {
    const key = await server.makeKey({ slug: 'long' })
    await recordNumbered(key, 3_000)
    const newestFirst = Array.from({ length: 3_000 }, (_, i) => String(2_999 - i))
    for (const [query, count] of [
      ['', 1_000],
      ['limit=1001', 1_001],
      ['limit=2500&from_timestamp=0', 2_500],
      ['limit=10000', 3_000],
      ['limit=10000&to_timestamp=9999999999', 3_000],
    ] as const) {
      const messages = (await history(key, query)).map(({ message }) => message)
      expect(messages, query).toEqual(newestFirst.slice(0, count))
    }
  })
})

describe(`the query model agrees (SEED=${SEED})`, () => {
  it('on 500 random windows and limits', { timeout: 120_000 }, async () => {
    const key = await server.makeKey({ slug: 'random' })
    const entries = await recordRandomEntries(server, key, seededRandom(SEED), 600, 100)
    expect(entries.length).toBeGreaterThan(300)
    const random = seededRandom(SEED)
    const questions = Array.from({ length: 500 }, () => drawQuestion(random, entries))
    const { organization_id, mode } = entries[0] as Entry
    let found = 0
    await concurrently(questions, 4, async ({ text, limit, bounds }) => {
      const query = { log: { organization_id, mode }, order: 'newest_first', limit, ...bounds } as const
      const events = await history(key, text)
      found += events.length
      expect(
        events.map(({ event, message }) => [event, message]),
        text,
      ).toEqual(naivePage(query, entries).map(({ action, description }) => [action, description ?? null]))
    })
    expect(found).toBeGreaterThan(2_000)
  })
})

/** Parameters, and the times that they mean in the query model. */
function drawQuestion(random: Random, entries: readonly Entry[]) {
  const [a, b] = [
    momentNear(random.pick(entries), random.between(-1, 1)),
    momentNear(random.pick(entries), 0),
  ]
  const bounds = {
    ...(random.chance(0.7) ? { from: Math.min(a, b) } : {}),
    ...(random.chance(0.7) ? { to: Math.max(a, b) } : {}),
  }
  const limit = random.pick([1, 2, 50, 1_000, 10_000])
  const asText = random.pick([unixText, isoText])
  const times = Object.entries(bounds).map(([name, us]) => `&${name}_timestamp=${asText(us)}`)
  return { text: `limit=${limit}${times.join('')}`, limit, bounds }
}

/** Never a whole second, which as a bound would mean all of it. */
function momentNear({ recorded_at }: Entry, byUs: number): number {
  const us = Date.parse(`${recorded_at.slice(0, 19)}Z`) * 1_000 + Number(recorded_at.slice(20, 26)) + byUs
  return us % 1_000_000 === 0 ? us + 1 : us
}

function unixText(us: number): string {
  return `${Math.floor(us / 1_000_000)}.${String(us % 1_000_000).padStart(6, '0')}`
}

function isoText(us: number): string {
  const seconds = new Date(Math.floor(us / 1_000_000) * 1_000).toISOString().slice(0, 19)
  return encodeURIComponent(`${seconds}.${String(us % 1_000_000).padStart(6, '0')}+00:00`)
}
