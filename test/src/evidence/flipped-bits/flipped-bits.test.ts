import { join } from 'node:path'
import { openDatabase } from '@counterfoil/server/dist/sqlite/driver.js'
import { afterAll, expect, it } from 'vitest'
import { freshSeed } from '../../support/random.js'
import { discardFolder, scratchFolder } from '../../support/scratch-folder.js'
import { contentsOf, putBackAll } from './installation.js'
import { judge } from './judge.js'
import { flipBits } from './run.js'

const SEED = Number(process.env.SEED ?? freshSeed())
const FLIPS = 30
const directory = scratchFolder('flipped-bits')
afterAll(() => discardFolder(directory))

// 2,000 at a time by "npm run flip-bits".
it(`every flipped bit of what is stored is found, or in no row of any table (SEED=${SEED})`, async () => {
  const summary = await flipBits({ directory, flips: FLIPS, seed: SEED })
  expect(summary.missed).toEqual([])
  expect(summary.found).toBeGreaterThan(FLIPS / 5)
}, 120_000)

// No hash covers these, and a bit of one of 2,000 seldom is one of theirs.
it.each([
  'UPDATE logs SET recorded_at = recorded_at + 1024',
  'UPDATE logs SET last_position = last_position - 1',
  'UPDATE logs SET trimmed_size = trimmed_size + 1',
  'UPDATE logs SET trimmed_size = 64',
  "UPDATE logs SET epochs = '[[0,2]]'",
  "UPDATE meta SET value = value + 1 WHERE key = 'fingerprint_seed'",
  "UPDATE meta SET key = 'hnstallation_id' WHERE key = 'installation_id'",
  "UPDATE meta SET key = 'checksul' WHERE key = 'checksum'",
])('finds what the journal keeps of a log beside hashes changed: %s', async (change) => {
  // The last bit that was flipped may lie in another file.
  putBackAll(directory)
  const path = join(directory, 'journal.db')
  const sound = await contentsOf(path)
  const database = await openDatabase(path)
  database.exec(change)
  database.close()
  expect(await judge(directory, 'journal.db', sound)).toMatchObject({ kind: 'found' })
})
