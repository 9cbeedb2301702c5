import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestClickHouse } from '@counterfoil/server/dist/index/testing/clickhouse-server.js'
import { TEST_CREDENTIALS, type TestS3 } from '@counterfoil/server/dist/object-storage/testing/s3-server.js'
import { until } from '../faults/fault-bench.js'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { COUNTERFOIL, provision, serverEnvironment } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { Load } from '../support/load.js'
import { indexCaughtUp } from '../support/progress.js'
import { Random } from '../support/random.js'
import { ServerProcess } from '../support/server-process.js'

export interface MovePlan {
  /** In the journal before it is moved. */
  readonly entries: number
  /** Entries a second that arrive meanwhile; as many as are taken when left out. */
  readonly rate?: number
  readonly seed: number
  /** An empty directory. */
  readonly directory: string
  /** An empty database of PostgreSQL. */
  readonly databaseUrl: string
  /** Where index and ledger go as well; they stay where the journal is when left out. */
  readonly elsewhere?: { readonly clickhouse: TestClickHouse; readonly s3: TestS3 }
  readonly onProgress: (line: string) => void
}

export interface MoveStep {
  readonly what: string
  readonly seconds: number
  /** Entries that were acknowledged meanwhile. */
  readonly recorded: number
}

export interface MoveSummary {
  readonly seed: number
  readonly steps: readonly MoveStep[]
  readonly acknowledged: number
  /** Entries that are there at the end. */
  readonly size: number
  readonly signing: string
  readonly findingTexts: readonly string[]
}

/** After a copy, so that the switch has something to bring. */
const RECORDED_AFTER_COPY = 200
const RECORD_WAIT_MS = 60_000
const INDEX_WAIT_MS = 600_000

type Environment = Readonly<Record<string, string>>

/** Takes a journal from files to PostgreSQL while entries arrive, the ledger to an object store and the index to a ClickHouse server, and back. */
export class MoveRun {
  readonly #plan: MovePlan
  readonly #data: string
  readonly #findings = new Findings()
  readonly #load: Load
  readonly #steps: MoveStep[] = []
  #token = ''
  #server: ServerProcess | undefined

  constructor(plan: MovePlan) {
    const { seed, rate, directory } = plan
    this.#plan = plan
    this.#data = join(directory, 'data')
    const pace = rate === undefined ? {} : { entriesPerSecond: rate }
    const common = { seed, random: new Random(seed), findings: this.#findings, connections: 8 }
    this.#load = new Load({ ...common, ...pace })
  }

  async run(): Promise<MoveSummary> {
    const { databaseUrl, elsewhere } = this.#plan
    this.#token = await provision(this.#data, 'moving')
    await this.#start({})
    await this.#step('filling the journal', () => this.#fill())
    let place: Environment = {}
    place = await this.#move(place, ['--to', databaseUrl], 'the journal to PostgreSQL', {
      COUNTERFOIL_DATABASE_URL: databaseUrl,
      ...clickHouseEnvironment(elsewhere?.clickhouse),
    })
    if (elsewhere !== undefined) {
      const url = elsewhere.s3.url('moved')
      // The credentials are there when the ledger moves, its place once it has moved.
      place = { ...place, ...S3_CREDENTIALS }
      await this.#start(place)
      place = await this.#move(place, ['--ledger-to', url], 'the ledger to the object store', {
        ...place,
        COUNTERFOIL_LEDGER_URL: url,
      })
      await this.#start(place)
      await this.#step('filling the index of the ClickHouse server', () => this.#indexed())
      const { COUNTERFOIL_LEDGER_URL: _, ...beside } = place
      place = await this.#move(place, ['--ledger-to', 'journal'], 'the ledger back', beside)
    }
    await this.#start(place)
    this.#send()
    await this.#record()
    await this.#switch(place, ['--to', `sqlite:${this.#data}`], 'the journal back')
    await this.#start({})
    this.#send()
    return this.#check()
  }

  async end(): Promise<void> {
    await this.#load.pause()
    this.#server?.signalGroup('SIGKILL')
    await this.#server?.exited
  }

  /** Copies while entries are recorded, stops the server, and switches; gives the environment of what follows. */
  async #move(
    from: Environment,
    to: readonly string[],
    what: string,
    then: Environment,
  ): Promise<Environment> {
    this.#send()
    await this.#step(`copying ${what}`, () => this.#command(from, to, 'copied'))
    await this.#record()
    await this.#switch(from, to, what)
    return then
  }

  async #switch(from: Environment, to: readonly string[], what: string): Promise<void> {
    const end = await (this.#server as ServerProcess).stop()
    this.#server = undefined
    if (end.code !== 0) throw new Error(`the server ended with ${end.code ?? end.signal}`)
    await this.#load.pause()
    await this.#step(`switching ${what}, both sides verified`, () => this.#command(from, to, 'moved'))
  }

  #send(): void {
    this.#load.begin((this.#server as ServerProcess).url, this.#token)
  }

  /** Some entries more, for certain. */
  async #record(): Promise<void> {
    const { acknowledgements } = this.#load
    const target = acknowledgements.acknowledged + RECORDED_AFTER_COPY
    await until(() => acknowledgements.acknowledged >= target, RECORD_WAIT_MS, 'more acknowledgements')
  }

  async #start(environment: Environment): Promise<void> {
    this.#server = await ServerProcess.start(this.#data, environment)
  }

  async #command(environment: Environment, to: readonly string[], state: string): Promise<void> {
    const { directory } = this.#plan
    const child = spawn(process.execPath, [COUNTERFOIL, 'move', '--data', this.#data, ...to, '--json'], {
      env: serverEnvironment(environment),
      cwd: directory,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    if (code !== 0 || !output.includes(`"state":"${state}"`))
      throw new Error(`counterfoil move ${to.join(' ')} ended with ${code}: ${output}`)
  }

  async #fill(): Promise<void> {
    const { acknowledgements, entries } = this.#load
    const api = new Api((this.#server as ServerProcess).url, this.#token)
    for (let sent = 0; sent < this.#plan.entries; sent += 1_000) {
      const numbers = Array.from({ length: 1_000 }, () => acknowledgements.issue())
      const lines = numbers.map((number) => `${JSON.stringify(entries.draft(number))}\n`)
      const answer = await api.post('/v1/audit_log_entries', lines.join(''), 'application/x-ndjson')
      if (answer.status !== 201) throw new Error(`filling answered ${answer.status} ${answer.text}`)
      const receipts = JSON.parse(answer.text).data as { id: string; seq: number; entry_hash: string }[]
      numbers.forEach((number, i) => {
        acknowledgements.acknowledge(number, receipts[i] as (typeof receipts)[number], this.#findings)
      })
    }
    api.close()
  }

  async #indexed(): Promise<void> {
    const api = new Api((this.#server as ServerProcess).url, this.#token)
    await indexCaughtUp(api, INDEX_WAIT_MS)
    api.close()
  }

  async #step(what: string, work: () => Promise<void>): Promise<void> {
    const { acknowledgements } = this.#load
    const beganMs = performance.now()
    const before = acknowledgements.acknowledged
    await work()
    const seconds = Math.round((performance.now() - beganMs) / 100) / 10
    const recorded = acknowledgements.acknowledged - before
    this.#steps.push({ what, seconds, recorded })
    this.#plan.onProgress(`${what}: ${seconds} s, ${recorded} recorded meanwhile`)
  }

  /** Everything that was sent is there, once, as it was acknowledged. */
  async #check(): Promise<MoveSummary> {
    await this.#load.drain()
    const api = new Api((this.#server as ServerProcess).url, this.#token)
    await indexCaughtUp(api, INDEX_WAIT_MS)
    const { size } = await checkLog(api, this.#load, this.#findings)
    const ready = JSON.parse((await api.get('/readyz')).text) as { readonly signing: string }
    api.close()
    const { issued, acknowledged } = this.#load.acknowledgements
    if (size !== issued || acknowledged !== issued)
      this.#findings.report('lost', `${issued} were sent, ${acknowledged} acknowledged, ${size} are there`)
    return {
      seed: this.#plan.seed,
      steps: this.#steps,
      acknowledged,
      size,
      signing: ready.signing,
      findingTexts: this.#findings.texts,
    }
  }
}

const S3_CREDENTIALS: Environment = {
  COUNTERFOIL_S3_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  COUNTERFOIL_S3_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
}

function clickHouseEnvironment(clickhouse: TestClickHouse | undefined): Environment {
  if (clickhouse === undefined) return {}
  return {
    COUNTERFOIL_CLICKHOUSE_URL: clickhouse.url,
    COUNTERFOIL_CLICKHOUSE_USER: clickhouse.user,
    COUNTERFOIL_CLICKHOUSE_PASSWORD: clickhouse.password,
  }
}
