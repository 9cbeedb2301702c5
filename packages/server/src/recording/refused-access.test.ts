import { expect, it } from 'vitest'
import { openAccessStore } from '../access/open-access-store.js'
import { openPostgresJournal } from '../journal/postgres/postgres-journal.js'
import { createTestDatabase } from '../postgres/testing/test-database.js'
import { accessVersionOfRefused } from './refused-access.js'

it('asks for the version only where a refused request depends on one, and never rejects', async () => {
  const url = await createTestDatabase()
  const access = await openAccessStore({ kind: 'postgres', url })
  await access.close()
  const journal = await openPostgresJournal({
    url,
    index: 'test',
    originHost: 'test.local',
    now: () => Date.now() * 1_000,
  })
  const version = (await journal.accessVersion()) as number
  const dependent = { accessVersion: version, isRefused: true }
  const others = [
    { accessVersion: version, isRefused: false },
    { accessVersion: undefined, isRefused: true },
  ]
  expect(await accessVersionOfRefused(journal, others)).toBeUndefined()
  expect(await accessVersionOfRefused(journal, [...others, dependent])).toBe(version)
  await journal.close()
  // As when PostgreSQL goes away while others of the group are recorded already.
  await expect(journal.accessVersion()).rejects.toThrow()
  expect(await accessVersionOfRefused(journal, [dependent])).toBeUndefined()
})
