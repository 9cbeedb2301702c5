import { parseArgs } from 'node:util'

export interface BenchParameters {
  readonly seed: number
  /** Entries to record in batches before anything is read; a multiple of `batchEntries`. */
  readonly entries: number
  readonly batchEntries: number
  readonly batchConnections: number
  readonly singleConnections: number
  readonly singleSeconds: number
  readonly readSamples: number
  readonly readWarmUp: number
  /** Entries of the log that Paradime's list gives at once; a multiple of `batchEntries`. */
  readonly paradimeEntries: number
  readonly ceilingSeconds: number
  /** How long the server rests before its idle memory is read. */
  readonly idleSeconds: number
  /** How long to wait at most for merges to end before the disk is measured. */
  readonly settleSecondsMax: number
  /** Entries that the peer records; 0 for no peer. */
  readonly peerEntries: number
  readonly progressEverySeconds: number
}

export interface CommandLine {
  readonly parameters: BenchParameters
  /** Print the record as JSON instead of the table. */
  readonly json: boolean
  /** A missed goal fails the run. */
  readonly strict: boolean
  /** Only recording, with the journal in PostgreSQL. */
  readonly postgres: boolean
}

const FULL: BenchParameters = {
  seed: 1,
  entries: 1_000_000,
  batchEntries: 500,
  batchConnections: 4,
  singleConnections: 64,
  singleSeconds: 20,
  readSamples: 200,
  readWarmUp: 20,
  paradimeEntries: 100_000,
  ceilingSeconds: 3,
  idleSeconds: 20,
  settleSecondsMax: 60,
  peerEntries: 200_000,
  progressEverySeconds: 10,
}

const QUICK: BenchParameters = {
  ...FULL,
  entries: 100_000,
  singleSeconds: 5,
  readSamples: 50,
  readWarmUp: 10,
  paradimeEntries: 20_000,
  ceilingSeconds: 1,
  idleSeconds: 2,
  settleSecondsMax: 10,
  peerEntries: 20_000,
}

/** Small enough for the tests. Its figures mean nothing; that it runs and that the answers agree does. */
export const TINY: BenchParameters = {
  ...QUICK,
  entries: 1_500,
  singleConnections: 8,
  singleSeconds: 0.5,
  readSamples: 3,
  readWarmUp: 1,
  paradimeEntries: 1_000,
  ceilingSeconds: 0.2,
  idleSeconds: 0,
  settleSecondsMax: 0,
  peerEntries: 1_000,
  progressEverySeconds: 0,
}

export const USAGE = `npm run bench -- [options]
  --entries <n>       entries to record in batches (${FULL.entries})
  --seconds <n>       how long to record single entries (${FULL.singleSeconds})
  --peer-entries <n>  entries that PostgreSQL records, at most --entries (${FULL.peerEntries})
  --no-peer           leave PostgreSQL out
  --seed <n>          another corpus (${FULL.seed})
  --quick             a tenth of everything
  --json              print the record instead of the table
  --strict            exit with 1 when a goal is missed
  --postgres          only recording, with the journal in PostgreSQL: one server, and two on one database
The server takes its settings from the environment: with COUNTERFOIL_CLICKHOUSE_URL it searches in that server, with
COUNTERFOIL_LEDGER_URL its ledger is there.
`

/** Throws a `TypeError` that says what does not fit. */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...words],
    options: {
      entries: { type: 'string' },
      seconds: { type: 'string' },
      'peer-entries': { type: 'string' },
      'no-peer': { type: 'boolean', default: false },
      seed: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      postgres: { type: 'boolean', default: false },
    },
  })
  const preset = values.quick ? QUICK : FULL
  const { batchEntries } = preset
  const wished = positive('entries', values.entries, preset.entries)
  const entries = Math.ceil(wished / batchEntries) * batchEntries
  const peerEntries = Math.min(entries, positive('peer-entries', values['peer-entries'], preset.peerEntries))
  return {
    parameters: {
      ...preset,
      entries,
      seed: positive('seed', values.seed, preset.seed),
      singleSeconds: positive('seconds', values.seconds, preset.singleSeconds),
      peerEntries: values['no-peer'] ? 0 : peerEntries,
    },
    json: values.json,
    strict: values.strict,
    postgres: values.postgres,
  }
}

function positive(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`--${option} takes a whole number from 1 up`)
  return value
}
