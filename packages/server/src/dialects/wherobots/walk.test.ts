import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import type { WherobotsEvent, WherobotsPage } from './schema.js'
import { readCsv } from './testing/read-csv.js'

const EARLIER = 10_000
const ARRIVALS_PER_SECOND = 200
const PAGES_MAX = 400

let server: TestServer
/** Of a log that nothing is added to but what a test adds itself. */
let key: string
/** Ids of its entries, newest first. */
let earlier: readonly string[]

/** One in ten has a name that a search finds. */
const entryAt = (i: number, name: string) => ({
  action: `${name}.one`,
  resource: { type: 'thing', id: `${i % 10 === 0 ? 'tenth' : 'other'}_${i}` },
})

beforeAll(async () => {
  server = await openTestServer()
  ;({ key, earlier } = await recordLog('quiet'))
})
afterAll(() => server.close())

/** A log of its own for a test that adds much. */
async function recordLog(slug: string): Promise<{ key: string; earlier: readonly string[] }> {
  const made = await server.makeKey({ slug })
  const entries = Array.from({ length: EARLIER }, (_, i) => entryAt(i, 'early'))
  const receipts = await recordEntries(server, made, entries, 1_000)
  return { key: made, earlier: receipts.map(({ id }) => id).toReversed() }
}

const page = async (query: string, token = key): Promise<WherobotsPage> => {
  const { status, body } = await server.call(token, 'GET', `/audit-log?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
const idsOf = (items: readonly WherobotsEvent[]) => items.map(({ event_id }) => event_id)

/** Records entries at a steady rate until it is told to stop. */
function arrivals(token: string): { stop: () => Promise<number> } {
  let running = true
  let count = 0
  const recording = (async () => {
    const startMs = performance.now()
    while (running) {
      const due = Math.floor(((performance.now() - startMs) / 1_000) * ARRIVALS_PER_SECOND) - count
      const entries = Array.from({ length: Math.min(due, 1_000) }, (_, i) => entryAt(count + i, 'late'))
      if (due > 0) await recordEntries(server, token, entries)
      count += entries.length
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return count
  })()
  return {
    stop: () => {
      running = false
      return recording
    },
  }
}

/** Pages from `cursor` on until there is none in that direction. */
async function walk(
  direction: 'next_page' | 'previous_page',
  filter: string,
  start: string | null | undefined,
  token = key,
): Promise<readonly WherobotsPage[]> {
  const pages: WherobotsPage[] = []
  for (let cursor = start; cursor !== null; cursor = pages.at(-1)?.[direction]) {
    pages.push(await page(`size=100${filter}${cursor === undefined ? '' : `&cursor=${cursor}`}`, token))
    if (pages.length > PAGES_MAX) throw new Error('the walk does not end')
  }
  return pages
}

describe('walking the pages while 200 entries a second arrive', { timeout: 300_000 }, () => {
  it.each(['', '&searchTerm=tenth'])('meets each earlier entry once, both ways, with %j', async (filter) => {
    const log = await recordLog(`busy${filter.length}`)
    // Newest first, so that the last of every ten is the one that was recorded first.
    const expected = filter === '' ? log.earlier : log.earlier.filter((_, i) => i % 10 === 9)
    const late = arrivals(log.key)
    const forwards = await walk('next_page', filter, undefined, log.key)
    const last = forwards.at(-1) as WherobotsPage
    const backwards = await walk('previous_page', filter, last.current_page_backwards, log.key)
    expect(await late.stop()).toBeGreaterThan(0)

    const isEarlier = new Set(expected)
    const down = forwards.flatMap(({ items }) => idsOf(items))
    expect(new Set(down).size).toBe(down.length)
    expect(down.filter((id) => isEarlier.has(id))).toEqual(expected)
    const up = backwards.toReversed().flatMap(({ items }) => idsOf(items))
    expect(new Set(up).size).toBe(up.length)
    expect(up.filter((id) => isEarlier.has(id))).toEqual(expected)
    // Going up it ends at the newest there was by then, not at where the walk began.
    expect(up.length).toBeGreaterThanOrEqual(down.length)
    expect(forwards[0]?.previous_page).toBeNull()
    expect(last.next_page).toBeNull()
  })
})

describe('cursors', () => {
  it('show the current page again, from either end, though more has arrived', async () => {
    for (const filter of ['', '&searchTerm=tenth']) {
      const first = await page(`size=7${filter}`)
      const second = await page(`size=7${filter}&cursor=${first.next_page}`)
      for (const shown of [first, second]) {
        await recordEntries(server, key, [entryAt(0, 'later')])
        const again = await page(`size=7${filter}&cursor=${shown.current_page}`)
        const fromItsEnd = await page(`size=7${filter}&cursor=${shown.current_page_backwards}`)
        expect(idsOf(again.items)).toEqual(idsOf(shown.items))
        expect(idsOf(fromItsEnd.items)).toEqual(idsOf(shown.items))
        expect(again.next_page).toBe(shown.next_page)
        expect(again.previous_page).not.toBeNull()
      }
      const back = await page(`size=7${filter}&cursor=${second.previous_page}`)
      expect(idsOf(back.items)).toEqual(idsOf(first.items))
    }
  })

  it('of the oldest page lead to it again', async () => {
    const pages = await walk('next_page', '', undefined)
    const oldest = pages.at(-1) as WherobotsPage
    expect(oldest.items.at(-1)?.event_id).toBe(earlier.at(-1))
    const again = await page(`size=${oldest.items.length}&cursor=${oldest.current_page_backwards}`)
    expect(idsOf(again.items)).toEqual(idsOf(oldest.items))
  })

  it('of a page of none are none, so that a walk ends', async () => {
    expect(await page('size=0')).toMatchObject({ items: [], next_page: null, previous_page: null })
  })
})

describe('an export', { timeout: 300_000 }, () => {
  it.each(['', 'searchTerm=tenth', 'searchTerm=other_77'])(
    'holds what the pages hold, with %j',
    async (filter) => {
      const pages = await walk('next_page', filter === '' ? '' : `&${filter}`, undefined)
      const { body } = await server.call(key, 'GET', `/audit-log/export?${filter}`)
      const rows = readCsv(body).slice(1)
      expect(rows.map(([id]) => id)).toEqual(pages.flatMap(({ items }) => idsOf(items)))
      expect(pages[0]?.total).toBe(rows.length)
    },
  )
})
