import { fileURLToPath } from 'node:url'
import { startCounterfoil } from '../counterfoil/counterfoil-process.js'
import { readEnvironment } from '../record/environment.js'
import { keepRecord } from '../record/record.js'
import { measureNeighbours } from './measure.js'
import { type NeighboursParameters, parseNeighboursCommandLine, USAGE } from './parameters.js'
import { neighboursTable } from './table.js'

const RESULTS = fileURLToPath(new URL('../../results', import.meta.url))

// Ends through `exit`, whose listeners end the server that this process started.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

function readCommandLine(): NeighboursParameters {
  try {
    return parseNeighboursCommandLine(process.argv.slice(2))
  } catch (problem) {
    process.stderr.write(`${problem instanceof TypeError ? problem.message : problem}\n\n${USAGE}`)
    process.exit(2)
  }
}

const parameters = readCommandLine()
const environment = readEnvironment()
const server = await startCounterfoil()
try {
  const figures = await measureNeighbours(server, parameters, (line) => process.stderr.write(`${line}\n`))
  const path = await keepRecord(
    RESULTS,
    Object.assign({ what: 'neighbours', ...environment }, { parameters, figures }),
  )
  process.stdout.write(`\n${neighboursTable(figures, environment)}\n`)
  process.stderr.write(`Added to ${path}\n`)
} catch (problem) {
  process.stderr.write(`${await server.logTail()}\n`)
  console.error(problem)
  process.exitCode = 1
} finally {
  await server.stop()
}
