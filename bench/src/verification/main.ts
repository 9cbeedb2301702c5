import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readEnvironment } from '../record/environment.js'
import { keepRecord } from '../record/record.js'
import { measureVerification } from './measure.js'

const RESULTS = fileURLToPath(new URL('../../results', import.meta.url))

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '500000' }, rounds: { type: 'string', default: '3' } },
})
const parameters = { entries: Number(values.entries), rounds: Number(values.rounds) }
if (!Object.values(parameters).every((value) => Number.isSafeInteger(value) && value > 0))
  throw new TypeError('node bench/dist/verification/main.js [--entries <n>] [--rounds <n>]')
const environment = readEnvironment()
const figures = await measureVerification(parameters, (line) => process.stderr.write(`${line}\n`))
const path = await keepRecord(
  RESULTS,
  Object.assign({ what: 'verification', ...environment }, { parameters, figures }),
)
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
process.stderr.write(`Added to ${path}\n`)
