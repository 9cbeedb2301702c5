import type { BenchParameters } from '../parameters.js'
import { readEnvironment } from '../record/environment.js'
import { keepRecord } from '../record/record.js'
import { measureOnPostgres } from './measure.js'

/** `npm run bench -- --postgres` */
export async function runOnPostgres(
  { seed, entries, batchEntries, batchConnections, singleConnections, singleSeconds }: BenchParameters,
  results: string,
): Promise<void> {
  const parameters = { seed, entries, batchEntries, batchConnections, singleConnections, singleSeconds }
  const environment = readEnvironment()
  const figures = await measureOnPostgres(parameters, (line) => process.stderr.write(`${line}\n`))
  const path = await keepRecord(
    results,
    Object.assign({ what: 'postgres', ...environment }, { parameters, figures }),
  )
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
  process.stderr.write(`Added to ${path}\n`)
}
