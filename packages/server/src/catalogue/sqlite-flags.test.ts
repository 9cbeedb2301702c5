import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../sqlite/driver.js'
import { type CatalogueFlags, FLAG_COUNTS_MAX, type FlaggedEntry } from './flags.js'
import { openSqliteFlags } from './sqlite-flags.js'
import { openSqliteIntegerIds } from './sqlite-integer-ids.js'

const LOG = { organization_id: '0190b7c2-7d1e-7f00-8000-00000000000a', mode: 'live' } as const
let directory: string
let path: string
let flags: CatalogueFlags

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'counterfoil-flags-'))
  path = join(directory, 'catalogue.db')
  flags = await openSqliteFlags(path)
})
afterEach(() => {
  flags.close()
  rmSync(directory, { recursive: true })
})

function flagged(action: string, recordedAt: number, more: Partial<FlaggedEntry> = {}): FlaggedEntry {
  const about = { version: 0, pointer: '/action', message: 'm', entryId: `e${recordedAt}` }
  return { kind: 'unknown_action', action, recordedAt, ...about, ...more }
}

it('counts by action, kind and version, with first, last and newest, over a restart', async () => {
  flags.add(LOG, [flagged('a', 1), flagged('b', 2)])
  flags.add(LOG, [flagged('a', 3), flagged('a', 4, { kind: 'metadata_mismatch', version: 2 })])
  flags.close()
  flags = await openSqliteFlags(path)
  expect(flags.list(LOG)).toMatchObject([
    { action: 'a', kind: 'metadata_mismatch', version: 2, count: 1 },
    { action: 'a', kind: 'unknown_action', count: 2, firstSeenAt: 1, lastSeenAt: 3, entryId: 'e3' },
    { action: 'b', count: 1 },
  ])
})

it('keeps logs apart', () => {
  flags.add(LOG, [flagged('a', 1)])
  expect(flags.list({ ...LOG, mode: 'test' })).toEqual([])
  expect(flags.list({ ...LOG, organization_id: 'another' })).toEqual([])
})

it(`counts what comes after ${FLAG_COUNTS_MAX} together, and goes on counting those`, () => {
  const many = Array.from({ length: FLAG_COUNTS_MAX + 5 }, (_, i) => flagged(`a${i}`, i))
  flags.add(LOG, many)
  flags.add(LOG, [flagged('a0', 5_000), flagged('new', 5_001)])
  const counts = flags.list(LOG)
  expect(counts).toHaveLength(FLAG_COUNTS_MAX + 1)
  expect(counts.find(({ action }) => action === '')).toMatchObject({ count: 6, entryId: 'e5001' })
  expect(counts.find(({ action }) => action === 'a0')).toMatchObject({ count: 2 })
})

it('adds its table to a file of before there were flags, and keeps the integers in it', async () => {
  const older = join(directory, 'older.db')
  const ids = await openSqliteIntegerIds(older)
  const numbers = ids.assign(LOG.organization_id, 'action', ['order.created'])
  ids.close()
  const database = await openDatabase(older)
  database.exec('DROP TABLE catalogue_flags; PRAGMA user_version = 1')
  database.close()
  const added = await openSqliteFlags(older)
  added.add(LOG, [flagged('a', 1)])
  expect(added.list(LOG)).toHaveLength(1)
  added.close()
  const again = await openSqliteIntegerIds(older)
  expect(again.assign(LOG.organization_id, 'action', ['order.created'])).toEqual(numbers)
  again.close()
})
