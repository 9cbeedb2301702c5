import { readProgramOptions } from '../support/program-options.js'
import { scratchFolder } from '../support/scratch-folder.js'
import { runCluster } from './cluster-run.js'

// npm run cluster -- --seconds 60 --seed 7
// The answer is one JSON line on the output, progress on the error output; exit 1 when anything was found.

const { seconds, seed, processes, clients } = readProgramOptions(
  'npm run cluster -- [--seconds <n>] [--seed <n>] [--processes <n>] [--clients <n>]',
  { seconds: 60, processes: 3, clients: 8 },
)
process.on('SIGINT', () => process.exit(130))
process.stderr.write(`seed ${seed}\n`)
const startedMs = performance.now()
const summary = await runCluster({
  seconds,
  seed,
  directory: scratchFolder('cluster'),
  processes,
  clients,
  killEveryMs: 5_000,
  awayMs: Math.min(20_000, (seconds * 1_000) / 3),
  awayAt: { engine: 0.1, ledger: 0.45 },
  postgresRestarts: 2,
  onProgress: (line) =>
    process.stderr.write(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s  ${line}\n`),
})
process.stdout.write(`${JSON.stringify(summary)}\n`)
process.exit(summary.clean ? 0 : 1)
