import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tell } from '../benchmark.js'
import type { CounterfoilProcess } from '../counterfoil/counterfoil-process.js'
import { ENTRIES_PATH } from '../counterfoil/paths.js'
import { PositionWatch } from '../counterfoil/positions.js'
import { assertNoFailure } from '../counterfoil/recording.js'
import { runLoadProcess } from '../load/load-process.js'
import type { LoadPlan, LoadReport } from '../load/plan.js'
import type { NeighboursParameters, Noise, Pair, QuietRequest } from './parameters.js'

/** Latencies of the quiet organization in milliseconds. */
export interface Latencies {
  readonly msP50: number
  readonly msP99: number
}

/** One kind of noise and what the quiet organization felt of it; of several rounds the best of each. */
export interface PairFigures extends Pair {
  readonly samplesEachRound: number
  readonly alone: Latencies
  readonly beside: Latencies
  /** Times the 99th percentile alone. */
  readonly p99Ratio: number
  /** The same of each round by itself. */
  readonly p99RatioByRound: readonly number[]
  /** Requests of the noisy organization that were answered in a second, and refused with 429. */
  readonly noiseAnsweredPerSecond: number
  readonly noiseRefusedPerSecond: number
}

const UNBOUNDED = Number.MAX_SAFE_INTEGER
const FILL_ENTRIES = 500
const NOISE_ENTRIES = 100
const CATCH_UP_SECONDS_MAX = 120
/** The quiet organization is quiet: one request after another, with this between them. */
const QUIET_PAUSES = { answeredMs: 4, refusedMs: 4 }
/** Sooner than it is told to. */
const NOISE_PAUSES = { answeredMs: 0, refusedMs: 500 }
const WARM_UP = 5

/** Where the corpus goes on, for those who record: no entry twice. */
interface Taken {
  first: number
}

/**
 * Measures how long a quiet organization waits for its answers, alone and while another one keeps many connections busy; both
 * within the same minute, the same requests in a closed loop, in processes of their own.
 */
export async function measureNeighbours(
  server: CounterfoilProcess,
  parameters: NeighboursParameters,
  tell: Tell,
): Promise<readonly PairFigures[]> {
  const { seed, noisyEntries, quietEntries, pairs, rounds } = parameters
  tell(`recording ${noisyEntries} and ${quietEntries} entries`)
  const taken: Taken = { first: 0 }
  await fill(server, server.token, seed, noisyEntries, taken)
  await fill(server, server.otherToken, seed, quietEntries, taken)
  const run = new Run(server, parameters, taken)
  const figures: PairFigures[] = []
  for (const pair of pairs) {
    const taken: Round[] = []
    for (let round = 1; round <= rounds; round++) {
      tell(`${pair.quiet} without and beside ${pair.noise}, ${round} of ${rounds}`)
      const { alone, beside, noise } = await run.round(pair)
      taken.push({ alone, beside, noise })
      tell(`  p99 ${alone.latencyMs.p99} and ${beside.latencyMs.p99} ms`)
    }
    figures.push(bestOf(pair, parameters.samples, taken))
  }
  return figures
}

interface Round {
  readonly alone: LoadReport
  readonly beside: LoadReport
  readonly noise: LoadReport
}

class Run {
  readonly #server: CounterfoilProcess
  readonly #parameters: NeighboursParameters
  readonly #taken: Taken

  constructor(server: CounterfoilProcess, parameters: NeighboursParameters, taken: Taken) {
    this.#server = server
    this.#parameters = parameters
    this.#taken = taken
  }

  async round({ noise, quiet }: Pair): Promise<Round> {
    await this.#settle()
    const alone = await this.#quiet(quiet)
    const ending = new AbortController()
    const making = runLoadProcess(this.#noisePlan(noise), ending.signal)
    try {
      await sleep(this.#parameters.swingMs)
      const beside = await this.#quiet(quiet)
      ending.abort()
      const report = await making
      assert.equal(report.failed, report.refused, `the noise was answered: ${report.firstFailure}`)
      if (noise === 'record') this.#taken.first += report.succeeded * NOISE_ENTRIES
      return { alone, beside, noise: report }
    } finally {
      ending.abort()
      await making
    }
  }

  async #quiet(request: QuietRequest): Promise<LoadReport> {
    const plan = this.#quietPlan(request)
    const report = await runLoadProcess(plan)
    assertNoFailure(report)
    if (request === 'record') this.#taken.first += plan.requestsMax
    return report
  }

  /** What the last round recorded is searchable and signed, so that nothing of it is done in the next one. */
  async #settle(): Promise<void> {
    await new PositionWatch(this.#server.port, 250).endWhenCaughtUp(CATCH_UP_SECONDS_MAX)
    await sleep(this.#parameters.swingMs)
  }

  #quietPlan(request: QuietRequest): LoadPlan {
    const plan = {
      port: this.#server.port,
      token: this.#server.otherToken,
      progressEverySeconds: 0,
      connections: 1,
      secondsMax: UNBOUNDED,
      requestsMax: this.#parameters.samples + WARM_UP,
      pauses: QUIET_PAUSES,
    }
    if (request === 'record') return { ...plan, requests: this.#recording(1) }
    const paths = {
      page: [`${ENTRIES_PATH}?limit=50`],
      search: [`${ENTRIES_PATH}?limit=50&action=order.created`],
    }
    return { ...plan, requests: { kind: 'read', paths: paths[request], warmUp: WARM_UP } }
  }

  #noisePlan(noise: Noise): LoadPlan {
    const plan = {
      port: this.#server.port,
      token: this.#server.token,
      progressEverySeconds: 0,
      connections: this.#parameters.connections,
      secondsMax: UNBOUNDED,
      requestsMax: UNBOUNDED,
      pauses: NOISE_PAUSES,
    }
    if (noise === 'record') return { ...plan, requests: this.#recording(NOISE_ENTRIES) }
    const paths = {
      pages: [`${ENTRIES_PATH}?limit=100`],
      // Every one looks at all entries, none is like another.
      search: Array.from({ length: 4_096 }, (_, i) => `${ENTRIES_PATH}/facets?search=${i.toString(16)}`),
      export: ['/audit-log/export?startTime=2020-01-01T00:00:00Z&endTime=2100-01-01T00:00:00Z'],
    }
    return { ...plan, requests: { kind: 'read', paths: paths[noise], warmUp: 0 } }
  }

  #recording(entriesPerRequest: number) {
    return {
      kind: 'record',
      path: ENTRIES_PATH,
      seed: this.#parameters.seed,
      first: this.#taken.first,
      entriesPerRequest,
      format: entriesPerRequest === 1 ? 'single' : 'ndjson',
    } as const
  }
}

async function fill(
  { port }: CounterfoilProcess,
  token: string,
  seed: number,
  entries: number,
  taken: Taken,
): Promise<void> {
  const report = await runLoadProcess({
    port,
    token,
    progressEverySeconds: 0,
    connections: 4,
    secondsMax: UNBOUNDED,
    requestsMax: entries / FILL_ENTRIES,
    requests: {
      kind: 'record',
      path: ENTRIES_PATH,
      seed,
      first: taken.first,
      entriesPerRequest: FILL_ENTRIES,
      format: 'array',
    },
  })
  assertNoFailure(report)
  taken.first += entries
}

function bestOf(pair: Pair, samplesEachRound: number, rounds: readonly Round[]): PairFigures {
  const least = (figure: (round: Round) => number) => Math.min(...rounds.map(figure))
  const mean = (figure: (round: Round) => number) =>
    rounds.reduce((sum, round) => sum + figure(round), 0) / rounds.length
  const latencies = (which: 'alone' | 'beside'): Latencies => ({
    msP50: least((round) => round[which].latencyMs.p50),
    msP99: least((round) => round[which].latencyMs.p99),
  })
  const [alone, beside] = [latencies('alone'), latencies('beside')]
  return {
    ...pair,
    samplesEachRound,
    alone,
    beside,
    p99Ratio: beside.msP99 / alone.msP99,
    p99RatioByRound: rounds.map((round) => round.beside.latencyMs.p99 / round.alone.latencyMs.p99),
    noiseAnsweredPerSecond: mean(({ noise }) => noise.succeeded / noise.seconds),
    noiseRefusedPerSecond: mean(({ noise }) => noise.refused / noise.seconds),
  }
}
