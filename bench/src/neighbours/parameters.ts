import { parseArgs } from 'node:util'

/** What the noisy organization does on all of its connections. */
export const NOISES = ['record', 'pages', 'search', 'export'] as const
export type Noise = (typeof NOISES)[number]

/** What the quiet organization does on its only one. */
export const QUIET_REQUESTS = ['record', 'page', 'search'] as const
export type QuietRequest = (typeof QUIET_REQUESTS)[number]

export interface Pair {
  readonly noise: Noise
  readonly quiet: QuietRequest
}

export interface NeighboursParameters {
  readonly seed: number
  /** Of the noisy and of the quiet organization; multiples of 500. */
  readonly noisyEntries: number
  readonly quietEntries: number
  /** Connections that the noisy organization keeps busy. */
  readonly connections: number
  readonly pairs: readonly Pair[]
  /** Requests of the quiet organization in each round, without and with the noise. */
  readonly samples: number
  /** How often each figure is taken; the best counts, as other work on the machine only ever makes it worse. */
  readonly rounds: number
  /** Until the noise is in full swing, and after each round. */
  readonly swingMs: number
}

export const USAGE = `node bench/dist/neighbours/main.js [options]
  --pairs <noise:quiet,…>  noise: ${NOISES.join(', ')}; quiet: ${QUIET_REQUESTS.join(', ')}
  --samples <n>            requests of the quiet organization in each round (1000)
  --rounds <n>             how often each figure is taken; the best counts (3)
  --connections <n>        that the noisy organization keeps busy (64)
`

const PAIRS = 'record:record,pages:page,search:search,export:page,export:record,export:search'

const FULL: Omit<NeighboursParameters, 'pairs'> = {
  seed: 1,
  noisyEntries: 100_000,
  quietEntries: 5_000,
  connections: 64,
  samples: 1_000,
  rounds: 3,
  swingMs: 2_000,
}

/** Small enough for the tests. Its figures mean nothing; that it runs does. */
export const TINY_NEIGHBOURS: NeighboursParameters = {
  ...FULL,
  noisyEntries: 2_000,
  quietEntries: 500,
  connections: 4,
  pairs: [
    { noise: 'record', quiet: 'record' },
    { noise: 'export', quiet: 'search' },
  ],
  samples: 5,
  rounds: 1,
  swingMs: 200,
}

/** Throws a `TypeError` that says what does not fit. */
export function parseNeighboursCommandLine(words: readonly string[]): NeighboursParameters {
  const { values } = parseArgs({
    args: [...words],
    options: {
      pairs: { type: 'string', default: PAIRS },
      samples: { type: 'string', default: `${FULL.samples}` },
      rounds: { type: 'string', default: `${FULL.rounds}` },
      connections: { type: 'string', default: `${FULL.connections}` },
    },
  })
  return {
    ...FULL,
    pairs: values.pairs.split(',').map(readPair),
    samples: positive('samples', values.samples),
    rounds: positive('rounds', values.rounds),
    connections: positive('connections', values.connections),
  }
}

function readPair(text: string): Pair {
  const [noise, quiet, ...more] = text.split(':')
  const pair = { noise: noise as Noise, quiet: quiet as QuietRequest }
  if (!NOISES.includes(pair.noise) || !QUIET_REQUESTS.includes(pair.quiet) || more.length > 0)
    throw new TypeError(`--pairs takes pairs such as export:page, not "${text}"`)
  return pair
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new TypeError(`--${option} takes a whole number from 1 up`)
  return value
}
