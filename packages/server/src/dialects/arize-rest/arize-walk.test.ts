import { type Entry, type Filter, naivePage } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '../../../../core/dist/query/testing/random-query.js'
import { toGlobalId } from '../../http/global-id.js'
import { startArrivals } from '../../testing/arrivals.js'
import { concurrently } from '../../testing/concurrently.js'
import { recordRandomEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const RECORD = '/v1/audit_log_entries'
const MILLISECOND_US = 1_000

let server: TestServer
beforeAll(async () => {
  // A busy machine may keep the index behind for longer than the default; what is slow is not wrong.
  server = await openTestServer({ read_wait_ms: '30000' })
})
afterAll(() => server.close())

async function list(key: string, query: string) {
  const { status, body } = await server.call(key, 'GET', `/v2/audit-logs?${query}`)
  expect({ status, query, body: status === 200 ? '' : body }).toEqual({ status: 200, query, body: '' })
  return body as {
    logs: { id: string; operation_name: string }[]
    pagination: { has_more: boolean; next_cursor?: string }
  }
}

describe('following the cursor', () => {
  it('finds each of 10,000 earlier entries once, and ends, while 200 a second arrive', {
    timeout: 120_000,
  }, async () => {
    const key = await server.makeKey({ slug: 'walked' })
    for (let batch = 0; batch < 10; batch++) {
      // Two in five are of no authenticated user, and are not in the list.
      const entries = Array.from({ length: 1_000 }, (_, i) => ({
        action: `earlier.${batch * 1_000 + i}`,
        ...(i % 5 < 2 ? { category: 'export' } : {}),
      }))
      expect((await server.call(key, 'POST', RECORD, entries)).status).toBe(201)
    }
    const expected = Array.from({ length: 10_000 }, (_, i) => i).filter((i) => i % 5 >= 2)
    const arrivals = startArrivals(server, key, 200, () => ({ action: 'arrived' }))
    const seen: number[] = []
    try {
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const { logs, pagination } = await list(key, `limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`)
        const earlier = logs.filter((log) => log.operation_name.startsWith('earlier.'))
        seen.push(...earlier.map((log) => Number(log.operation_name.slice('earlier.'.length))))
        cursor = pagination.next_cursor
      }
    } finally {
      expect(await arrivals.stop()).toBeGreaterThan(0)
    }
    expect(seen).toEqual(expected.toReversed())
  })
})

describe(`the query model agrees (SEED=${SEED})`, () => {
  it('on 500 random filters, pages of them as well', { timeout: 120_000 }, async () => {
    const key = await server.makeKey({ slug: 'random' })
    const entries = await recordRandomEntries(server, key, seededRandom(SEED), 600, 100)
    expect(entries.length).toBeGreaterThan(300)
    const random = seededRandom(SEED)
    const questions = Array.from({ length: 500 }, () => ({
      ...drawFilter(random, entries),
      limit: random.pick([1, 7, 50, 100]),
    }))
    const { organization_id, mode } = entries[0] as Entry
    const listed = entries.filter(isOfAuthenticatedUser)
    let found = 0
    await concurrently(questions, 4, async ({ text, limit, ...selection }) => {
      const query = {
        log: { organization_id, mode },
        order: 'newest_first',
        limit: 1_500,
        ...selection,
      } as const
      const expected = naivePage(query, listed).map(({ seq }) => toGlobalId('AuditLog', seq + 1))
      const seen: string[] = []
      let pages = 0
      for (let cursor: string | undefined = ''; pages < 3 && cursor !== undefined; pages++) {
        const answer = await list(key, `limit=${limit}${text}${cursor === '' ? '' : `&cursor=${cursor}`}`)
        seen.push(...answer.logs.map(({ id }) => id))
        expect(answer.pagination.has_more, text).toBe(seen.length < expected.length)
        cursor = answer.pagination.next_cursor
      }
      found += seen.length
      expect(seen, text).toEqual(expected.slice(0, 3 * limit))
    })
    expect(found).toBeGreaterThan(2_000)
  })
})

/** The rule as the page of the dialect words it, written down a second time. */
function isOfAuthenticatedUser({ category, actor, outcome }: Entry): boolean {
  if (category === 'export' || actor?.type === 'anonymous') return false
  return category !== 'authentication' || (outcome === 'success' && actor !== undefined)
}

/** Parameters, and what they mean in the query model. */
function drawFilter(random: Random, entries: readonly Entry[]) {
  const filters: Filter[] = []
  let text = ''
  if (random.chance(0.4)) {
    const id = random.pick(entries).actor?.id ?? ''
    filters.push({ op: 'equals', field: 'actor.id', values: [id] })
    text += `&user_id=${encodeURIComponent(Buffer.from(`User:${id}`).toString('base64'))}`
  }
  if (random.chance(0.4)) {
    const type = random.pick(['query', 'mutation', 'subscription'])
    filters.push({ op: 'equals', field: 'operation.type', values: type === 'mutation' ? [type, ''] : [type] })
    text += `&operation_type=${type.toUpperCase()}`
  }
  const [a, b] = [millisecondOf(random.pick(entries)), millisecondOf(random.pick(entries))]
  let [from, to] = [0, Number.MAX_SAFE_INTEGER]
  if (random.chance(0.6)) {
    from = Math.min(a, b)
    text += `&start_time=${timeText(random, from)}`
  }
  if (random.chance(0.6)) {
    to = Math.max(a, b) + MILLISECOND_US - 1
    text += `&end_time=${timeText(random, to)}`
  }
  return { text, filter: { op: 'and', filters } as const, from, to }
}

/** The start of the millisecond in which the entry was recorded. */
function millisecondOf({ recorded_at }: Entry): number {
  return Date.parse(`${recorded_at.slice(0, 23)}Z`) * MILLISECOND_US
}

function timeText(random: Random, us: number): string {
  const milliseconds = new Date(Math.floor(us / MILLISECOND_US)).toISOString().slice(0, -1)
  const micros = String(us % MILLISECOND_US).padStart(3, '0')
  return encodeURIComponent(random.pick([`${milliseconds}Z`, `${milliseconds}${micros}+0000`, milliseconds]))
}
