import { statSync } from 'node:fs'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Entry, type Order, type Position, placeOf } from '@counterfoil/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IndexDamaged, IndexUnavailable } from '../search-index.js'
import {
  anIndexedEntry,
  chunkOf,
  INDEX_KINDS,
  openTestIndex,
  TEST_LOG,
  type TestIndex,
} from '../testing/test-index.js'

const NOVEMBER_US = Date.UTC(2026, 10, 30, 23, 59) * 1000
const DECEMBER_US = Date.UTC(2026, 11, 1) * 1000

let test: TestIndex
afterEach(() => test.remove())

async function everyPlace(order: Order = 'oldest_first'): Promise<readonly Position[]> {
  const places: Position[] = []
  for await (const batch of test.index.places({ log: TEST_LOG }, order)) places.push(...batch)
  return places
}

function someEntries(count: number, first = 0): Entry[] {
  return Array.from({ length: count }, (_, place) => anIndexedEntry(first + place))
}

describe.each(INDEX_KINDS)('inserting, %s', (kind) => {
  beforeEach(async () => {
    test = await openTestIndex(kind)
  })

  it('takes a repeated chunk once, even after later ones', async () => {
    const entries = someEntries(30)
    await test.index.insert(chunkOf(entries.slice(0, 20), 1))
    await test.index.insert(chunkOf(entries.slice(20), 21))
    await test.index.insert(chunkOf(entries.slice(0, 20), 1))
    expect(await everyPlace()).toEqual(entries.map(placeOf))
    expect(await test.index.standing()).toEqual({ lastPosition: 30, rows: 30, damaged: false })
  })

  it('completes a chunk of two months of which only the first month had arrived', async () => {
    const entries = someEntries(20).map((entry, place) => ({
      ...anIndexedEntry(place, place < 8 ? NOVEMBER_US : DECEMBER_US),
      id: entry.id,
    }))
    await test.index.insert(chunkOf(entries.slice(0, 8), 1))
    expect(await test.index.standing()).toEqual({ lastPosition: 8, rows: 8, damaged: false })
    await test.index.insert(chunkOf(entries, 1))
    expect(await everyPlace()).toEqual(entries.map(placeOf))
  })

  it('finds text in a large chunk, before and after its part was merged', async () => {
    const named = (seq: number) => ({ ...anIndexedEntry(seq), description: `delivery ${seq} of the day` })
    const entries = Array.from({ length: 9_000 }, (_, seq) => named(seq))
    await test.index.insert(chunkOf(entries.slice(0, 1_000), 1))
    await test.index.insert(chunkOf(entries.slice(1_000), 1_001))
    const ngrams = `SELECT data_uncompressed_bytes > ${9_000 * 20} FROM system.data_skipping_indices WHERE name = 'search_text_ngrams'`
    const found = async () => {
      const filter = { op: 'text', needle: 'IVERY 4711 OF' } as const
      return test.index.page({ log: TEST_LOG, filter, order: 'newest_first', limit: 10 })
    }
    expect(await found()).toEqual([placeOf(entries[4_711]!)])
    expect((await test.ask(ngrams)).trim()).toBe(kind === 'embedded' ? '0' : '1')
    await test.ask('OPTIMIZE TABLE counterfoil.entries FINAL')
    expect(await found()).toEqual([placeOf(entries[4_711]!)])
    // Whatever was left out of the insert, the merged part has every index, and n-grams of every row.
    const indexes = `SELECT countIf(data_uncompressed_bytes = 0) FROM system.data_skipping_indices WHERE table = 'entries'`
    expect((await test.ask(indexes)).trim()).toBe('0')
    expect((await test.ask(ngrams)).trim()).toBe('1')
  })

  it('makes the n-grams of a large chunk at once when nothing came before it for a while', async () => {
    await test.index.insert(chunkOf(someEntries(8_000), 1))
    const ngrams = `SELECT data_uncompressed_bytes > ${8_000 * 20} FROM system.data_skipping_indices WHERE name = 'search_text_ngrams'`
    expect((await test.ask(ngrams)).trim()).toBe('1')
  })

  it('stores each run as one part, so that a kill leaves no half of a journal row', async () => {
    await test.index.insert(chunkOf(someEntries(100_000), 1))
    // Each part that was ever inserted took the next block number, whatever was merged since.
    const blocks = await test.ask("SELECT max(max_block_number) FROM system.parts WHERE table = 'entries'")
    expect(blocks).toBe('2\n')
  })

  it('takes a chunk again after the index was cleared', async () => {
    const chunk = chunkOf(someEntries(5), 1)
    await test.index.insert(chunk)
    await test.index.clear()
    expect(await test.index.standing()).toEqual({ lastPosition: undefined, rows: 0, damaged: false })
    await test.index.insert(chunk)
    expect(await test.index.standing()).toEqual({ lastPosition: 5, rows: 5, damaged: false })
  })

  it('knows what is there from the table alone, after a restart and with chunks cut anew', async () => {
    const entries = someEntries(30)
    await test.index.insert(chunkOf(entries.slice(0, 20), 1))
    await test.reopen()
    await test.index.insert(chunkOf(entries.slice(10), 11))
    expect(await everyPlace()).toEqual(entries.map(placeOf))
  })

  it('loses and doubles nothing when the engine is killed in the midst of inserts', {
    timeout: 300_000,
  }, async () => {
    // The chunk that lies across the end of the month is two inserts.
    const count = kind === 'embedded' ? 1_500 : 500
    const begin = DECEMBER_US - 1_000 * (count / 2 + 50)
    const entries = Array.from({ length: count }, (_, seq) => anIndexedEntry(seq, begin))
    for (let first = 0, kills = 0; first < entries.length; ) {
      await standingPosition()
      const chunk = entries.slice(first, first + 100)
      const kill =
        kills < KILLS_PER_CHUNK ? delay(Math.random() * KILL_WITHIN_MS).then(() => test.kill()) : undefined
      const arrived = await arrives(chunk, first + 1)
      await kill
      kills = arrived ? 0 : kills + 1
      if (arrived) first += chunk.length
      // Half of the time the same chunk comes again, else the next is cut anew from where the index stands.
      else if (Math.random() < 0.5) first = await standingPosition()
    }
    expect(await everyPlaceOnceBack()).toEqual(entries.map(placeOf))
    expect(await test.index.standing()).toEqual({
      lastPosition: entries.length,
      rows: entries.length,
      damaged: false,
    })
  })
})

/** So that most chunks arrive at the first attempt or the second. */
const KILLS_PER_CHUNK = 2
/** About as long as an insert takes. */
const KILL_WITHIN_MS = 30

async function everyPlaceOnceBack(): Promise<readonly Position[]> {
  await standingPosition()
  return everyPlace()
}

async function arrives(entries: readonly Entry[], firstPosition: number): Promise<boolean> {
  try {
    await test.index.insert(chunkOf(entries, firstPosition))
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(IndexUnavailable)
    return false
  }
}

async function standingPosition(): Promise<number> {
  for (;;) {
    try {
      return (await test.index.standing()).lastPosition ?? 0
    } catch (error) {
      expect(error).toBeInstanceOf(IndexUnavailable)
    }
  }
}

describe('reading', () => {
  beforeEach(async () => {
    test = await openTestIndex()
  })

  it.each(['newest_first', 'oldest_first'] as const)(
    '%s, a walk visits each entry once while others arrive',
    async (order) => {
      const entries = someEntries(900)
      await test.index.insert(chunkOf(entries.slice(0, 300), 1))
      const seen: Position[] = []
      let inserted = 300
      for (let after: Position | undefined; ; ) {
        const page = await test.index.page({
          log: TEST_LOG,
          order,
          limit: 17,
          ...(after === undefined ? {} : { after }),
        })
        if (page.length === 0) break
        seen.push(...page)
        after = page.at(-1)
        if (inserted < entries.length) {
          await test.index.insert(chunkOf(entries.slice(inserted, inserted + 60), inserted + 1))
          inserted += 60
        }
      }
      // Newest first, what arrives later lies before the first page; oldest first, the walk comes to it.
      const expected = order === 'oldest_first' ? entries : entries.slice(0, 300).reverse()
      expect(seen).toEqual(expected.map(placeOf))
    },
  )

  it('finds the same as a plain search through many granules, whatever the length of the needle', async () => {
    const words = [
      'refund',
      'Größe',
      'order',
      'a',
      'xy',
      'zebra crossing',
      '100%',
      'under_score',
      'back\\slash',
    ]
    const entries = Array.from({ length: 12_000 }, (_, seq) => ({
      ...anIndexedEntry(seq),
      description: `${words[seq % 7]} ${seq} ${seq % 1_999 === 0 ? words[7 + (seq % 2)] : ''}`,
    }))
    await test.index.insert(chunkOf(entries, 1))
    for (const needle of [
      'a',
      'zz',
      '0%',
      '99',
      'ref',
      'öß',
      'größe',
      'r_s',
      'k\\s',
      '1234',
      'ZEBRA',
      'sing 77',
      'under_',
      'absent words',
    ]) {
      const found = await test.index.count({ log: TEST_LOG, filter: { op: 'contains', field: 'id', needle } })
      expect(found, needle).toBe(entries.filter((entry) => entry.id.includes(needle)).length)
      const expected = entries.filter((entry) => entryText(entry).includes(needle.toLowerCase()))
      const places = await test.index.page({
        log: TEST_LOG,
        order: 'oldest_first',
        limit: 1_000,
        filter: { op: 'text', needle },
      })
      expect(places, needle).toEqual(expected.slice(0, 1_000).map(placeOf))
    }
  })

  it('gives IndexUnavailable while the engine is away, and answers once it is back', async () => {
    await test.index.insert(chunkOf(someEntries(3), 1))
    test.kill()
    await expect(test.index.count({ log: TEST_LOG })).rejects.toBeInstanceOf(IndexUnavailable)
    await expect.poll(() => test.index.count({ log: TEST_LOG }).catch(() => 0), { timeout: 20_000 }).toBe(3)
  })
})

/** What `anIndexedEntry` says, for a search without the index. */
function entryText(entry: Entry): string {
  return [entry.id, entry.action, entry.category, entry.description].join('\u0000').toLowerCase()
}

it('brings a table of an older version to what new ones are, once', async () => {
  test = await openTestIndex()
  const lifetime = async () =>
    /old_parts_lifetime = (\d+)/.exec(await test.ask('SHOW CREATE TABLE counterfoil.entries'))?.[1]
  expect(await lifetime()).toBe('1')
  await test.ask('ALTER TABLE counterfoil.entries MODIFY SETTING old_parts_lifetime = 10')
  await test.index.migrate()
  expect(await lifetime()).toBe('10')
  await test.ask('ALTER TABLE counterfoil.migrations DELETE WHERE version = 3 SETTINGS mutations_sync = 2')
  await test.reopen()
  await test.index.migrate()
  expect(await lifetime()).toBe('1')
})

describe('damage', () => {
  beforeEach(async () => {
    test = await openTestIndex()
  })

  /** Closes the engine, changes the largest file of its table and opens it again. */
  async function damageTable(change: (path: string) => Promise<void>): Promise<void> {
    await test.reopen(async () => {
      const parts = join(test.directory, 'store', 'store')
      const names = (await readdir(parts, { recursive: true })).filter((name) => name.endsWith('.bin'))
      const files = names
        .map((name) => join(parts, name))
        .map((path) => ({ path, bytes: statSync(path).size }))
      files.sort((a, b) => b.bytes - a.bytes)
      await change(files[0]?.path ?? '')
    })
  }

  it('shows in standing when a file has lost its end, and is gone after clear', async () => {
    await test.index.insert(chunkOf(someEntries(2_000), 1))
    await damageTable((path) => truncate(path, statSync(path).size - 1))
    expect(await test.index.standing()).toMatchObject({ damaged: true })
    await test.index.clear()
    expect(await test.index.standing()).toEqual({ lastPosition: undefined, rows: 0, damaged: false })
  })

  it('is never read as if it were right', async () => {
    await test.index.insert(chunkOf(someEntries(2_000), 1))
    await damageTable(async (path) => {
      const bytes = await readFile(path)
      for (let place = 0; place < bytes.length; place += 512) bytes[place]! ^= 0x10
      await writeFile(path, bytes)
    })
    await expect(everyPlace()).rejects.toBeInstanceOf(IndexDamaged)
  })
})
