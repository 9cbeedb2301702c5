import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.js'
import { checkById, checkLog } from '../support/check-log.js'
import { provision } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { Load } from '../support/load.js'
import { percentile } from '../support/percentile.js'
import { indexCaughtUp, readPositions } from '../support/progress.js'
import { Random } from '../support/random.js'
import { ServerProcess } from '../support/server-process.js'
import { judgeCount, judgePage, type ReadVerdict } from './judge-read.js'

export interface CrashPlan {
  readonly cycles: number
  readonly seed: number
  /** An empty directory for the server. */
  readonly dataDirectory: string
  readonly connections: number
  /** How many of the kills hit the search engine instead of the server, 0 to 1. */
  readonly engineShare: number
  /** The longest time under load before a kill. */
  readonly untilKillMsMax: number
  /** After so many cycles the log is checked from end to end and a new one begun. */
  readonly cyclesALog: number
  readonly onProgress: (line: string) => void
}

export interface CrashSummary {
  readonly seed: number
  readonly cycles: number
  readonly serverKills: number
  readonly engineKills: number
  /** Kills that found requests under way; the others prove little. */
  readonly killsUnderLoad: number
  readonly acked: number
  readonly entriesVerified: number
  readonly logs: number
  readonly lost: number
  readonly duplicated: number
  readonly findings: Findings['counts']
  readonly findingTexts: readonly string[]
  readonly restartMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** From the engine's death until the index held what the journal held then. */
  readonly engineRecoveryMs: { readonly p50: number; readonly p99: number; readonly max: number }
  /** What reads said of themselves while the engine was away. */
  readonly readsWithoutEngine: Readonly<Record<ReadVerdict, number>>
  readonly indexRefills: number
  readonly seconds: number
  readonly clean: boolean
}

const UNTIL_KILL_MS_MIN = 50
const SAMPLE_LATEST = 40
const SAMPLE_ANY = 20
const INDEX_WAIT_MS = 60_000

/** Kills the server or its engine again and again under load and looks for what is missing. */
export async function runCrash(plan: CrashPlan): Promise<CrashSummary> {
  const run = new CrashRun(plan)
  try {
    return await run.run()
  } finally {
    await run.end()
  }
}

class CrashRun {
  readonly #plan: CrashPlan
  readonly #random: Random
  readonly #findings = new Findings()
  readonly #restarts: number[] = []
  readonly #recoveries: number[] = []
  readonly #reads: Record<ReadVerdict, number> = { complete: 0, partial: 0, unavailable: 0 }
  readonly #startedMs = performance.now()
  #server!: ServerProcess
  #load!: Load
  #token = ''
  #logs = 0
  #serverKills = 0
  #engineKills = 0
  #killsUnderLoad = 0
  #acked = 0
  #verified = 0
  #refills = 0

  constructor(plan: CrashPlan) {
    this.#plan = plan
    this.#random = new Random(plan.seed)
  }

  async run(): Promise<CrashSummary> {
    const { cycles, cyclesALog, dataDirectory } = this.#plan
    const token = await provision(dataDirectory, 'crash-0')
    this.#server = await ServerProcess.start(dataDirectory)
    this.#beginLog(token)
    for (let cycle = 1; cycle <= cycles; cycle++) {
      await delay(this.#random.between(UNTIL_KILL_MS_MIN, this.#plan.untilKillMsMax))
      if (this.#random.next() < this.#plan.engineShare) await this.#killEngine()
      else await this.#killServer()
      this.#tell(cycle)
      const last = cycle === cycles
      if (last || cycle % cyclesALog === 0) {
        await this.#checkWholeLog()
        if (!last) this.#beginLog(await provision(dataDirectory, `crash-${cycle}`))
      }
    }
    return this.#summary()
  }

  async end(): Promise<void> {
    await this.#load?.pause()
    await this.#server?.kill()
  }

  #beginLog(token: string): void {
    const seed = this.#plan.seed + this.#logs++
    this.#token = token
    this.#load = new Load({
      seed,
      random: this.#random,
      findings: this.#findings,
      connections: this.#plan.connections,
    })
    this.#load.begin(this.#server.url, token)
  }

  /** kill -9 of the server: everything acknowledged must be there as soon as it listens again. */
  async #killServer(): Promise<void> {
    this.#serverKills++
    if (this.#load.inFlight > 0) this.#killsUnderLoad++
    this.#noteRefills()
    await this.#server.kill()
    await this.#load.pause()
    this.#server = await ServerProcess.start(this.#plan.dataDirectory)
    this.#restarts.push(this.#server.startedInMs)
    this.#load.begin(this.#server.url, this.#token)
    await this.#checkSample()
  }

  /** kill -9 of the engine: recording must not notice, and no read may be wrong until it is back. */
  async #killEngine(): Promise<void> {
    const pid = await this.#engine()
    this.#engineKills++
    if (this.#load.inFlight > 0) this.#killsUnderLoad++
    const failuresBefore = this.#load.failureCount
    const api = new Api(this.#server.url, this.#token)
    const killedMs = performance.now()
    process.kill(pid, 'SIGKILL')
    let back = false
    const waiting = this.#engineBack(api, pid, killedMs).then(() => {
      back = true
    })
    while (!back) {
      this.#reads[await judgePage(api, this.#load, this.#findings)]++
      this.#reads[await judgeCount(api, this.#load, this.#findings)]++
    }
    await waiting
    const failed = this.#load.failureCount - failuresBefore
    if (failed > 0)
      this.#findings.report('refused', `${failed} record requests failed while the engine was away`)
    api.close()
  }

  /** Waits until another engine holds what the journal held when the earlier one was killed. */
  async #engineBack(api: Api, killedPid: number, killedMs: number): Promise<void> {
    const { journal } = await readPositions(api)
    for (;;) {
      const pid = this.#server.enginePid
      const another = pid !== undefined && pid !== killedPid
      const tookMs = performance.now() - killedMs
      if (another && (await readPositions(api)).index >= journal) {
        this.#recoveries.push(tookMs)
        return
      }
      if (tookMs > INDEX_WAIT_MS) {
        this.#findings.report(
          'slow',
          `the index was not back ${INDEX_WAIT_MS} ms after its engine was killed`,
        )
        return
      }
      await delay(25)
    }
  }

  async #engine(): Promise<number> {
    const deadlineMs = performance.now() + INDEX_WAIT_MS
    for (;;) {
      const pid = this.#server.enginePid
      if (pid !== undefined) return pid
      if (performance.now() > deadlineMs) throw new Error('the server has no engine process')
      await delay(20)
    }
  }

  /** The newest acknowledgements, which a crash endangers most, and some of any age. */
  async #checkSample(): Promise<void> {
    const { latest, acknowledged, issued } = this.#load.acknowledgements
    const numbers = new Set(latest.slice(-SAMPLE_LATEST))
    for (let i = 0; i < SAMPLE_ANY && acknowledged > 0; i++) {
      const number = this.#random.between(0, issued - 1)
      if (this.#load.acknowledgements.seqOf(number) !== undefined) numbers.add(number)
    }
    const api = new Api(this.#server.url, this.#token)
    await checkById(api, this.#load, [...numbers], this.#findings)
    api.close()
  }

  /** Ends the load and checks its log from the first entry to the last: what was sent is there, all and once. */
  async #checkWholeLog(): Promise<void> {
    await this.#load.drain()
    const { acknowledged, issued } = this.#load.acknowledgements
    const api = new Api(this.#server.url, this.#token)
    await indexCaughtUp(api, INDEX_WAIT_MS)
    const { size, verified } = await checkLog(api, this.#load, this.#findings)
    api.close()
    if (size !== issued || acknowledged !== issued)
      this.#findings.report(
        'duplicated',
        `${issued} entries were sent, ${acknowledged} acknowledged, ${size} are there`,
      )
    this.#acked += acknowledged
    this.#verified += verified
  }

  #noteRefills(): void {
    this.#refills += this.#server.output.split('does not fit the journal').length - 1
  }

  #tell(cycle: number): void {
    const { onProgress, cycles } = this.#plan
    const { lost, duplicated, altered } = this.#findings.counts
    const acked = this.#acked + this.#load.acknowledgements.acknowledged
    onProgress(
      `cycle ${cycle}/${cycles}  acked ${acked}  lost ${lost}  duplicated ${duplicated}  altered ${altered}  restart p50 ${percentile(this.#restarts, 0.5)} ms`,
    )
  }

  #summary(): CrashSummary {
    this.#noteRefills()
    const spread = (samples: readonly number[]) => ({
      p50: percentile(samples, 0.5),
      p99: percentile(samples, 0.99),
      max: percentile(samples, 1),
    })
    return {
      seed: this.#plan.seed,
      cycles: this.#plan.cycles,
      serverKills: this.#serverKills,
      engineKills: this.#engineKills,
      killsUnderLoad: this.#killsUnderLoad,
      acked: this.#acked,
      entriesVerified: this.#verified,
      logs: this.#logs,
      lost: this.#findings.counts.lost,
      duplicated: this.#findings.counts.duplicated,
      findings: this.#findings.counts,
      findingTexts: this.#findings.texts,
      restartMs: spread(this.#restarts),
      engineRecoveryMs: spread(this.#recoveries),
      readsWithoutEngine: this.#reads,
      indexRefills: this.#refills,
      seconds: Math.round((performance.now() - this.#startedMs) / 1000),
      clean: this.#findings.clean,
    }
  }
}
