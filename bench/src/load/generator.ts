import { runConnection } from './connection.js'
import { LatencyHistogram } from './latency-histogram.js'
import type { LoadPlan, LoadReport, Pauses } from './plan.js'
import { requestSource } from './request-source.js'

/** Too much at once, or too often: a client waits and asks again. */
const REFUSED = 429
const NO_PAUSES: Pauses = { answeredMs: 0, refusedMs: 0 }

/** Runs a plan to its end, or to where `signal` ends it: every request that left was answered or failed. */
export async function generateLoad(plan: LoadPlan, signal: AbortSignal): Promise<LoadReport> {
  const run = new LoadRun(plan, signal)
  const progress =
    plan.progressEverySeconds > 0
      ? setInterval(() => run.tell(), plan.progressEverySeconds * 1_000)
      : undefined
  await Promise.all(Array.from({ length: plan.connections }, () => runConnection(plan.port, run)))
  clearInterval(progress)
  return run.report()
}

class LoadRun {
  readonly #plan: LoadPlan
  readonly #signal: AbortSignal
  readonly #source: (place: number) => Buffer
  readonly #warmUp: number
  readonly #latencies = new LatencyHistogram()
  readonly #answeredBySecond: number[] = []
  readonly #cpuAtStart = process.cpuUsage()
  readonly #startedMs = performance.now()
  #sent = 0
  #succeeded = 0
  #failed = 0
  #refused = 0
  #firstFailure: string | null = null
  #bytesSent = 0
  #lastAnswerMs = this.#startedMs

  constructor(plan: LoadPlan, signal: AbortSignal) {
    this.#plan = plan
    this.#signal = signal
    this.#source = requestSource(plan)
    this.#warmUp = plan.requests.kind === 'read' ? plan.requests.warmUp : 0
  }

  pauseMsAfter(status: number): number {
    const { answeredMs, refusedMs } = this.#plan.pauses ?? NO_PAUSES
    return status === REFUSED ? refusedMs : answeredMs
  }

  nextRequest(): Buffer | undefined {
    if (this.#signal.aborted) return undefined
    const elapsedMs = performance.now() - this.#startedMs
    if (this.#sent >= this.#plan.requestsMax || elapsedMs >= this.#plan.secondsMax * 1_000) return undefined
    const request = this.#source(this.#sent)
    this.#sent += 1
    this.#bytesSent += request.length
    return request
  }

  onResponse(status: number, latencyMs: number, opening: string): void {
    this.#lastAnswerMs = performance.now()
    const second = Math.floor((this.#lastAnswerMs - this.#startedMs) / 1_000)
    this.#answeredBySecond[second] = (this.#answeredBySecond[second] ?? 0) + 1
    if (status === REFUSED) this.#refused += 1
    if (status < 200 || status > 299) {
      this.#fail(opening)
      return
    }
    this.#succeeded += 1
    if (this.#succeeded > this.#warmUp) this.#latencies.add(latencyMs)
  }

  onBreak(problem: Error): void {
    this.#fail(`${problem.name}: ${problem.message}`)
  }

  tell(): void {
    const seconds = (performance.now() - this.#startedMs) / 1_000
    const entries =
      this.#plan.requests.kind === 'record'
        ? this.#succeeded * this.#plan.requests.entriesPerRequest
        : undefined
    const what = entries === undefined ? `${this.#succeeded} reads` : `${entries} entries acknowledged`
    process.stderr.write(`    ${seconds.toFixed(0)} s: ${what}\n`)
  }

  report(): LoadReport {
    const seconds = (this.#lastAnswerMs - this.#startedMs) / 1_000
    const cpu = process.cpuUsage(this.#cpuAtStart)
    const wallUs = (performance.now() - this.#startedMs) * 1_000
    const percentile = (share: number) => this.#latencies.percentileMs(share)
    return {
      succeeded: this.#succeeded,
      failed: this.#failed,
      refused: this.#refused,
      firstFailure: this.#firstFailure,
      seconds,
      samples: this.#latencies.count,
      latencyMs: {
        p50: percentile(0.5),
        p90: percentile(0.9),
        p99: percentile(0.99),
        max: this.#latencies.maxMs,
      },
      answeredBySecond: Array.from(this.#answeredBySecond, (count) => count ?? 0).slice(
        0,
        Math.floor(seconds),
      ),
      bytesSent: this.#bytesSent,
      generatorCpuShare: (cpu.user + cpu.system) / wallUs,
    }
  }

  #fail(opening: string): void {
    this.#failed += 1
    this.#firstFailure ??= opening.slice(0, 1_000)
  }
}
