import {
  type Entry,
  FACET_FIELDS,
  HISTOGRAM_INTERVALS,
  microsecondsOf,
  naiveCount,
  naiveFacets,
  naiveHistogram,
  naivePage,
  type PageQuery,
  placeOf,
} from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  OTHER_LOGS,
  RANDOM_LOG,
  type Random,
  randomEntries,
  randomPageQuery,
  seededRandom,
} from '../../../core/dist/query/testing/random-query.js'
import { chunkOf, INDEX_KINDS, openTestIndex, type TestIndex } from './testing/test-index.js'

/** Of a failed run; the same seed asks the same questions of the same entries. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const ENTRIES = 1_000
/** In the box, and by a URL: the same statements over the same protocol. */
const QUERIES = { embedded: 5_000, server: 500 }
const CONCURRENT = 6
const LOGS = [RANDOM_LOG, ...OTHER_LOGS]

describe.each(INDEX_KINDS)(`the index and a plain filter agree, %s (SEED=${SEED})`, (kind) => {
  const random = seededRandom(SEED)
  const entries = interleave(
    random,
    LOGS.map((log) => randomEntries(random, ENTRIES, log)),
  )
  const own = entries.filter(
    (entry) => entry.mode === RANDOM_LOG.mode && entry.organization_id === RANDOM_LOG.organization_id,
  )
  let test: TestIndex

  beforeAll(async () => {
    test = await openTestIndex(kind)
    for (let first = 0; first < entries.length; ) {
      const chunk = entries.slice(first, first + random.between(1, 300))
      await test.index.insert(chunkOf(chunk, first))
      first += chunk.length
    }
  }, 600_000)
  afterAll(() => test.remove())

  it(`on ${QUERIES[kind]} pages`, { timeout: 600_000 }, async () => {
    await forEachQuery(random, own, QUERIES[kind], async (drawn) => {
      const query = random.chance(0.3) ? { ...drawn, offset: random.pick([0, 1, 7, 100]) } : drawn
      const found = await test.index.page(query)
      expect(found, describeQuery(query)).toEqual(naivePage(query, own).map(placeOf))
    })
  })

  it('on counts, histograms and facets', { timeout: 600_000 }, async () => {
    await forEachQuery(random, own, QUERIES[kind] / 15, async (query) => {
      const message = describeQuery(query)
      const interval = random.pick(HISTOGRAM_INTERVALS)
      const fields = [random.pick(FACET_FIELDS), random.pick(FACET_FIELDS)]
      expect(await test.index.count(query), message).toBe(naiveCount(query, own))
      const histogram = await test.index.histogram(query, interval)
      expect(histogram, `${interval} ${message}`).toEqual(naiveHistogram(query, interval, own))
      const facets = await test.index.facets(query, fields, 5)
      const expected = fields.map((field) => [field, naiveFacets(query, field, 5, own)])
      expect(facets, message).toEqual(Object.fromEntries(expected))
    })
  })

  it('on actions, how often and when they were first and last seen', { timeout: 600_000 }, async () => {
    await forEachQuery(random, own, QUERIES[kind] / 50, async (query) => {
      const found = await test.index.actionsSeen(query, 5)
      expect(found, describeQuery(query)).toEqual(
        naiveFacets(query, 'action', 5, own).map(({ value, count }) => {
          const times = own
            .filter((entry) => entry.action === value && naiveCount(query, [entry]) === 1)
            .map((entry) => microsecondsOf(entry.recorded_at))
          const [firstSeenAt, lastSeenAt] = [Math.min(...times), Math.max(...times)]
          return { action: value, count, firstSeenAt, lastSeenAt }
        }),
      )
    })
  })

  it('on everything that is selected, batch after batch', async () => {
    await forEachQuery(random, own, 50, async ({ from, to, filter, log, order }) => {
      const times = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
      const selection = { log, ...times, ...(filter === undefined ? {} : { filter }) }
      const found = []
      for await (const batch of test.index.places(selection, order)) found.push(...batch)
      expect(found).toEqual(naivePage({ ...selection, order, limit: ENTRIES }, own).map(placeOf))
    })
  })
})

/** The logs' entries as a journal holds them: each log in order, the logs mixed, times nearly ascending. */
function interleave(random: Random, logs: readonly (readonly Entry[])[]): Entry[] {
  const next = logs.map(() => 0)
  const mixed: Entry[] = []
  while (mixed.length < logs.reduce((sum, log) => sum + log.length, 0)) {
    const log = random.between(0, logs.length - 1)
    const entry = logs[log]?.[next[log]!++]
    if (entry !== undefined) mixed.push(entry)
  }
  return mixed
}

/** Runs `ask` on random queries, several at a time. What it draws itself it draws before it waits, for the seed's sake. */
async function forEachQuery(
  random: Random,
  entries: readonly Entry[],
  count: number,
  ask: (query: PageQuery) => Promise<void>,
): Promise<void> {
  let left = count
  const asker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      await ask(randomPageQuery(random, entries))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, asker))
}

function describeQuery(query: PageQuery): string {
  return `SEED=${SEED} ${JSON.stringify(query)}`
}
