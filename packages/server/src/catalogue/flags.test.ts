import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogName } from '@counterfoil/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { openDatabase } from '../sqlite/driver.js'
import { type CatalogueFlags, FLAG_COUNTS_MAX, type FlaggedEntry } from './flags.js'
import { type CataloguePlace, openCatalogueFlags, openIntegerIds } from './open-catalogue.js'

const directory = mkdtempSync(join(tmpdir(), 'counterfoil-flags-'))
afterAll(() => rmSync(directory, { recursive: true }))

catalogueFlagsConformance('sqlite', async () => ({ kind: 'sqlite', path: join(directory, 'catalogue.db') }))
catalogueFlagsConformance('postgresql', async () => ({ kind: 'postgres', url: await createTestDatabase() }))

function flagged(action: string, recordedAt: number, more: Partial<FlaggedEntry> = {}): FlaggedEntry {
  const about = { version: 0, pointer: '/action', message: 'm', entryId: `e${recordedAt}` }
  return { kind: 'unknown_action', action, recordedAt, ...about, ...more }
}

/** What counts of flagged entries must do, on each engine. */
function catalogueFlagsConformance(engine: string, makePlace: () => Promise<CataloguePlace>): void {
  describe(`counts of flagged entries on ${engine}`, () => {
    let place: CataloguePlace
    let flags: CatalogueFlags
    let log: LogName
    let organizations = 0

    beforeAll(async () => {
      place = await makePlace()
      flags = await openCatalogueFlags(place)
    })
    afterAll(() => flags.close())
    beforeEach(() => {
      // Of its own, so that tests can share a place.
      log = { organization_id: `organization ${organizations++}`, mode: 'live' }
    })

    it('counts by action, kind and version, with first, last and newest, over a restart', async () => {
      await flags.add(log, [flagged('a', 1), flagged('b', 2)])
      await flags.add(log, [flagged('a', 3), flagged('a', 4, { kind: 'metadata_mismatch', version: 2 })])
      await flags.close()
      flags = await openCatalogueFlags(place)
      expect(await flags.list(log)).toMatchObject([
        { action: 'a', kind: 'metadata_mismatch', version: 2, count: 1 },
        { action: 'a', kind: 'unknown_action', count: 2, firstSeenAt: 1, lastSeenAt: 3, entryId: 'e3' },
        { action: 'b', count: 1 },
      ])
    })

    it('keeps logs apart', async () => {
      await flags.add(log, [flagged('a', 1)])
      expect(await flags.list({ ...log, mode: 'test' })).toEqual([])
      expect(await flags.list({ ...log, organization_id: 'another' })).toEqual([])
    })

    it(`counts what comes after ${FLAG_COUNTS_MAX} together, and goes on counting those`, async () => {
      const many = Array.from({ length: FLAG_COUNTS_MAX + 5 }, (_, i) => flagged(`a${i}`, i))
      await flags.add(log, many)
      await flags.add(log, [flagged('a0', 5_000), flagged('new', 5_001)])
      const counts = await flags.list(log)
      expect(counts).toHaveLength(FLAG_COUNTS_MAX + 1)
      expect(counts.find(({ action }) => action === '')).toMatchObject({ count: 6, entryId: 'e5001' })
      expect(counts.find(({ action }) => action === 'a0')).toMatchObject({ count: 2 })
    })

    it('counts what is added at the same time, each once', async () => {
      await Promise.all(Array.from({ length: 8 }, (_, i) => flags.add(log, inSomeOrder(i))))
      expect((await flags.list(log)).map(({ count }) => count)).toEqual([8, 8])
    })
  })
}

function inSomeOrder(i: number): readonly FlaggedEntry[] {
  const both = [flagged('a', 1), flagged('b', 1)]
  return i % 2 === 0 ? both : both.toReversed()
}

it('counts in PostgreSQL what two processes add at the same time, each once', async () => {
  const log: LogName = { organization_id: 'shared', mode: 'live' }
  const place: CataloguePlace = { kind: 'postgres', url: await createTestDatabase() }
  // At once, as processes that are started together: one of them makes the tables.
  const stores = await Promise.all([openCatalogueFlags(place), openCatalogueFlags(place)])
  await Promise.all(Array.from({ length: 20 }, (_, i) => stores[i % 2]?.add(log, inSomeOrder(i >> 1))))
  expect((await stores[0].list(log)).map(({ count }) => count)).toEqual([20, 20])
  for (const store of stores) await store.close()
})

it('adds its table to a file of before there were flags, and keeps the integers in it', async () => {
  const log: LogName = { organization_id: 'older', mode: 'live' }
  const older: CataloguePlace = { kind: 'sqlite', path: join(directory, 'older.db') }
  const ids = await openIntegerIds(older)
  const numbers = await ids.assign(log.organization_id, 'action', ['order.created'])
  await ids.close()
  const database = await openDatabase(older.path)
  database.exec('DROP TABLE catalogue_flags; PRAGMA user_version = 1')
  database.close()
  const added = await openCatalogueFlags(older)
  await added.add(log, [flagged('a', 1)])
  expect(await added.list(log)).toHaveLength(1)
  await added.close()
  const again = await openIntegerIds(older)
  expect(await again.assign(log.organization_id, 'action', ['order.created'])).toEqual(numbers)
  await again.close()
})
