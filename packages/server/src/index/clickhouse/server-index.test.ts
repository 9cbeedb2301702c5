import { type Entry, type Position, placeOf } from '@counterfoil/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { TcpProxy } from '../../testing/tcp-proxy.js'
import { openSearchIndex } from '../open-search-index.js'
import { IndexUnavailable, type SearchIndex } from '../search-index.js'
import { TestClickHouse } from '../testing/clickhouse-server.js'
import { anIndexedEntry, chunkOf, TEST_LOG } from '../testing/test-index.js'

// The engine in a process of its own stands in for a server: client, protocol and SQL are those of one.

let server: TestClickHouse
let proxy: TcpProxy
let index: SearchIndex
let database: string
let databases = 0

beforeAll(async () => {
  server = await TestClickHouse.open()
  proxy = await TcpProxy.open(() => ({ host: '127.0.0.1', port: server.port }))
}, 60_000)
afterAll(async () => {
  await proxy.close()
  await server.remove()
})
beforeEach(async () => {
  database = `test_${databases++}`
  index = openIndex()
  await index.migrate()
})
afterEach(async () => {
  proxy.fault = { kind: 'none' }
  await index.close()
})

function openIndex(compression = false): SearchIndex {
  const { user, password } = server
  return openSearchIndex({
    url: `http://127.0.0.1:${proxy.port}`,
    user,
    password,
    database,
    transport: { compression },
    deadlines: { queryMs: 5_000, writeMs: 10_000 },
  }).index
}

function someEntries(count: number, first = 0): Entry[] {
  return Array.from({ length: count }, (_, place) => anIndexedEntry(first + place))
}

async function everyPlace(): Promise<readonly Position[]> {
  const places: Position[] = []
  for await (const batch of index.places({ log: TEST_LOG }, 'oldest_first')) places.push(...batch)
  return places
}

describe('a server that takes an insert and does not get its answer through', () => {
  it('has the rows once when they come again', async () => {
    const entries = someEntries(60)
    await index.insert(chunkOf(entries.slice(0, 20), 1))
    proxy.fault = { kind: 'cut_answer', text: 'INSERT' }
    await expect(index.insert(chunkOf(entries.slice(20, 40), 21))).rejects.toBeInstanceOf(IndexUnavailable)
    expect(proxy.caught).toBe(1)
    proxy.fault = { kind: 'none' }
    await index.insert(chunkOf(entries.slice(20, 40), 21))
    await index.insert(chunkOf(entries.slice(40), 41))
    expect(await everyPlace()).toEqual(entries.map(placeOf))
    expect(await index.standing()).toEqual({ lastPosition: 60, rows: 60, damaged: false })
  })

  it('has them once when the first request arrives after the one that replaced it', async () => {
    const entries = someEntries(40)
    await index.insert(chunkOf(entries.slice(0, 20), 1))
    const caughtBefore = proxy.caught
    proxy.fault = { kind: 'hold_request', text: 'INSERT' }
    await expect(index.insert(chunkOf(entries.slice(20), 21))).rejects.toBeInstanceOf(IndexUnavailable)
    expect(proxy.caught).toBe(caughtBefore + 1)
    proxy.fault = { kind: 'none' }
    await index.insert(chunkOf(entries.slice(20), 21))
    await proxy.letGo()
    expect(await everyPlace()).toEqual(entries.map(placeOf))
  })

  it('has rows that replace others once, though their token is remembered and they were deleted again', async () => {
    const entries = someEntries(10)
    await index.insert(chunkOf(entries, 1))
    const { rows } = chunkOf(entries.slice(3, 5), 4)
    const places = entries.slice(3, 5).map(placeOf)
    const before = proxy.caught
    proxy.fault = { kind: 'cut_answer', text: 'INSERT' }
    await expect(index.replace(TEST_LOG, places, rows)).rejects.toBeInstanceOf(IndexUnavailable)
    expect(proxy.caught).toBe(before + 1)
    proxy.fault = { kind: 'none' }
    await index.replace(TEST_LOG, places, rows)
    await index.replace(TEST_LOG, places, rows)
    expect(await everyPlace()).toEqual(entries.map(placeOf))
    expect(await index.standing()).toEqual({ lastPosition: 10, rows: 10, damaged: false })
  })

  it('is one installation for good, whoever else asks for it at the same time', async () => {
    const ids = await Promise.allSettled(['first', 'second', 'third'].map((name) => index.claim(name)))
    expect(ids.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const winner = ['first', 'second', 'third'][
      ids.findIndex(({ status }) => status === 'fulfilled')
    ] as string
    const again = await index.claim(winner)
    expect(ids).toContainEqual({ status: 'fulfilled', value: again })
    await index.clear()
    expect(await index.claim(winner)).toBe(again)
    await expect(index.claim('fourth')).rejects.toMatchObject({ param: 'clickhouse_database' })
  })
})
