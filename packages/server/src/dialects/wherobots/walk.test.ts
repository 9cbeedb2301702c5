import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startArrivals } from '../../testing/arrivals.js'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import type { WherobotsEvent, WherobotsPage } from './schema.js'
import { readCsv } from './testing/read-csv.js'

const EARLIER = 10_000
const ARRIVALS_PER_SECOND = 200
const PAGES_MAX = 400

let server: TestServer
let key: string
/** Ids of the entries before the walks, newest first. */
let earlier: readonly string[]

beforeAll(async () => {
  server = await openTestServer()
  key = server.makeKey()
  const entries = Array.from({ length: EARLIER }, (_, i) => ({
    action: i % 2 === 0 ? 'even.one' : 'odd.one',
    resource: { type: 'thing', id: `thing_${i}` },
  }))
  earlier = (await recordEntries(server, key, entries, 1_000)).map(({ id }) => id).toReversed()
})
afterAll(() => server.close())

const page = async (query: string): Promise<WherobotsPage> => {
  const { status, body } = await server.call(key, 'GET', `/audit-log?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}
const idsOf = (items: readonly WherobotsEvent[]) => items.map(({ event_id }) => event_id)

const arrivals = () =>
  startArrivals(server, key, ARRIVALS_PER_SECOND, (i) => ({ action: i % 2 === 0 ? 'even.late' : 'odd.late' }))

/** Pages from `cursor` on until there is none in that direction. */
async function walk(
  direction: 'next_page' | 'previous_page',
  filter: string,
  start: string | null | undefined,
): Promise<readonly WherobotsPage[]> {
  const pages: WherobotsPage[] = []
  for (let cursor = start; cursor !== null; cursor = pages.at(-1)?.[direction]) {
    pages.push(await page(`size=100${filter}${cursor === undefined ? '' : `&cursor=${cursor}`}`))
    if (pages.length > PAGES_MAX) throw new Error('the walk does not end')
  }
  return pages
}

describe('walking the pages while 200 entries a second arrive', { timeout: 300_000 }, () => {
  it.each(['', '&searchTerm=even'])('meets each earlier entry once, both ways, with %j', async (filter) => {
    const expected = filter === '' ? earlier : earlier.filter((_, i) => i % 2 === 1)
    const late = arrivals()
    const forwards = await walk('next_page', filter, undefined)
    const last = forwards.at(-1) as WherobotsPage
    const backwards = await walk('previous_page', filter, last.current_page_backwards)
    expect(await late.stop()).toBeGreaterThan(0)

    const isEarlier = new Set(expected)
    const down = forwards.flatMap(({ items }) => idsOf(items))
    expect(new Set(down).size).toBe(down.length)
    expect(down.filter((id) => isEarlier.has(id))).toEqual(expected)
    const up = backwards.toReversed().flatMap(({ items }) => idsOf(items))
    expect(new Set(up).size).toBe(up.length)
    expect(up.filter((id) => isEarlier.has(id))).toEqual(expected)
    // Going up it ends at the newest there was by then, not at where the walk began.
    expect(up.length).toBeGreaterThan(down.length)
    expect(forwards[0]?.previous_page).toBeNull()
    expect(last.next_page).toBeNull()
  })
})

describe('cursors', () => {
  it('show the current page again, from either end, though more has arrived', async () => {
    for (const filter of ['', '&searchTerm=odd']) {
      const first = await page(`size=7${filter}`)
      const second = await page(`size=7${filter}&cursor=${first.next_page}`)
      for (const shown of [first, second]) {
        await recordEntries(server, key, [{ action: 'odd.later' }])
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
  it.each(['', 'searchTerm=even', 'searchTerm=thing_77'])(
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
