import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { COUNTERFOIL, serverEnvironment } from './command-line.js'
import { ownGroup, signalGroup } from './process-group.js'

export interface ServerEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const LISTEN = ['--host', '127.0.0.1', '--port', '0']
const START_MS_MAX = 60_000
const OUTPUT_CHARS_MAX = 200_000

/** A server that runs for real: its own process group, with the search engine as its child. */
export class ServerProcess {
  readonly url: string
  /** From the start of the process until it listened. */
  readonly startedInMs: number
  readonly exited: Promise<ServerEnd>
  readonly #child: ChildProcess
  readonly #output: () => string
  #end: ServerEnd | undefined

  private constructor(child: ChildProcess, url: string, startedInMs: number, output: () => string) {
    this.#child = child
    this.url = url
    this.startedInMs = startedInMs
    this.#output = output
    this.exited = endOf(child).then((end) => {
      this.#end = end
      return end
    })
  }

  /** Starts a server and waits until it takes requests. Rejects with its output when it ends instead. */
  static async start(
    dataDirectory: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const startMs = performance.now()
    const child = spawn(
      process.execPath,
      [COUNTERFOIL, 'serve', '--data', dataDirectory, ...LISTEN, '--rate-limits', 'off'],
      {
        env: serverEnvironment(environment),
        cwd: tmpdir(),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    ownGroup(child)
    const output = collect(child)
    for (;;) {
      const url = /listens on (http:\S+)/.exec(output())?.[1]
      if (url !== undefined) return new ServerProcess(child, url, performance.now() - startMs, output)
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`The server ended with ${child.exitCode ?? child.signalCode}: ${output()}`)
      if (performance.now() - startMs > START_MS_MAX) {
        child.kill('SIGKILL')
        throw new Error(`The server did not listen within ${START_MS_MAX} ms: ${output()}`)
      }
      await delay(2)
    }
  }

  get pid(): number {
    return this.#child.pid as number
  }

  get alive(): boolean {
    return this.#end === undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The end of what it wrote to both outputs. */
  get output(): string {
    return this.#output()
  }

  /** Process id of the search engine; undefined while there is none. */
  get enginePid(): number | undefined {
    return childrenOf(this.pid).find((pid) => commandOf(pid).includes('engine-process'))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Signals the server and its engine together. */
  signalGroup(signal: NodeJS.Signals): void {
    signalGroup(this.pid, signal)
  }

  /** kill -9 of the server alone; the engine is left to notice by itself. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  /** Asks it to end and gives how it did. */
  async stop(): Promise<ServerEnd> {
    this.signal('SIGTERM')
    return this.exited
  }
}

/** Process ids whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid)
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may hold anything; the fields follow its last parenthesis.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

function collect(child: ChildProcess): () => string {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARS_MAX)
    })
  }
  return () => output
}

function endOf(child: ChildProcess): Promise<ServerEnd> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
}
