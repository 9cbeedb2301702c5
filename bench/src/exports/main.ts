import { fileURLToPath } from 'node:url'
import { startCounterfoil } from '../counterfoil/counterfoil-process.js'
import { readEnvironment } from '../record/environment.js'
import { keepRecord } from '../record/record.js'
import { measureExports } from './measure.js'
import { type ExportParameters, parseExportCommandLine, USAGE } from './parameters.js'
import { exportTable } from './table.js'

const RESULTS = fileURLToPath(new URL('../../results', import.meta.url))

// Ends through `exit`, whose listeners end the server that this process started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

function readCommandLine(): ExportParameters {
  try {
    return parseExportCommandLine(process.argv.slice(2))
  } catch (problem) {
    process.stderr.write(`${problem instanceof TypeError ? problem.message : problem}\n\n${USAGE}`)
    process.exit(2)
  }
}

const parameters = readCommandLine()
const environment = readEnvironment()
const server = await startCounterfoil()
try {
  const figures = await measureExports(server, parameters, (line) => process.stderr.write(`${line}\n`))
  const record = { what: 'exports', ...environment, parameters, figures }
  const path = await keepRecord(RESULTS, record)
  process.stdout.write(`\n${exportTable(figures, environment)}\n`)
  process.stderr.write(`Added to ${path}\n`)
} catch (problem) {
  process.stderr.write(`${await server.logTail()}\n`)
  console.error(problem)
  process.exitCode = 1
} finally {
  await server.stop()
}
