import { admitEntries, foldCase, microsecondsOf } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  HOSTILE_TEXTS,
  type Random,
  randomEntry,
  seededRandom,
} from '../../../../core/dist/query/testing/random-query.js'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { EVENT_PROPERTIES, type WherobotsEvent } from './schema.js'
import { readCsv } from './testing/read-csv.js'

/** Of a failed run; the same seed asks the same questions of entries with the same content. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const ENTRIES = 900
/** The same 500 for every dialect are in test/src/dialects; `ORACLE_FILTERS` asks for more. */
const QUESTIONS = Number(process.env.ORACLE_FILTERS ?? 100)
const CONCURRENT = 6
const NOT_SEARCHED = new Set(['event_time', 'client_chain'])

interface Question {
  readonly startTime?: string
  readonly endTime?: string
  readonly searchTerm?: string
}

describe(`what a time window and a search term select (SEED=${SEED})`, () => {
  const random = seededRandom(SEED)
  let server: TestServer
  let key: string
  /** Every event as it is shown, newest first. */
  let shown: readonly WherobotsEvent[]

  beforeAll(async () => {
    server = await openTestServer()
    key = await server.makeKey()
    const entries = admissibleEntries(random)
    for (let i = 0; i < entries.length; i += 9) await recordEntries(server, key, entries.slice(i, i + 9), 9)
    shown = toEvents((await server.call(key, 'GET', '/audit-log/export')).body)
    expect(shown.map(({ action_name }) => action_name)).toEqual(
      entries.map((entry) => entry.action).toReversed(),
    )
  })
  afterAll(() => server.close())

  it(`is, for ${QUESTIONS} of them, what a look at every shown event says`, async () => {
    let asked = 0
    let found = 0
    const askOn = async () => {
      while (asked < QUESTIONS) {
        asked += 1
        const withExport = asked % 4 === 0
        // Each export adds an entry about itself, later than all of these.
        const question = { endTime: shown[0]?.event_time as string, ...randomQuestion(random, shown) }
        const expected = shown.filter((event) => isSelected(event, question))
        if (expected.length > 0 && expected.length < shown.length) found += 1
        const query = new URLSearchParams({ ...question })
        const { status, body } = await server.call(key, 'GET', `/audit-log?${query}&size=100`)
        const answer = { question, status, total: body.total }
        expect(answer).toEqual({ question, status: 200, total: expected.length })
        expect(idsOf(body.items)).toEqual(idsOf(expected).slice(0, 100))
        if (!withExport) continue
        const csv = await server.call(key, 'GET', `/audit-log/export?${query}`)
        expect(idsOf(toEvents(csv.body))).toEqual(idsOf(expected))
      }
    }
    await Promise.all(Array.from({ length: CONCURRENT }, askOn))
    expect(found).toBeGreaterThan(QUESTIONS / 3)
  }, 300_000)
})

const idsOf = (events: readonly WherobotsEvent[]) => events.map(({ event_id }) => event_id)

/** Empty cells are null: the export writes nothing for either. */
function toEvents(csv: string): WherobotsEvent[] {
  return readCsv(csv)
    .slice(1)
    .map((cells) => {
      expect(cells).toHaveLength(EVENT_PROPERTIES.length)
      return Object.fromEntries(
        EVENT_PROPERTIES.map((property, i) => [property, cells[i] || null]),
      ) as unknown as WherobotsEvent
    })
}

/** The documents' own words: at or after, at or before, a substring of any field. */
function isSelected(event: WherobotsEvent, { startTime, endTime, searchTerm }: Question): boolean {
  if (startTime !== undefined && event.event_time < startTime) return false
  if (endTime !== undefined && event.event_time > endTime) return false
  if (searchTerm === undefined) return true
  return EVENT_PROPERTIES.some(
    (property) =>
      !NOT_SEARCHED.has(property) && foldCase(event[property] ?? '').includes(foldCase(searchTerm)),
  )
}

function randomQuestion(random: Random, shown: readonly WherobotsEvent[]): Question {
  const moment = () => {
    const us = microsecondsOf(random.pick(shown).event_time) + random.between(-1, 0)
    const micros = String(us % 1_000_000).padStart(6, '0')
    return `${new Date(Math.floor(us / 1_000_000) * 1_000).toISOString().slice(0, 19)}.${micros}Z`
  }
  const [startTime, endTime] = [moment(), moment()].toSorted() as [string, string]
  return {
    ...(random.chance(0.3) ? { startTime } : {}),
    ...(random.chance(0.3) ? { endTime } : {}),
    ...(random.chance(0.85) ? { searchTerm: randomTerm(random, shown) } : {}),
  }
}

/** A piece of a shown text in any case, of whole code points; or hostile text. */
function randomTerm(random: Random, shown: readonly WherobotsEvent[]): string {
  if (random.chance(0.1)) return random.pick(HOSTILE_TEXTS) || 'x'
  const event = random.pick(shown)
  const points = Array.from(event[random.pick(EVENT_PROPERTIES)] ?? event.action_name)
  const start = random.between(0, points.length - 1)
  const piece = points.slice(start, start + random.between(1, 10)).join('')
  return random.chance(0.3) ? piece.toUpperCase() : piece
}

/** Drawn entries without what the server owns, but for those that it would refuse. */
function admissibleEntries(random: Random): readonly { readonly action: string }[] {
  const entries: { readonly action: string }[] = []
  while (entries.length < ENTRIES) {
    const { organization_id: _o, mode: _m, seq: _s, recorded_at: _r, ...sent } = randomEntry(random)
    const bytes = new TextEncoder().encode(JSON.stringify(sent))
    if (admitEntries(bytes, 'json').admitted) entries.push(sent)
  }
  return entries
}
