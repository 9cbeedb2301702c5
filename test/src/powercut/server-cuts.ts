import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { provision } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { Load } from '../support/load.js'
import { percentile } from '../support/percentile.js'
import { indexCaughtUp } from '../support/progress.js'
import { Random } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { ServerProcess } from '../support/server-process.js'
import { Disk } from './disk.js'
import { cutPower } from './power.js'

export interface PowerCutPlan {
  readonly cycles: number
  readonly seed: number
  readonly onProgress: (line: string) => void
}

export interface PowerCutSummary {
  readonly seed: number
  readonly cycles: number
  /** Acknowledged entries, all of which were looked for after a cut. */
  readonly acked: number
  /** Stored without an acknowledgement: a cut fell between the two, which is allowed. */
  readonly storedUnacked: number
  readonly lost: number
  readonly findings: Findings['counts']
  readonly findingTexts: readonly string[]
  /** Cuts after which the index did not fit the journal and was filled anew. */
  readonly indexRefills: number
  readonly restartMs: { readonly p50: number; readonly max: number }
  readonly seconds: number
  readonly clean: boolean
}

const DISK_BYTES = 256 * 2 ** 20
const CONNECTIONS = 16
const CUT_MS_MIN = 500
const CUT_MS_MAX = 900
/** In some cycles the index has had time to hold something that a cut can take. */
const LATE_CUT_MS_MAX = 4_000
const LATE_SHARE = 0.4
/** Cuts that one disk sees: recovery from a recovery is where repairs go wrong. */
const CUTS_A_DISK = 4
const INDEX_WAIT_MS = 60_000
/** The disk is small on purpose; the default reserve would be all of it. */
const ENVIRONMENT = { COUNTERFOIL_DISK_RESERVE_MB: '8' }

/** Cuts the power under the real server again and again; index and journal are on the disk that goes. */
export async function runServerCuts(plan: PowerCutPlan): Promise<PowerCutSummary> {
  const run = new ServerCuts(plan)
  try {
    return await run.run()
  } finally {
    await run.end()
  }
}

class ServerCuts {
  readonly #plan: PowerCutPlan
  readonly #random: Random
  readonly #findings = new Findings()
  readonly #restarts: number[] = []
  readonly #folder = scratchFolder('powercut')
  readonly #startedMs = performance.now()
  #disk: Disk | undefined
  #server: ServerProcess | undefined
  #load!: Load
  #token = ''
  #disks = 0
  #acked = 0
  #storedUnacked = 0
  #refills = 0

  constructor(plan: PowerCutPlan) {
    this.#plan = plan
    this.#random = new Random(plan.seed)
  }

  async run(): Promise<PowerCutSummary> {
    const { cycles } = this.#plan
    for (let cycle = 1; cycle <= cycles; cycle++) {
      if (this.#disk === undefined) await this.#newDisk(cycle)
      await this.#cut()
      await this.#check()
      this.#tell(cycle)
      if (cycle % CUTS_A_DISK === 0 || cycle === cycles) await this.#leaveDisk()
    }
    return this.#summary()
  }

  async end(): Promise<void> {
    this.#server?.signalGroup('SIGKILL')
    await this.#server?.exited
    await this.#load?.pause()
    await this.#disk?.discard()
    discardFolder(this.#folder)
  }

  async #newDisk(cycle: number): Promise<void> {
    const number = this.#disks++
    this.#disk = await Disk.make(this.#folder, number * (CUTS_A_DISK + 1), DISK_BYTES)
    this.#token = await provision(this.#dataDirectory, `powercut-${cycle}`)
    const settings = { random: this.#random, findings: this.#findings, connections: CONNECTIONS }
    this.#load = new Load({ seed: this.#plan.seed + number, ...settings })
    await this.#start()
  }

  async #start(): Promise<ServerProcess> {
    this.#server = await ServerProcess.start(this.#dataDirectory, ENVIRONMENT)
    this.#load.begin(this.#server.url, this.#token)
    return this.#server
  }

  async #cut(): Promise<void> {
    const before = this.#load.acknowledgements.acknowledged
    const late = this.#random.next() < LATE_SHARE
    await delay(this.#random.between(CUT_MS_MIN, late ? LATE_CUT_MS_MAX : CUT_MS_MAX))
    if (this.#load.acknowledgements.acknowledged === before)
      throw new Error('nothing was acknowledged before the power cut, which proves nothing then')
    const server = this.#server as ServerProcess
    this.#disk = await cutPower(this.#disk as Disk, server.pid, server.exited)
    await this.#load.pause()
  }

  /** Starts the server on what is left and holds it against what was acknowledged; then the load goes on. */
  async #check(): Promise<void> {
    const server = await ServerProcess.start(this.#dataDirectory, ENVIRONMENT)
    this.#server = server
    this.#restarts.push(server.startedInMs)
    const api = new Api(server.url, this.#token)
    await indexCaughtUp(api, INDEX_WAIT_MS)
    const { size } = await checkLog(api, this.#load, this.#findings)
    api.close()
    this.#storedUnacked += size - this.#load.acknowledgements.acknowledged
    if (server.output.includes('does not fit the journal')) this.#refills++
    this.#load.begin(server.url, this.#token)
  }

  /** The end of a disk: what was never answered is sent again and stored once. */
  async #leaveDisk(): Promise<void> {
    const server = this.#server as ServerProcess
    await this.#load.drain()
    const { acknowledged, issued } = this.#load.acknowledgements
    const api = new Api(server.url, this.#token)
    await indexCaughtUp(api, INDEX_WAIT_MS)
    const { size } = await checkLog(api, this.#load, this.#findings)
    api.close()
    if (size !== issued || acknowledged !== issued)
      this.#findings.report(
        'duplicated',
        `${issued} entries were sent, ${acknowledged} acknowledged, ${size} are there`,
      )
    this.#acked += acknowledged
    const { code } = await server.stop()
    if (code !== 0) this.#findings.report('refused', `the server ended with ${code}: ${server.output}`)
    await this.#disk?.discard()
    this.#disk = undefined
  }

  get #dataDirectory(): string {
    return join((this.#disk as Disk).place, 'data')
  }

  #tell(cycle: number): void {
    const { lost, altered, index } = this.#findings.counts
    this.#plan.onProgress(
      `cut ${cycle}/${this.#plan.cycles}  acked ${this.#acked + this.#load.acknowledgements.acknowledged}  lost ${lost}  altered ${altered}  index ${index}  refills ${this.#refills}`,
    )
  }

  #summary(): PowerCutSummary {
    return {
      seed: this.#plan.seed,
      cycles: this.#plan.cycles,
      acked: this.#acked,
      storedUnacked: this.#storedUnacked,
      lost: this.#findings.counts.lost,
      findings: this.#findings.counts,
      findingTexts: this.#findings.texts,
      indexRefills: this.#refills,
      restartMs: { p50: percentile(this.#restarts, 0.5), max: percentile(this.#restarts, 1) },
      seconds: Math.round((performance.now() - this.#startedMs) / 1000),
      clean: this.#findings.clean,
    }
  }
}
