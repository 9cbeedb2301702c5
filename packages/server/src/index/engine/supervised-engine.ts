import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { EngineCommand, EnginePlace, EngineReport } from './engine-messages.js'
import type { EngineBounds } from './engine-options.js'

/** How to reach an engine. */
export interface EngineAddress {
  readonly url: string
  /** Where there is one, connections go through this pipe, and the URL's host says nothing. */
  readonly pipe?: string
  readonly user: string
  readonly password: string
}

export interface EngineSettings extends EngineBounds {
  /** Where the engine keeps its tables; made when missing. */
  readonly directory: string
  /** Where it stands in for a ClickHouse server: a fixed port on 127.0.0.1, and who may ask it. */
  readonly fixed?: { readonly port: number; readonly user: string; readonly password: string }
  /** Told when the process ends without being asked to: its exit code or signal, and the end of its output. */
  readonly onExit?: (reason: string) => void
}

const BACKOFF_MS_MIN = 50
const BACKOFF_MS_MAX = 10_000
const STOP_WAIT_MS = 10_000
const OUTPUT_CHARS_MAX = 2_000
/** Threads for statements of all sessions, for stopping them and for files. */
const NATIVE_THREADS = 12

/** The engine process: started at once, started again whenever it dies, ended with `close` or with its parent. */
export class SupervisedEngine {
  readonly #settings: EngineSettings
  #child: ChildProcess | undefined
  #address: Promise<EngineAddress>
  #timer: NodeJS.Timeout | undefined
  #backoffMs = BACKOFF_MS_MIN
  #closed = false

  constructor(settings: EngineSettings) {
    this.#settings = settings
    this.#address = this.#start()
  }

  /** Resolves once the engine answers. Rejects while it is down; the next call may find it up again. */
  address(): Promise<EngineAddress> {
    return this.#address
  }

  /** Process id, undefined while there is no process. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Resident memory in bytes; undefined where the system does not tell or there is no process. */
  async residentBytes(): Promise<number | undefined> {
    if (this.pid === undefined) return undefined
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8').catch(() => '')
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  }

  /** Lets running statements finish and ends the process. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.connected) child.send({ kind: 'stop' } satisfies EngineCommand)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS)
    await ended
    clearTimeout(timer)
  }

  #start(): Promise<EngineAddress> {
    const { directory, memoryBytes, queryThreads, fixed } = this.#settings
    const { user, password } = fixed ?? {
      user: 'counterfoil',
      password: randomBytes(24).toString('base64url'),
    }
    const place: EnginePlace = fixed === undefined ? freePlace() : { kind: 'port', port: fixed.port }
    const child = forkEngine()
    this.#child = child
    const output = collectOutput(child)
    const address = new Promise<EngineAddress>((resolve, reject) => {
      child.once('message', (report: EngineReport) => {
        if (report.kind === 'ready') {
          this.#backoffMs = BACKOFF_MS_MIN
          resolve({ ...addressOf(report.place), user, password })
        } else {
          reject(new Error(report.reason))
          child.kill('SIGKILL')
        }
      })
      child.on('error', reject)
      child.once('exit', (code, signal) => {
        const reason = `The engine process ended (${signal ?? code}). ${output()}`
        reject(new Error(reason))
        this.#onExit(reason)
      })
    })
    child.send({
      kind: 'start',
      directory,
      memoryBytes,
      queryThreads,
      place,
      user,
      password,
    } satisfies EngineCommand)
    address.catch(() => undefined)
    return address
  }

  #onExit(reason: string): void {
    this.#child = undefined
    if (this.#closed) return
    this.#settings.onExit?.(reason)
    this.#address = new Promise((resolve, reject) => {
      this.#timer = setTimeout(() => {
        if (this.#closed) reject(new Error('The engine is closed'))
        else this.#start().then(resolve, reject)
      }, this.#backoffMs)
    })
    // An engine that cannot start is tried ever less often; one that was up is started at once.
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS_MAX)
    this.#address.catch(() => undefined)
  }
}

/** A pipe where the system has some without a file that would stay behind, otherwise a free port. */
function freePlace(): EnginePlace {
  const name = `counterfoil-${randomBytes(12).toString('hex')}`
  if (process.platform === 'linux') return { kind: 'pipe', path: `\0${name}` }
  if (process.platform === 'win32') return { kind: 'pipe', path: `\\\\.\\pipe\\${name}` }
  return { kind: 'port', port: 0 }
}

function addressOf(place: EnginePlace): Pick<EngineAddress, 'url' | 'pipe'> {
  return place.kind === 'port'
    ? { url: `http://127.0.0.1:${place.port}` }
    : { url: 'http://engine', pipe: place.path }
}

/** The environment is made anew: the engine needs none of the server's secrets. */
function forkEngine(): ChildProcess {
  const script = fileURLToPath(new URL('./engine-process.js', import.meta.url))
  return fork(script, [], {
    env: { TZ: 'UTC', UV_THREADPOOL_SIZE: String(NATIVE_THREADS) },
    execArgv: ['--max-old-space-size=128'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}

/** Keeps the end of what the process says on its error output. */
function collectOutput(child: ChildProcess): () => string {
  let output = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-OUTPUT_CHARS_MAX)
  })
  return () => output.trim()
}
