import { setTimeout as delay } from 'node:timers/promises'
import { judgeCount, judgePage, type ReadVerdict } from '../crash/judge-read.js'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { Findings } from '../support/findings.js'
import { Load } from '../support/load.js'
import { percentile } from '../support/percentile.js'
import { Random } from '../support/random.js'
import { ServerProcess } from '../support/server-process.js'
import { checkEvidence, checkStores, ledgerCatchUp } from './check-evidence.js'
import { provisionProcesses } from './provision.js'
import { SharedStores } from './stores.js'

export interface ClusterPlan {
  readonly seconds: number
  readonly seed: number
  /** An empty directory. */
  readonly directory: string
  readonly processes: number
  readonly clients: number
  readonly killEveryMs: number
  /** How long the search engine is away, and how long the ledger refuses. */
  readonly awayMs: number
  /** When the search engine and the ledger's store go away, as parts of the whole time. */
  readonly awayAt: { readonly engine: number; readonly ledger: number }
  readonly postgresRestarts: number
  readonly onProgress: (line: string) => void
}

export interface ClusterSummary {
  readonly seed: number
  readonly seconds: number
  readonly kills: number
  readonly postgresRestarts: number
  readonly acked: number
  readonly entriesVerified: number
  /** Longest time without any acknowledgement while PostgreSQL was there, and while it was not. */
  readonly longestPauseMs: number
  readonly longestPauseAtRestartMs: number
  /** Entries acknowledged while the search engine was away, and while the object store of the ledger was. */
  readonly ackedWithoutEngine: number
  readonly ackedWithoutLedger: number
  /** How long the ledger took, once its store was back, to have what was recorded until then. */
  readonly ledgerCaughtUpMs: number | null
  readonly reads: Readonly<Record<ReadVerdict, number>>
  readonly readMs: { readonly p50: number; readonly p99: number }
  readonly failures: Readonly<Record<string, number>>
  readonly evidenceSize: number
  readonly ledgerEntries: number
  readonly findings: Findings['counts']
  readonly findingTexts: readonly string[]
  readonly clean: boolean
}

/** What reads may say while PostgreSQL or the search engine is away. */
const REFUSALS = ['index_unavailable', 'database_unavailable']
const RESTARTED_AFTER_MS = 500
const HEALED_WITHIN_MS = 60_000

/** Several server processes on one database, with everything that they need failing in turn, under load. */
export async function runCluster(plan: ClusterPlan): Promise<ClusterSummary> {
  const stores = await SharedStores.open()
  const run = new ClusterRun(plan, stores)
  try {
    return await run.run()
  } catch (error) {
    await run.tellStandings()
    throw error
  } finally {
    await run.end()
    await stores.remove()
  }
}

class ClusterRun {
  readonly #plan: ClusterPlan
  readonly #stores: SharedStores
  readonly #random: Random
  readonly #findings = new Findings()
  readonly #load: Load
  /** Undefined while a process is down. */
  readonly #servers: (ServerProcess | undefined)[] = []
  readonly #reads: Record<ReadVerdict, number> = { complete: 0, partial: 0, unavailable: 0 }
  readonly #readMs: number[] = []
  #directories: readonly string[] = []
  #token = ''
  #kills = 0
  #restarts = 0
  #postgresAway = false
  #pauseMs = 0
  #pauseAtRestartMs = 0
  #ackedWithoutEngine = 0
  #ackedWithoutLedger = 0
  #ledgerCaughtUpMs: number | undefined
  #over = false
  #turn = 0

  constructor(plan: ClusterPlan, stores: SharedStores) {
    this.#plan = plan
    this.#stores = stores
    this.#random = new Random(plan.seed)
    const { seed, clients } = plan
    this.#load = new Load({ seed, random: this.#random, findings: this.#findings, connections: clients })
  }

  async run(): Promise<ClusterSummary> {
    const { directory, processes, seconds, onProgress } = this.#plan
    const provisioned = await provisionProcesses(this.#stores, directory, processes)
    this.#directories = provisioned.directories
    this.#token = provisioned.token
    for (let i = 0; i < processes; i++) this.#servers[i] = await this.#start(i)
    onProgress('all processes listen')
    this.#load.begin(() => this.#someUrl(), this.#token)
    const until = performance.now() + 1_000 * seconds
    await Promise.all([
      this.#killProcesses(until),
      this.#breakStores(until),
      this.#watchPauses(until),
      this.#read(until),
      this.#read(until),
    ])
    onProgress('everything is there again')
    await this.#load.drain()
    return this.#check()
  }

  /** What the servers said and where the stores stand, for a run that came to no end. */
  async tellStandings(): Promise<void> {
    const { onProgress } = this.#plan
    for (const [i, server] of this.#servers.entries()) {
      onProgress(`process ${i}:\n${server?.output ?? 'is down'}`)
      if (server === undefined) continue
      const api = new Api(server.url, this.#token)
      onProgress((await api.get('/readyz')).text)
      onProgress(
        (await api.get('/metrics')).text
          .match(/^counterfoil_\w*(position|behind|thread)\w*.*$/gm)
          ?.join('\n') ?? '',
      )
      api.close()
    }
    onProgress(await this.#stores.describe().catch((error: Error) => error.message))
  }

  async end(): Promise<void> {
    this.#over = true
    await this.#load.pause()
    await Promise.all(this.#servers.map((server) => server?.kill()))
  }

  #start(i: number): Promise<ServerProcess> {
    return ServerProcess.start(this.#directories[i] as string, this.#stores.environment)
  }

  /** In turn, whichever process listens. */
  #someUrl(): string {
    const alive = this.#servers.filter((server) => server !== undefined)
    return (
      (alive[this.#turn++ % alive.length] ?? this.#servers.find((server) => server !== undefined))?.url ?? ''
    )
  }

  /** kill -9 of one process after another; each starts again a moment later. */
  async #killProcesses(until: number): Promise<void> {
    const { killEveryMs, processes, onProgress } = this.#plan
    const restarting: Promise<void>[] = []
    while (performance.now() + killEveryMs < until) {
      await delay(killEveryMs)
      const i = this.#random.between(0, processes - 1)
      const server = this.#servers[i]
      // Never all of them at once: the others show that recording goes on.
      if (server === undefined || this.#servers.filter((one) => one !== undefined).length < 2) continue
      this.#servers[i] = undefined
      this.#kills++
      await server.kill()
      onProgress(`killed process ${i}; ${this.#load.acknowledgements.acknowledged} acknowledged`)
      restarting.push(this.#startAgain(i))
    }
    await Promise.all(restarting)
  }

  async #startAgain(i: number): Promise<void> {
    const deadline = performance.now() + HEALED_WITHIN_MS
    for (;;) {
      await delay(RESTARTED_AFTER_MS)
      try {
        this.#servers[i] = await this.#start(i)
        return
      } catch (error) {
        // While PostgreSQL is away a process cannot start: whoever runs it starts it again.
        if (this.#over || performance.now() > deadline) throw error
      }
    }
  }

  /** The search engine and the ledger are away for a while each, PostgreSQL crashes in between. */
  async #breakStores(until: number): Promise<void> {
    const { awayMs, awayAt, postgresRestarts, onProgress } = this.#plan
    const beganMs = performance.now()
    const lengthMs = until - beganMs
    const at = async (share: number) => delay(Math.max(0, beganMs + share * lengthMs - performance.now()))
    const engine = async () => {
      await at(awayAt.engine)
      onProgress('the search engine is away')
      await this.#stores.clickhouse.stop()
      this.#ackedWithoutEngine = await this.#ackedDuring(() => delay(awayMs))
      await this.#stores.clickhouse.start()
      onProgress('the search engine is back')
    }
    const ledger = async () => {
      await at(awayAt.ledger)
      this.#ackedWithoutLedger = await this.#ackedDuring(() => this.#withoutLedger())
      await this.#awaitLedger()
    }
    const database = async () => {
      for (let i = 0; i < postgresRestarts; i++) {
        await at((i + 1) / (postgresRestarts + 1))
        this.#postgresAway = true
        onProgress('PostgreSQL crashes')
        await this.#stores.restartPostgres()
        this.#postgresAway = false
        this.#restarts++
        onProgress('PostgreSQL is back')
      }
    }
    await Promise.all([engine(), ledger(), database()])
  }

  /** Half of the time the store of the ledger refuses, half of it it is not reached. */
  async #withoutLedger(): Promise<void> {
    const { awayMs, onProgress } = this.#plan
    onProgress('the object store refuses')
    this.#stores.refuseLedger()
    await delay(awayMs / 2)
    onProgress('the object store is not reached')
    this.#stores.cutLedger()
    await delay(awayMs / 2)
    this.#stores.letLedger()
    onProgress('the object store is back')
  }

  async #awaitLedger(): Promise<void> {
    const size = this.#load.acknowledgements.maxSeq + 1
    const tookMs = await ledgerCatchUp(this.#stores, size, performance.now() + HEALED_WITHIN_MS)
    this.#ledgerCaughtUpMs = tookMs
    if (tookMs === undefined)
      this.#findings.report(
        'slow',
        `the ledger has not the first ${size} entries after ${HEALED_WITHIN_MS} ms`,
      )
    else this.#plan.onProgress(`the ledger has all ${size} entries that were there when its store came back`)
  }

  async #ackedDuring(work: () => Promise<void>): Promise<number> {
    const before = this.#load.acknowledgements.acknowledged
    await work()
    return this.#load.acknowledgements.acknowledged - before
  }

  async #watchPauses(until: number): Promise<void> {
    let known = 0
    let sinceMs = performance.now()
    let wasAway = false
    while (performance.now() < until) {
      await delay(10)
      const nowMs = performance.now()
      const { acknowledged } = this.#load.acknowledgements
      wasAway ||= this.#postgresAway
      const pauseMs = nowMs - sinceMs
      if (wasAway) this.#pauseAtRestartMs = Math.max(this.#pauseAtRestartMs, pauseMs)
      else this.#pauseMs = Math.max(this.#pauseMs, pauseMs)
      if (acknowledged === known) continue
      known = acknowledged
      sinceMs = nowMs
      wasAway = this.#postgresAway
    }
  }

  /** Reads through the index on every process in turn: what it says it is complete for must be there. */
  async #read(until: number): Promise<void> {
    while (performance.now() < until) {
      const api = new Api(this.#someUrl(), this.#token)
      const startedMs = performance.now()
      try {
        this.#reads[await judgePage(api, this.#load, this.#findings, REFUSALS)]++
        this.#readMs.push(performance.now() - startedMs)
        this.#reads[await judgeCount(api, this.#load, this.#findings, REFUSALS)]++
      } catch {
        // The process was killed while it answered.
      }
      api.close()
      await delay(50)
    }
  }

  /** Everything that was sent is there once, by every process; in the index, in the ledger and under the checkpoint. */
  async #check(): Promise<ClusterSummary> {
    const { acknowledged, issued } = this.#load.acknowledgements
    let verified = 0
    for (const server of this.#servers) {
      const api = new Api((server as ServerProcess).url, this.#token)
      const log = await checkLog(api, this.#load, this.#findings)
      api.close()
      if (log.size !== issued || acknowledged !== issued)
        this.#findings.report(
          'lost',
          `${issued} were sent, ${acknowledged} acknowledged, ${log.size} are there`,
        )
      verified = log.verified
    }
    const evidence = await checkEvidence(this.#stores, {
      urls: this.#servers.map((server) => (server as ServerProcess).url),
      token: this.#token,
      size: issued,
      findings: this.#findings,
      deadlineMs: performance.now() + HEALED_WITHIN_MS,
    })
    await this.#load.pause()
    await Promise.all(this.#servers.map((server) => server?.kill()))
    await checkStores(this.#stores, this.#directories[0] as string, this.#findings)
    return {
      seed: this.#plan.seed,
      seconds: this.#plan.seconds,
      kills: this.#kills,
      postgresRestarts: this.#restarts,
      acked: acknowledged,
      entriesVerified: verified,
      longestPauseMs: Math.round(this.#pauseMs),
      longestPauseAtRestartMs: Math.round(this.#pauseAtRestartMs),
      ackedWithoutEngine: this.#ackedWithoutEngine,
      ackedWithoutLedger: this.#ackedWithoutLedger,
      ledgerCaughtUpMs: this.#ledgerCaughtUpMs === undefined ? null : Math.round(this.#ledgerCaughtUpMs),
      reads: this.#reads,
      readMs: { p50: percentile(this.#readMs, 0.5), p99: percentile(this.#readMs, 0.99) },
      failures: Object.fromEntries(this.#load.failures),
      ...evidence,
      findings: this.#findings.counts,
      findingTexts: this.#findings.texts,
      clean: this.#findings.clean,
    }
  }
}
