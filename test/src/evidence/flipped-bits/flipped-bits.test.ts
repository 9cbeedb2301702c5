import { afterAll, expect, it } from 'vitest'
import { freshSeed } from '../../support/random.js'
import { discardFolder, scratchFolder } from '../../support/scratch-folder.js'
import { flipBits } from './run.js'

const SEED = Number(process.env.SEED ?? freshSeed())
const FLIPS = 45
const directory = scratchFolder('flipped-bits')
afterAll(() => discardFolder(directory))

// 2,000 at a time by "npm run flip-bits".
it(`every flipped bit of what is stored is found, or in no row of any table (SEED=${SEED})`, async () => {
  const summary = await flipBits({ directory, flips: FLIPS, seed: SEED })
  expect(summary.missed).toEqual([])
  expect(summary.found).toBeGreaterThan(FLIPS / 3)
}, 120_000)
