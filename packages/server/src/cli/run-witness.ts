import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AppError, EvidenceError, parsePolicy, type VerifierKey } from '@counterfoil/core'
import { sha256Into } from '../platform-hash.js'
import { Witness } from '../witness/witness.js'
import { openWitnessKey } from '../witness/witness-key.js'
import { witnessServer } from '../witness/witness-server.js'
import { WitnessState } from '../witness/witness-state.js'
import { type CommandInput, EXIT } from './command.js'
import { requireText } from './options.js'
import { toTerminalText } from './output/terminal-text.js'

const LISTEN_DEFAULT = '127.0.0.1:7380'

/** Runs until it is told to stop. */
export async function runWitness(input: CommandInput): Promise<number> {
  const directory = requireText(input, 'state')
  const logs = new WatchedLogs(requireText(input, 'logs'), (problem) => say(`logs: ${problem}`))
  const { host, port } = readListen((input.options.listen as string | undefined) ?? LISTEN_DEFAULT)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const key = openWitnessKey(join(directory, 'witness.key'), input.options.name as string | undefined)
  const state = await WitnessState.open(join(directory, 'witness.db'))
  function say(text: string): void {
    input.world.stderr.write(`${new Date().toISOString()} ${toTerminalText(text)}\n`)
  }
  const logKeys = () => logs.keys()
  const parts = {
    key,
    state,
    logKeys,
    nowMs: Date.now,
    onContradiction: (origin: string, reason: string) => say(`CONTRADICTION in ${origin}: ${reason}`),
  }
  const server = witnessServer({
    witness: new Witness(parts),
    state,
    vkey: key.vkey,
    logKeys,
    onAnswer: (method, path, status, detail) => {
      if (status !== 200) say(`${method} ${path} ${status} ${detail.trimEnd()}`)
    },
    onError: (error) => say(`failed: ${(error as Error).stack ?? String(error)}`),
  })
  try {
    server.listen(port, host)
    await once(server, 'listening')
    const address = server.address() as AddressInfo
    const url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
    input.world.stdout.write(
      input.options.json === true
        ? `${JSON.stringify({ vkey: key.vkey, url })}\n`
        : `Witness ${key.vkey}\nListening on ${url}\n`,
    )
    await stopAsked()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  } finally {
    state.close()
  }
  return EXIT.ok
}

/** The logs of a file, which may be changed meanwhile. */
class WatchedLogs {
  readonly #path: string
  readonly #onProblem: (problem: string) => void
  #readMs = 0
  #keys: readonly VerifierKey[]

  constructor(path: string, onProblem: (problem: string) => void) {
    this.#path = path
    this.#onProblem = onProblem
    this.#readMs = statSync(path).mtimeMs
    this.#keys = this.#read()
  }

  /** Keeps what it had when the file was changed into something that is no policy. */
  keys(): readonly VerifierKey[] {
    try {
      const { mtimeMs } = statSync(this.#path)
      if (mtimeMs === this.#readMs) return this.#keys
      this.#readMs = mtimeMs
      this.#keys = this.#read()
    } catch (error) {
      this.#onProblem(error instanceof AppError ? (error.hint ?? error.message) : String(error))
    }
    return this.#keys
  }

  #read(): readonly VerifierKey[] {
    const text = readFileSync(this.#path, 'utf8')
    // What witnesses and quorums a policy has besides does not matter here; a list of logs alone has no quorum.
    const withQuorum = /^\s*quorum\s/m.test(text) ? text : `${text.trimEnd()}\nquorum none\n`
    try {
      return parsePolicy(sha256Into, new TextEncoder().encode(withQuorum)).logs.map(({ key }) => key)
    } catch (cause) {
      if (!(cause instanceof EvidenceError)) throw cause
      throw new AppError('invalid_setting', { param: 'logs', hint: `${this.#path}: ${cause.detail}`, cause })
    }
  }
}

function readListen(text: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const port = Number(parts?.[3])
  if (parts === null || port > 65_535) {
    throw new AppError('invalid_request', {
      param: 'listen',
      hint: '--listen is <host>:<port>, such as 0.0.0.0:7380.',
    })
  }
  return { host: (parts[1] ?? parts[2]) as string, port }
}

async function stopAsked(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
