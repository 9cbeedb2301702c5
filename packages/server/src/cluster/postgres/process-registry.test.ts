import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../postgres/migrations.js'
import { openPostgres, type Postgres } from '../../postgres/postgres.js'
import { createTestDatabase } from '../../postgres/testing/test-database.js'
import { ProcessRegistry } from './process-registry.js'
import { CLUSTER_MIGRATIONS } from './schema.js'

let postgres: Postgres
beforeAll(async () => {
  const url = await createTestDatabase()
  await migrate({ url, purpose: 'test' }, 'cluster', CLUSTER_MIGRATIONS)
  postgres = await openPostgres({ url, purpose: 'test' })
})
afterAll(() => postgres.close())

describe('processes that share a database', () => {
  it('know of each other while they run, and say when their clocks differ', async () => {
    const told: (string | undefined)[] = []
    let aheadMs = 7_000
    const registry = (holder: string, now: () => number) =>
      new ProcessRegistry({ postgres, holder, version: '1', onClocks: (text) => told.push(text), now })
    const one = registry('one', Date.now)
    const two = registry('two', () => Date.now() + aheadMs)
    await one.start()
    expect(one.others).toEqual([])
    await two.start()
    await one.beat()
    expect(one.others).toMatchObject([{ pid: process.pid, version: '1' }])
    expect(one.others[0]?.aheadMs).toBeGreaterThan(6_900)
    expect(one.clocks).toMatch(/^The clock of the server process \d+ on \S+ is 7\.\d s ahead of this one's/)
    expect(two.clocks).toMatch(/ is 7\.\d s behind this one's: set both by NTP\.$/)
    expect(told).toHaveLength(2)
    aheadMs = 100
    await two.beat()
    await one.beat()
    expect([one.clocks, two.clocks]).toEqual([undefined, undefined])
    expect(told.slice(2)).toEqual([undefined, undefined])
    await two.close()
    await one.beat()
    expect(one.others).toEqual([])
    await one.close()
  })
})
