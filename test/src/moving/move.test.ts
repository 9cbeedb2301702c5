import { createTestDatabase } from '@counterfoil/server/dist/postgres/testing/test-database.js'
import { afterAll, expect, it } from 'vitest'
import { freshSeed } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { MoveRun } from './move-run.js'

// "npm run move" does the same with a million entries, a ClickHouse server and an object store.

const directory = scratchFolder('move')
let run: MoveRun | undefined
afterAll(async () => {
  await run?.end()
  discardFolder(directory)
})

it('moves a journal to PostgreSQL while entries arrive, and back: nothing is lost, and both sides verify', async () => {
  run = new MoveRun({
    entries: 6_000,
    seed: freshSeed(),
    directory,
    databaseUrl: await createTestDatabase(),
    onProgress: () => undefined,
  })
  const { findingTexts, acknowledged, size, signing, steps } = await run.run()
  expect(findingTexts).toEqual([])
  expect([size, signing]).toEqual([acknowledged, 'ok'])
  expect(steps.find(({ what }) => what === 'copying the journal to PostgreSQL')?.recorded).toBeGreaterThan(0)
}, 300_000)
