import type { BodyFormat } from '../corpus/corpus.js'

/** What one run of the load generator sends. It crosses a process boundary as JSON. */
export interface LoadPlan {
  readonly port: number
  readonly token: string
  readonly connections: number
  readonly requests: RecordRequests | ReadRequests
  /** No request starts later than this. */
  readonly secondsMax: number
  /** No more requests than this. */
  readonly requestsMax: number
  /** A line on stderr this often; 0 for none. */
  readonly progressEverySeconds: number
  /** What a connection does between an answer and its next request; nothing when left out. */
  readonly pauses?: Pauses
}

export interface Pauses {
  /** After an answer with any status but 429. */
  readonly answeredMs: number
  /** After an answer with 429. */
  readonly refusedMs: number
}

/** Records the corpus from `first` on, no entry twice. */
export interface RecordRequests {
  readonly kind: 'record'
  readonly path: string
  readonly seed: number
  readonly first: number
  readonly entriesPerRequest: number
  readonly format: BodyFormat
}

/** Asks for the paths in turn. The first `warmUp` requests are not measured. */
export interface ReadRequests {
  readonly kind: 'read'
  readonly paths: readonly string[]
  /** Instead of the bearer token. */
  readonly headers?: Readonly<Record<string, string>>
  /** JSON that is sent by POST to each of the paths. */
  readonly body?: string
  readonly warmUp: number
}

export interface LoadReport {
  /** Requests answered with 2xx. */
  readonly succeeded: number
  /** Requests answered otherwise or not at all. */
  readonly failed: number
  /** Those of them that were answered 429. */
  readonly refused: number
  /** The opening of the first failed response. */
  readonly firstFailure: string | null
  /** From the first request to the last response. */
  readonly seconds: number
  /** Requests whose latencies were measured. */
  readonly samples: number
  readonly latencyMs: {
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly max: number
  }
  /** Requests answered in each full second. */
  readonly answeredBySecond: readonly number[]
  readonly bytesSent: number
  /** Share of one core that the generator itself took. Near 1 it measured itself, not the server. */
  readonly generatorCpuShare: number
}
