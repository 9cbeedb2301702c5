import { readProgramOptions } from '../../support/program-options.js'
import { discardFolder, scratchFolder } from '../../support/scratch-folder.js'
import { flipBits } from './run.js'

// npm run flip-bits -- --flips 2000: every flipped bit is found and its place named, or in no row of any table.

const { flips, seed } = readProgramOptions('npm run flip-bits -- [--flips <n>] [--seed <n>]', {
  flips: 2_000,
})
const directory = scratchFolder('flipped-bits')
const onFlip = (done: number, missed: number) => {
  if (done % 50 === 0) process.stderr.write(`${done} bits flipped, ${missed} missed\n`)
}
const summary = await flipBits({ directory, flips, seed, onFlip })
process.stdout.write(`${JSON.stringify({ seed, ...summary }, null, 2)}\n`)
discardFolder(directory)
process.exit(summary.missed.length === 0 ? 0 : 1)
