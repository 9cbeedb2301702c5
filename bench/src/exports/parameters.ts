import { parseArgs } from 'node:util'
import { type BenchParameters, parseCommandLine, TINY } from '../parameters.js'

export interface ExportParameters {
  /** Of the recording before; its `entries` are exported. */
  readonly recording: BenchParameters
  /** How often each figure is taken; the best counts, as a neighbour on the machine only ever makes it worse. */
  readonly rounds: number
  /** The slow reader's pace, and for how long it is watched. */
  readonly slowBytesPerSecond: number
  readonly slowSeconds: number
  /** How long pages and recording are measured, with and without an export. */
  readonly besideSeconds: number
}

export const USAGE = `node bench/dist/exports/main.js [options]
  --entries <n>       entries to record and export (1000000)
  --rounds <n>        how often each figure is taken; the best counts (3)
  --slow-seconds <n>  how long a reader of 100 KB/s is watched (30)
`

const SLOW_BYTES_PER_SECOND = 100_000

/** Small enough for the tests. */
export const TINY_EXPORT: ExportParameters = {
  recording: TINY,
  rounds: 1,
  slowBytesPerSecond: SLOW_BYTES_PER_SECOND,
  slowSeconds: 0.5,
  besideSeconds: 0.3,
}

/** Throws a `TypeError` that says what does not fit. */
export function parseExportCommandLine(words: readonly string[]): ExportParameters {
  const { values } = parseArgs({
    args: [...words],
    options: {
      entries: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      'slow-seconds': { type: 'string', default: '30' },
    },
  })
  return {
    recording: parseCommandLine(['--entries', values.entries]).parameters,
    rounds: positive('rounds', values.rounds),
    slowBytesPerSecond: SLOW_BYTES_PER_SECOND,
    slowSeconds: positive('slow-seconds', values['slow-seconds']),
    besideSeconds: 5,
  }
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`--${option} takes a whole number from 1 up`)
  return value
}
