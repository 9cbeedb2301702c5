import { join } from 'node:path'
import {
  type Entry,
  type Filter,
  type LogName,
  microsecondsOf,
  naivePage,
  type PageQuery,
} from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomPageQuery, seededRandom } from '../../../core/dist/query/testing/random-query.js'
import type { JournalReader } from '../journal/journal.js'
import { openSqliteJournalReader } from '../journal/sqlite/sqlite-reader.js'
import { recordRandomEntries } from '../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { asksForFew, lookNearby } from './look-nearby.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const ENTRIES = 1_200
const QUERIES = 1_000
const random = seededRandom(SEED)

let server: TestServer
let reader: JournalReader
let looks = 0
let entries: readonly Entry[]
let log: LogName

beforeAll(async () => {
  server = await openTestServer()
  const key = await server.makeKey()
  entries = await recordRandomEntries(server, key, random, ENTRIES, 100)
  log = { organization_id: entries[0]!.organization_id, mode: entries[0]!.mode }
  const opened = await openSqliteJournalReader(join(server.directory, 'journal.db'))
  reader = new Proxy(opened, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (name === 'entriesAt') looks += (args[1] as readonly number[]).length
        return Reflect.apply(value, target, args)
      }
    },
  })
}, 120_000)
afterAll(async () => {
  await reader.close()
  await server.close()
})

const wholeLog = () => ({ first: 0, last: ENTRIES - 1 })
const seqs = (page: readonly { readonly seq: number }[]) => page.map(({ seq }) => seq)

describe(`a page that lies nearby (SEED=${SEED})`, () => {
  it(`is the page, in ${QUERIES} random queries`, async () => {
    let answered = 0
    for (let i = 0; i < QUERIES; i++) {
      const { after: _drawn, ...drawn } = { ...randomPageQuery(random, entries), log }
      const after = random.chance(0.5) ? placeOf(random.pick(entries)) : undefined
      const query: PageQuery = after === undefined ? drawn : { ...drawn, after }
      const page = await lookNearby(reader, query, wholeLog())
      if (page === undefined) continue
      answered++
      const expected = naivePage({ ...query, limit: query.limit + 1 }, entries)
      const message = `SEED=${SEED} ${JSON.stringify(query)}`
      expect(seqs(page.entries), message).toEqual(seqs(expected.slice(0, query.limit)))
      expect(page.hasMore, message).toBe(expected.length > query.limit)
    }
    // Some lie nearby, some do not; else one of the two is not tested.
    expect(answered).toBeGreaterThan(QUERIES / 20)
    expect(answered).toBeLessThan(QUERIES)
  })

  it('is not looked for further than is worth it', async () => {
    for (let i = 0; i < 200; i++) {
      const query = { ...randomPageQuery(random, entries), log }
      looks = 0
      await lookNearby(reader, query, wholeLog())
      expect(looks, `SEED=${SEED} ${JSON.stringify(query)}`).toBeLessThanOrEqual(4 * (query.limit + 1) + 48)
    }
  })

  it('stays within its range', async () => {
    const query: PageQuery = { log, order: 'newest_first', limit: 10, filter: NOT_NEVER }
    expect(await lookNearby(reader, query, { first: 20, last: 24 })).toMatchObject({
      entries: [{ seq: 24 }, { seq: 23 }, { seq: 22 }, { seq: 21 }, { seq: 20 }],
      hasMore: false,
    })
  })
})

const NOT_NEVER: Filter = {
  op: 'not',
  filter: { op: 'equals', field: 'action', values: ['never'] },
}
const placeOf = ({ recorded_at, seq }: Entry) => ({ recorded_at: microsecondsOf(recorded_at), seq })

describe('a filter', () => {
  const actor: Filter = { op: 'equals', field: 'actor.id', values: ['a'] }
  const severity: Filter = { op: 'severity_at_least', severity: 'info' }
  it.each<[string, Filter, boolean]>([
    ['one person', actor, true],
    ['one person and what many have', { op: 'and', filters: [severity, actor] }, true],
    ['one person or what many have', { op: 'or', filters: [severity, actor] }, false],
    ['one of two persons', { op: 'or', filters: [actor, actor] }, true],
    ['everybody but one person', { op: 'not', filter: actor }, false],
    ['a text', { op: 'text', needle: 'x' }, true],
    ['an action', { op: 'equals', field: 'action', values: ['a.b'] }, false],
    ['nothing', { op: 'or', filters: [] }, false],
  ])('that asks for %s', (_what, filter, expected) => {
    expect(asksForFew(filter)).toBe(expected)
  })
})
