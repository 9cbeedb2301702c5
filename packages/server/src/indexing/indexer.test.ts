import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@counterfoil/core'
import { seededRandom } from '@counterfoil/core/testing'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { SearchIndex } from '../index/search-index.js'
import { anIndexedEntry, chunkOf, openTestIndex } from '../index/testing/test-index.js'
import type { PositionRange } from '../journal/journal.js'
import { dividedBy } from '../reading/held-rows.js'
import { openDatabase } from '../sqlite/driver.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { Indexer, type IndexerSettings } from './indexer.js'

const PATH = '/v1/audit_log_entries'
/** Reads wait for the index as long as a busy machine may need to fill it. */
const PATIENT = { read_wait_ms: '30000' }
let server: TestServer
let key: string
beforeEach(async () => {
  server = await openTestServer(PATIENT)
  key = await server.makeKey()
})
afterEach(() => server.close())

const record = (count: number, action = 'a.a') =>
  server.call(
    key,
    'POST',
    PATH,
    Array.from({ length: count }, (_, i) => ({ action, metadata: { i } })),
  )
const count = async (query: string) =>
  (await server.call(key, 'GET', `${PATH}?limit=1&include_count=true&${query}`)).body.total_count

/** Rows of entries that have one each, by their positions. */
const rowsIn = (entries: Parameters<typeof chunkOf>[0]) => (first: number, last: number) => {
  const { rows: bytes, ...chunk } = chunkOf(entries.slice(first - 1, last), first)
  return { ...chunk, bytes }
}

const positions = (first: number, last: number) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => ({ position: first + i }))

/** An indexer of an empty journal that nothing can be read back from, but for what a test is about. */
const indexerOf = (index: SearchIndex, settings: Partial<IndexerSettings>) =>
  new Indexer({
    index,
    installation: 'a',
    rowsAfter: async () => ({ runs: [], through: 0 }),
    entriesThrough: async () => 0,
    saveProgress: async () => undefined,
    progress: { donePosition: 0, sendingPosition: 0 },
    lastPosition: 0,
    onError: (error) => {
      throw error
    },
    onRebuild: () => undefined,
    ...settings,
  })

describe('the index', () => {
  it('is filled again when it was lost', async () => {
    for (let i = 0; i < 5; i++) await record(100)
    expect(await count('action=a.a')).toBe(500)
    await server.counterfoil.close()
    rmSync(join(server.directory, 'index'), { recursive: true })
    server = await openTestServer(PATIENT, server.directory)
    await record(1, 'b.b')
    expect(await count('action=a.a')).toBe(500)
    expect(await count('action=b.b')).toBe(1)
  })

  it.each([
    ['says nothing that decodes', "contents = x'01ff'", [500, 'damaged_journal']],
    ['says that it has more entries than there is memory for', 'count = 2000000000', [200, undefined]],
  ])('has all that follows a row that %s, of the same log and of others', async (_how, damage, listed) => {
    await record(100)
    await record(100, 'c.c')
    await server.counterfoil.close()
    rmSync(join(server.directory, 'index'), { recursive: true })
    const journal = await openDatabase(join(server.directory, 'journal.db'))
    journal.exec(`UPDATE blocks SET ${damage} WHERE position = 1`)
    journal.close()
    server = await openTestServer(PATIENT, server.directory)
    expect(await count('action=c.c')).toBe(100)
    expect(await count('action=a.a')).toBe(36)
    // Nothing is made up of it, and nothing is left out unsaid.
    const { status, body } = await server.call(key, 'GET', `${PATH}?limit=200`)
    expect([status, body.code]).toEqual(listed)
    server = await server.restart()
    expect(await count('action=c.c')).toBe(100)
  })

  it('takes a chunk that was under way when the process ended exactly once', async () => {
    for (let i = 0; i < 5; i++) await record(100)
    expect(await count('action=a.a')).toBe(500)
    await server.counterfoil.close()
    // As if the answer to the last chunk had been lost: the note says it was being sent, the index has it all.
    const journal = await openDatabase(join(server.directory, 'journal.db'))
    journal.exec('UPDATE index_progress SET sending_position = done_position, done_position = 0')
    journal.close()
    server = await openTestServer(PATIENT, server.directory)
    expect(await count('action=a.a')).toBe(500)
    await record(7)
    expect(await count('action=a.a')).toBe(507)
  })

  it('starts anew when it holds more than the journal, as after restoring a backup of the journal alone', async () => {
    await record(10)
    expect(await count('')).toBe(10)
    await server.counterfoil.close()
    for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm'])
      rmSync(join(server.directory, name), { force: true })
    server = await openTestServer(PATIENT, server.directory)
    await record(3, 'c.c')
    expect(await count('action=c.c')).toBe(3)
    expect(await count('action=a.a')).toBe(0)
  })

  it('catches up over a restart', async () => {
    for (let i = 0; i < 20; i++) await record(200)
    server = await server.restart()
    expect(await count('action=a.a')).toBe(4_000)
  })
})

test('what was acknowledged before recording stopped is found, though a stopped journal takes no notes', async () => {
  const opened = await openTestIndex()
  const errors: unknown[] = []
  const entries = Array.from({ length: 5 }, (_, seq) => anIndexedEntry(seq))
  const indexer = indexerOf(opened.index, {
    saveProgress: async () => {
      throw new AppError('journal_frozen')
    },
    onError: (error) => errors.push(error),
  })
  indexer.start()
  const { rows: bytes, ...chunk } = chunkOf(entries, 1)
  indexer.appended(5, [{ ...chunk, bytes }])
  expect(await indexer.waitFor(5, 5_000)).toBe(true)
  expect((await opened.index.standing()).rows).toBe(5)
  expect(errors).toEqual([])
  await indexer.close(1_000)
  await opened.remove()
})

test('rows that other processes recorded between its own go into the index with them, and only they are read', async () => {
  const opened = await openTestIndex()
  const entries = Array.from({ length: 400 }, (_, seq) => anIndexedEntry(seq))
  const rowsOf = rowsIn(entries)
  const noted: number[] = []
  let rowsRead = 0
  const indexer = indexerOf(opened.index, {
    rowsAfter: async (position, lastPosition, _limit, held) => {
      const isHeld = membershipOf(held)
      const rows = positions(position + 1, lastPosition).filter(({ position: at }) => !isHeld(at))
      rowsRead += rows.length
      const runs = dividedBy(rows, held).map((run) =>
        rowsOf(run[0]?.position ?? 0, run.at(-1)?.position ?? 0),
      )
      return { runs, through: lastPosition }
    },
    isFollowed: true,
    saveProgress: async ({ donePosition }) => void noted.push(donePosition),
  })
  indexer.start()
  const own = Array.from({ length: 200 }, (_, i) => rowsOf(2 * i + 1, 2 * i + 1))
  indexer.appended(400, own)
  expect(await indexer.waitFor(400, 30_000)).toBe(true)
  expect(await opened.index.standing()).toMatchObject({ rows: 400, lastPosition: 400 })
  expect(noted.length).toBeLessThan(10)
  expect(rowsRead).toBe(200)
  await indexer.close(1_000)
  await opened.remove()
})

test('every row goes into the index once, whoever recorded it and whenever it is told of', async () => {
  const opened = await openTestIndex()
  const length = 3_000
  const rowsOf = rowsIn(Array.from({ length }, (_, seq) => anIndexedEntry(seq)))
  const random = seededRandom(20261122)
  // Own groups and others'; of some of either the positions were pruned.
  const groups: {
    readonly first: number
    readonly last: number
    readonly kind: 'own' | 'other' | 'pruned'
  }[] = []
  for (let first = 1; first <= length; ) {
    const last = first === length ? length : Math.min(length - 1, first + random.between(0, 5))
    const kind = last === length ? 'own' : random.pick(['own', 'own', 'other', 'other', 'pruned'] as const)
    groups.push({ first, last, kind })
    first = last + 1
  }
  const stored = groups.flatMap(({ first, last, kind }) => (kind === 'pruned' ? [] : positions(first, last)))
  let told = 0
  let known = 0
  const tellNext = () => {
    // Another process may say how far the journal is before the rows are told of, and of neighbours the later one may be told of first.
    const next = groups.slice(told, known).filter(({ kind }) => kind === 'own')
    told = known
    for (const { first, last } of next.sort(() => random.next() - 0.5))
      indexer.appended(last, [rowsOf(first, last)])
    known = Math.min(groups.length, known + random.between(1, 20))
    indexer.appended(groups[known - 1]?.last ?? 0, [])
  }
  const indexer = indexerOf(opened.index, {
    rowsAfter: async (position, lastPosition, _limit, held) => {
      // Some that are in memory may be read all the same.
      const isHeld = membershipOf(held.slice(0, random.between(0, held.length)))
      const wanted = stored.filter(({ position: at }) => at > position && at <= lastPosition)
      const rows = wanted.filter(({ position: at }) => !isHeld(at)).slice(0, random.between(1, 40))
      const runs = rows.map(({ position: at }) => rowsOf(at, at))
      // Told of while it is read.
      if (random.chance(0.5)) tellNext()
      return { runs, through: rows.at(-1)?.position ?? lastPosition }
    },
    saveProgress: async () => {
      if (random.chance(0.5)) tellNext()
    },
  })
  indexer.start()
  while (told < groups.length) {
    tellNext()
    await indexer.waitFor(groups[told - 1]?.last ?? 0, 30_000)
  }
  expect(await indexer.waitFor(length, 30_000)).toBe(true)
  expect(await opened.index.standing()).toMatchObject({ rows: stored.length, lastPosition: length })
  await indexer.close(1_000)
  await opened.remove()
})

test('an index that is behind has the next rows read while it takes in a chunk, and read again after rows were rewritten', async () => {
  const opened = await openTestIndex()
  const rowsOf = rowsIn(Array.from({ length: 500 }, (_, seq) => anIndexedEntry(seq)))
  const events: string[] = []
  let rewritten: Promise<void> | undefined
  const index = new Proxy(opened.index, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      if (name !== 'insert') return typeof value === 'function' ? value.bind(target) : value
      return async (chunk: Parameters<SearchIndex['insert']>[0]) => {
        rewritten ??= indexer.rewrite(
          { organization_id: 'o', mode: 'live' },
          0,
          async () => void events.push('rewrite'),
        )
        indexer.appended(500, [])
        await target.insert(chunk)
        events.push(`has ${chunk.lastPosition}`)
      }
    },
  })
  const indexer = indexerOf(index, {
    rowsAfter: async (after, lastPosition) => {
      events.push(`read ${after}`)
      const through = Math.min(after + 100, lastPosition)
      return { runs: [rowsOf(after + 1, through)], through }
    },
  })
  indexer.start()
  indexer.appended(200, [])
  // No further yet: before rows are rewritten all must be in the index that anybody asked for.
  expect(await indexer.waitFor(200, 30_000)).toBe(true)
  await rewritten
  expect(await indexer.waitFor(500, 30_000)).toBe(true)
  expect(await opened.index.standing()).toMatchObject({ rows: 500, lastPosition: 500 })
  expect(events).toEqual([
    ...['read 0', 'read 100', 'has 100', 'read 200', 'has 200', 'rewrite'],
    ...['read 200', 'read 300', 'has 300', 'read 400', 'has 400', 'has 500'],
  ])
  await indexer.close(1_000)
  await opened.remove()
})

test('a group that is told of when a part of it is about to go in as it was read is not missed where the next rows are read ahead', async () => {
  const opened = await openTestIndex()
  const rowsOf = rowsIn(Array.from({ length: 300 }, (_, seq) => anIndexedEntry(seq)))
  let told = false
  const indexer = indexerOf(opened.index, {
    rowsAfter: async (after, lastPosition, _limit, held) => {
      const isHeld = membershipOf(held)
      const through = Math.min(after + 100, lastPosition)
      const rows = positions(after + 1, through).filter(({ position: at }) => !isHeld(at))
      return { runs: rows.map(({ position: at }) => rowsOf(at, at)), through }
    },
    saveProgress: async () => {
      if (!told) indexer.appended(150, [rowsOf(90, 150)])
      told = true
    },
  })
  indexer.start()
  indexer.appended(300, [])
  expect(await indexer.waitFor(300, 30_000)).toBe(true)
  expect(await opened.index.standing()).toMatchObject({ rows: 300, lastPosition: 300 })
  await indexer.close(1_000)
  await opened.remove()
})

test('rows of a small group that is told of before the large one it passed are taken from memory, each once', async () => {
  const opened = await openTestIndex()
  const entries = Array.from({ length: 60 }, (_, seq) => anIndexedEntry(seq))
  const rowsOf = rowsIn(entries)
  const indexer = indexerOf(opened.index, {
    rowsAfter: async () => {
      throw new Error('rows were read back that were in memory')
    },
  })
  for (const [first, last] of [
    [21, 21],
    [22, 40],
    [1, 20],
    [60, 60],
    [41, 59],
  ] as const)
    indexer.appended(last, [rowsOf(first, last)])
  indexer.start()
  expect(await indexer.waitFor(60, 30_000)).toBe(true)
  expect(await opened.index.standing()).toMatchObject({ rows: 60, lastPosition: 60 })
  await indexer.close(1_000)
  await opened.remove()
})

test('what was noted as done does not count before the index was looked at: it may have been lost', async () => {
  const opened = await openTestIndex()
  const entries = Array.from({ length: 5 }, (_, seq) => anIndexedEntry(seq))
  const { rows: bytes, ...chunk } = chunkOf(entries, 1)
  const indexer = indexerOf(opened.index, {
    rowsAfter: async () => ({ runs: [{ ...chunk, bytes }], through: chunk.lastPosition }),
    entriesThrough: async () => 5,
    progress: { donePosition: 5, sendingPosition: 5 },
    lastPosition: 5,
    onError: () => undefined,
  })
  expect(await indexer.waitFor(5, 50)).toBe(false)
  indexer.start()
  expect(await indexer.waitFor(5, 5_000)).toBe(true)
  expect((await opened.index.standing()).rows).toBe(5)
  await indexer.close(1_000)
  await opened.remove()
})

test('those who follow learn how far the index is, though noting it failed once and nothing more is recorded', async () => {
  const opened = await openTestIndex()
  const errors: unknown[] = []
  let noted = 0
  const indexer = indexerOf(opened.index, {
    isFollowed: true,
    saveProgress: async ({ donePosition }) => {
      if (donePosition > 0 && errors.length === 0) throw new AppError('database_unavailable')
      noted = donePosition
    },
    onError: (error) => errors.push(error),
  })
  indexer.start()
  const { rows: bytes, ...chunk } = chunkOf(
    Array.from({ length: 5 }, (_, seq) => anIndexedEntry(seq)),
    1,
  )
  indexer.appended(5, [{ ...chunk, bytes }])
  await expect.poll(() => noted).toBe(5)
  expect(errors).toHaveLength(1)
  await expect.poll(() => indexer.unavailableMs).toBe(0)
  await indexer.close(1_000)
  await opened.remove()
})

function membershipOf(ranges: readonly PositionRange[]): (position: number) => boolean {
  return (at) => ranges.some(({ firstPosition, lastPosition }) => firstPosition <= at && at <= lastPosition)
}
