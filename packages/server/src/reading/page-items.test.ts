import { join } from 'node:path'
import { type Entry, type LogName, placeOf, type Selection, selects } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../core/dist/query/testing/random-query.js'
import type { JournalReader } from '../journal/journal.js'
import { openSqliteJournalReader } from '../journal/sqlite/sqlite-reader.js'
import { recordRandomEntries } from '../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { ItemText } from './item-text.js'
import { itemsAt, itemsOf, type PageItems } from './page-items.js'
import { type ReadEntry, toReadEntry } from './read-entry.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
const ENTRIES = 150
const NEWEST_FIRST = Array.from({ length: ENTRIES }, (_, i) => ENTRIES - 1 - i)

let server: TestServer
let reader: JournalReader
let log: LogName
let recorded: readonly Entry[]
let expected: readonly ReadEntry[]

beforeAll(async () => {
  server = await openTestServer()
  recorded = await recordRandomEntries(server, await server.makeKey(), seededRandom(SEED), ENTRIES, 50)
  log = { organization_id: recorded[0]!.organization_id, mode: recorded[0]!.mode }
  reader = await openSqliteJournalReader(join(server.directory, 'journal.db'))
  expected = (await reader.entriesAt(log, NEWEST_FIRST)).map((stored) => toReadEntry(log, stored))
}, 60_000)
afterAll(async () => {
  await reader.close()
  await server.close()
})

const entriesOf = ({ pieces }: PageItems) => JSON.parse(`[${pieces.join(',')}]`) as ReadEntry[]
const asJson = (entries: readonly ReadEntry[]) => JSON.parse(JSON.stringify(entries)) as ReadEntry[]

describe(`the items of a page (SEED=${SEED})`, () => {
  it('are the entries in the order that was asked for, in several pieces, with the places of the first and the last', async () => {
    const items = await itemsAt(reader, { log, seqs: NEWEST_FIRST }, {})
    expect(items.pieces.length).toBeGreaterThan(2)
    expect(entriesOf(items)).toEqual(asJson(expected))
    expect(items).toMatchObject({ count: ENTRIES, strays: 0 })
    expect([items.first, items.last]).toEqual([placeOf(expected[0]!), placeOf(expected.at(-1)!)])
  })

  it.each([
    ['read now', () => itemsAt(reader, { log, seqs: NEWEST_FIRST }, { reversed: true })],
    ['read before', () => itemsOf(expected, { reversed: true })],
  ])('run the other way when the list does: entries that were %s', async (_when, read) => {
    const items = await read()
    expect(entriesOf(items)).toEqual(asJson(expected.toReversed()))
    expect([items.first, items.last]).toEqual([placeOf(expected.at(-1)!), placeOf(expected[0]!)])
  })

  it('leave out what the selection does not select, and say how many: an index may name the wrong ones', async () => {
    const values = [recorded[7]!.action]
    const selection: Selection = { log, filter: { op: 'equals', field: 'action', values } }
    const chosen = recorded.filter((entry) => selects(selection, entry)).map(({ seq }) => seq)
    const items = await itemsAt(reader, { log, seqs: NEWEST_FIRST, selection }, {})
    expect(entriesOf(items).map(({ seq }) => seq)).toEqual(chosen.toReversed())
    expect(items).toMatchObject({ count: chosen.length, strays: ENTRIES - chosen.length })
    expect(chosen.length).toBeLessThan(ENTRIES)
  })

  it('leave out everything of an empty page, places too', async () => {
    expect(await itemsAt(reader, { log, seqs: [] }, {})).toEqual({ pieces: [], count: 0, strays: 0 })
  })

  it('are given out once, and nobody holds them any more', async () => {
    const items = await itemsAt(reader, { log, seqs: NEWEST_FIRST }, {})
    const text = new ItemText(items.pieces)
    expect(JSON.parse(`[${text.take()}]`)).toHaveLength(ENTRIES)
    expect(items.pieces).toEqual([])
    expect(text.take()).toBe('')
  })
})
