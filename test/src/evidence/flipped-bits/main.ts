import { parseArgs } from 'node:util'
import { freshSeed } from '../../support/random.js'
import { discardFolder, scratchFolder } from '../../support/scratch-folder.js'
import { flipBits } from './run.js'

// npm run flip-bits -- --flips 2000: every flipped bit is found and its place named, or in no row of any table.

const { values } = parseArgs({
  options: { flips: { type: 'string', default: '2000' }, seed: { type: 'string' } },
})
const seed = Number(values.seed ?? freshSeed())
const directory = scratchFolder('flipped-bits')
const onFlip = (done: number, missed: number) => {
  if (done % 50 === 0) process.stderr.write(`${done} bits flipped, ${missed} missed\n`)
}
const summary = await flipBits({ directory, flips: Number(values.flips), seed, onFlip })
process.stdout.write(`${JSON.stringify({ seed, ...summary }, null, 2)}\n`)
discardFolder(directory)
process.exit(summary.missed.length === 0 ? 0 : 1)
