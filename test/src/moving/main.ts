import { TestClickHouse } from '@counterfoil/server/dist/index/testing/clickhouse-server.js'
import { TestS3 } from '@counterfoil/server/dist/object-storage/testing/s3-server.js'
import { startEmbeddedServer } from '@counterfoil/server/dist/postgres/testing/embedded-server.js'
import { readProgramOptions } from '../support/program-options.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { MoveRun } from './move-run.js'

// npm run move -- --entries 1000000 --rate 500
// The answer is one JSON line on the output, progress on the error output; exit 1 when anything was found.

const { entries, rate, seed } = readProgramOptions(
  'npm run move -- [--entries <n>] [--rate <entries a second>] [--seed <n>]',
  {
    entries: 1_000_000,
    rate: 500,
  },
)
process.on('SIGINT', () => process.exit(130))
process.stderr.write(`seed ${seed}\n`)
const startedMs = performance.now()
const postgres = await startEmbeddedServer()
const [clickhouse, s3] = [await TestClickHouse.open(), await TestS3.open()]
const directory = scratchFolder('move')
const run = new MoveRun({
  entries,
  rate,
  seed,
  directory,
  databaseUrl: await postgres.createDatabase('counterfoil'),
  elsewhere: { clickhouse, s3 },
  onProgress: (line) =>
    process.stderr.write(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s  ${line}\n`),
})
try {
  const summary = await run.run()
  process.stdout.write(`${JSON.stringify(summary)}\n`)
  process.exitCode = summary.findingTexts.length === 0 ? 0 : 1
} finally {
  await run.end()
  await Promise.all([clickhouse.remove(), s3.close(), postgres.remove()])
  discardFolder(directory)
}
