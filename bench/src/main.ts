import { fileURLToPath } from 'node:url'
import { runBenchmark } from './benchmark.js'
import { type CommandLine, parseCommandLine, USAGE } from './parameters.js'
import { readEnvironment } from './record/environment.js'
import { keepRecord, recordLine, toRecord } from './record/record.js'
import { toTable } from './record/table.js'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

// Ends through `exit`, whose listeners end the servers that this process started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

function readCommandLine(): CommandLine {
  try {
    return parseCommandLine(process.argv.slice(2))
  } catch (problem) {
    process.stderr.write(`${problem instanceof TypeError ? problem.message : problem}\n\n${USAGE}`)
    process.exit(2)
  }
}

const { parameters, json, strict, postgres } = readCommandLine()
if (postgres) {
  const { runOnPostgres } = await import('./postgres/main.js')
  await runOnPostgres(parameters, RESULTS)
  process.exit()
}
try {
  const environment = readEnvironment()
  const outcome = await runBenchmark(parameters, (line) => process.stderr.write(`${line}\n`))
  const record = toRecord(environment, parameters, outcome)
  const path = await keepRecord(RESULTS, record)
  process.stdout.write(`${json ? recordLine(record) : `\n${toTable(record)}`}\n`)
  process.stderr.write(`Added to ${path}\n`)
  if (strict && record.missed.length > 0) process.exitCode = 1
} catch (problem) {
  console.error(problem)
  process.exitCode = 1
}
