import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from '../support/api.js'
import { checkLog } from '../support/check-log.js'
import { provision, provisionIn } from '../support/command-line.js'
import { Findings } from '../support/findings.js'
import { Load } from '../support/load.js'
import { unmount } from '../support/mounts.js'
import { indexCaughtUp } from '../support/progress.js'
import { freshSeed, Random } from '../support/random.js'
import { discardFolder, scratchFolder } from '../support/scratch-folder.js'
import { ServerProcess } from '../support/server-process.js'

const CONNECTIONS = 16
const INDEX_WAIT_MS = 60_000

/** A server under load on which a fault can be tried, and everything to tell what it did. */
export class FaultBench {
  readonly folder = scratchFolder('fault')
  /** Where a file system may be mounted; the data directory is in it. */
  readonly place = join(this.folder, 'disk')
  readonly dataDirectory = join(this.place, 'data')
  readonly findings = new Findings()
  readonly load: Load
  readonly #environment: Readonly<Record<string, string>>
  #server: ServerProcess | undefined
  #token = ''

  constructor(environment: Readonly<Record<string, string>> = {}) {
    const seed = freshSeed()
    process.stdout.write(`fault test: seed ${seed}\n`)
    this.#environment = environment
    this.load = new Load({
      seed,
      random: new Random(seed),
      findings: this.findings,
      connections: CONNECTIONS,
    })
  }

  get server(): ServerProcess {
    return this.#server as ServerProcess
  }

  /** The bench's key. */
  get token(): string {
    return this.#token
  }

  /** A client with the bench's key. */
  get api(): Api {
    return new Api(this.server.url, this.#token)
  }

  /** Starts the server, anew if need be, and the load on it. */
  async begin(): Promise<void> {
    if (this.#token === '') this.#token = await this.#provision()
    this.#server = await ServerProcess.start(this.dataDirectory, this.#environment)
    this.load.begin(this.server.url, this.#token)
  }

  #provision(): Promise<string> {
    const url = this.#environment.COUNTERFOIL_DATABASE_URL
    return url === undefined
      ? provision(this.dataDirectory, 'fault')
      : provisionIn({ kind: 'postgres', url }, 'fault')
  }

  /** Waits until `count` more entries are acknowledged; rejects when that takes longer than `timeoutMs`. */
  async acknowledged(count: number, timeoutMs: number): Promise<void> {
    const target = this.load.acknowledgements.acknowledged + count
    await until(
      () => this.load.acknowledgements.acknowledged >= target,
      timeoutMs,
      `${count} more acknowledgements; failures: ${JSON.stringify([...this.load.failures])}`,
    )
  }

  /** Ends the load with nothing left unanswered and checks the log from end to end. Gives its size. */
  async settle(): Promise<number> {
    await this.load.drain()
    const { api } = this
    await indexCaughtUp(api, INDEX_WAIT_MS)
    const { size } = await checkLog(api, this.load, this.findings)
    api.close()
    return size
  }

  async end(): Promise<void> {
    this.#server?.signalGroup('SIGKILL')
    await this.#server?.exited
    await this.load.pause()
    await unmount(this.place)
    discardFolder(this.folder)
  }
}

/** Waits for a condition; rejects naming it when it does not come. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  what: string,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await delay(10)
  }
}
