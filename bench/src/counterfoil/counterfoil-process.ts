import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TokenStyle } from '@counterfoil/server/dist/access/api-key.js'
import { openSqliteAccessStore } from '@counterfoil/server/dist/access/sqlite-access-store.js'
import { freePort } from '../free-port.js'

const ENTRY_POINT = fileURLToPath(new URL('../../../packages/server/dist/main.js', import.meta.url))
const START_MS_MAX = 60_000
/** Everything that is stored is looked at first. */
const START_MS_MAX_WITH_DATA = 900_000
const STOP_MS_MAX = 30_000

/** The server as a user runs it: a process of its own, on an empty data folder, with two organizations and a key for each. */
export interface CounterfoilProcess {
  readonly pid: number
  readonly port: number
  readonly token: string
  /** Of the other organization, and in the style that makes it a key of Paradime's API. */
  readonly otherToken: string
  readonly dataFolder: string
  /** The last lines of what it printed. */
  logTail(): Promise<string>
  /** Stops it in order and removes its data. */
  stop(): Promise<void>
}

export async function startCounterfoil(): Promise<CounterfoilProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'counterfoil-bench-'))
  const dataFolder = join(folder, 'data')
  const logPath = join(folder, 'server.log')
  const logTail = async () =>
    (await readFile(logPath, 'utf8').catch(() => '')).split('\n').slice(-20).join('\n')
  let child: ChildProcess | undefined
  const stop = async () => {
    if (child !== undefined) await endProcess(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const token = await createKey(dataFolder, 'bench')
    const otherToken = await createKey(dataFolder, 'other', { style: 'prdm_wsp' })
    const port = await freePort()
    child = startServing(dataFolder, port, logPath)
    await untilReady(child, port)
    return { pid: child.pid!, port, token, otherToken, dataFolder, logTail, stop }
  } catch (problem) {
    const tail = await logTail()
    await stop()
    throw new Error(`The server did not start:\n${tail}`, { cause: problem })
  }
}

/** A server on a data folder that is there already. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
  /** Stops it in order; its data stay. */
  stop(): Promise<void>
}

/** Starts a server on a data folder and waits until it is ready; what it prints goes beside that folder. */
export async function startServer(
  dataFolder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const port = await freePort()
  const logPath = `${dataFolder}.log`
  const child = startServing(dataFolder, port, logPath, environment)
  try {
    await untilReady(child, port, START_MS_MAX_WITH_DATA)
  } catch (problem) {
    await endProcess(child)
    throw new Error(`The server did not start:\n${await readFile(logPath, 'utf8')}`, { cause: problem })
  }
  return { pid: child.pid!, port, stop: () => endProcess(child) }
}

/** Makes an organization and a key for it by the command line, wherever the settings in `environment` put them. */
export function createKeyByCommand(
  dataFolder: string,
  slug: string,
  environment: Readonly<Record<string, string>>,
): string {
  const command = (...words: readonly string[]) =>
    execFileSync(process.execPath, [ENTRY_POINT, ...words, '--data', dataFolder], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    })
  command('org', 'create', slug)
  const key = [
    'key',
    'create',
    '--org',
    slug,
    '--mode',
    'live',
    '--scope',
    'audit:write',
    '--scope',
    'audit:read',
  ]
  return command(...key).trim()
}

/** In the store itself, which records nothing of it: the log holds the corpus and nothing else. */
async function createKey(
  dataFolder: string,
  slug: string,
  more: { readonly style?: TokenStyle } = {},
): Promise<string> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const store = await openSqliteAccessStore(join(dataFolder, 'access.db'))
  try {
    const organization = await store.createOrganization(slug)
    const scopes = ['audit:write', 'audit:read'] as const
    return (await store.createKey({ organization, mode: 'live', scopes, name: '', ...more })).token
  } finally {
    await store.close()
  }
}

function listenOn(port: number): readonly string[] {
  return ['--host', '127.0.0.1', '--port', String(port)]
}

function startServing(
  dataFolder: string,
  port: number,
  logPath: string,
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const log = openSync(logPath, 'a')
  const child = spawn(
    process.execPath,
    [ENTRY_POINT, 'serve', '--data', dataFolder, ...listenOn(port), '--rate-limits', 'off'],
    { stdio: ['ignore', log, log], env: { ...process.env, ...environment } },
  )
  closeSync(log)
  // Should this process end early, the server must not stay behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

async function untilReady(child: ChildProcess, port: number, msMax = START_MS_MAX): Promise<void> {
  const endMs = performance.now() + msMax
  while (performance.now() < endMs) {
    if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode}.`)
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.status === 200) return
    await sleep(50)
  }
  throw new Error(`It was not ready after ${msMax / 1_000} s.`)
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  await exited
  clearTimeout(overdue)
}
