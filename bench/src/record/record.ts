import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome } from '../benchmark.js'
import type { BenchParameters } from '../parameters.js'
import type { Environment } from './environment.js'
import { judge } from './goals.js'

/** One run as it is kept: what ran, where, and every figure. */
export interface BenchmarkRecord extends Environment, Outcome {
  readonly what: 'counterfoil'
  readonly parameters: BenchParameters
  /** How many times better than the peer, by the name of the goal. */
  readonly ratios: Readonly<Record<string, number>>
  readonly missed: readonly string[]
}

export function toRecord(
  environment: Environment,
  parameters: BenchParameters,
  outcome: Outcome,
): BenchmarkRecord {
  const verdicts = judge(outcome.figures, outcome.peer)
  const ratios = verdicts.flatMap(({ name, ratio }) => (ratio === null ? [] : [[name, ratio] as const]))
  return {
    what: 'counterfoil',
    ...environment,
    parameters,
    ...outcome,
    ratios: Object.fromEntries(ratios),
    missed: verdicts.filter(({ reached }) => reached === false).map(({ name }) => name),
  }
}

/** Adds a run to the results of its month; answers the file. */
export async function keepRecord(folder: string, record: Pick<Environment, 'at'>): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${record.at.slice(0, 7)}.jsonl`)
  await appendFile(path, `${recordLine(record)}\n`)
  return path
}

/** The record as one line of JSON. Four digits say all that a measurement knows. */
export function recordLine(record: object): string {
  return JSON.stringify(record, (_field, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
  )
}
