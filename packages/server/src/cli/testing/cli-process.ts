import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url))
const DEADLINE_MS = 45_000

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs, as a process of its own. */
export class CliProcess {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  stdout = ''
  stderr = ''

  constructor(
    args: readonly string[],
    { directory, environment, stdin }: CliPlace & { readonly stdin?: string | Buffer },
  ) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.child.stdin?.on('error', () => undefined).end(stdin ?? '')
    this.finished = once(this.child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  /** Resolves as soon as `isTrue` is; rejects with what was printed when that takes too long. */
  async until(isTrue: (process: this) => boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS
    while (!isTrue(this)) {
      if (Date.now() > deadline || (this.child.exitCode ?? this.child.signalCode) !== null) {
        if (isTrue(this)) return
        throw new Error(`It never came to that.\n${this.stdout}\n${this.stderr}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async kill(signal: NodeJS.Signals): Promise<Finished> {
    this.child.kill(signal)
    return this.finished
  }
}

/** Where commands run: their directory, and the variables that they see besides PATH and HOME. */
export interface CliPlace {
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
}

export function temporaryPlace(
  environment: Readonly<Record<string, string>> = {},
): CliPlace & { remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'counterfoil-cli-'))
  return { directory, environment, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Runs a command to its end. */
export function run(place: CliPlace, args: readonly string[], stdin?: string | Buffer): Promise<Finished> {
  return new CliProcess(args, stdin === undefined ? place : { ...place, stdin }).finished
}

/** Lines of JSON, parsed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

export interface TestServer {
  readonly process: CliProcess
  readonly url: string
}

/** Starts `counterfoil serve` on the place's `data`, on a free port unless one is given. */
export async function startServer(place: CliPlace, port = 0): Promise<TestServer> {
  const server = new CliProcess(
    ['serve', '--data', 'data', '--port', String(port), '--log-level', 'warn', '--json'],
    place,
  )
  await server.until(({ stdout }) => stdout.includes('\n'))
  return { process: server, url: (JSON.parse(server.stdout) as { url: string }).url }
}

/** The place with a new key of organization acme, for the server at `url`. */
export async function withKey(place: CliPlace, url: string, ...scopes: readonly string[]): Promise<CliPlace> {
  const options = scopes.flatMap((scope) => ['--scope', scope])
  const made = await run(place, [
    'key',
    'create',
    '--org',
    'acme',
    '--mode',
    'live',
    ...options,
    '--data',
    'data',
  ])
  if (made.code !== 0) throw new Error(made.stderr)
  const environment = { ...place.environment, COUNTERFOIL_URL: url, COUNTERFOIL_KEY: made.stdout.trim() }
  return { directory: place.directory, environment }
}
