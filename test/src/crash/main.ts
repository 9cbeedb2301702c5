import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readProgramOptions } from '../support/program-options.js'
import { scratchFolder } from '../support/scratch-folder.js'
import { runCrash } from './crash-run.js'

// npm run crash -- --cycles 1000 --seed 7
// The answer is one JSON line on the output, progress on the error output; exit 1 when anything was found.

const { cycles, seed, connections, keep } = readProgramOptions(
  'npm run crash -- [--cycles <n>] [--seed <n>] [--connections <n>] [--keep, the data directory]',
  { cycles: 100, connections: 16 },
  ['keep'],
)
const dataDirectory = keep ? mkdtempSync(join(tmpdir(), 'counterfoil-crash-')) : scratchFolder('crash')
process.on('SIGINT', () => process.exit(130))
process.stderr.write(`seed ${seed}, data in ${dataDirectory}\n`)
const summary = await runCrash({
  cycles,
  seed,
  dataDirectory,
  connections,
  engineShare: 0.3,
  untilKillMsMax: 1_500,
  cyclesALog: 25,
  onProgress: (line) => process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`),
})
process.stdout.write(`${JSON.stringify(summary)}\n`)
process.exit(summary.clean ? 0 : 1)
