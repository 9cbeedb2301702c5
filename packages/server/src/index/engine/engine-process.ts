/**
 * The program of the engine's child process: chDB behind ClickHouse's HTTP interface, on this machine alone.
 * Only `supervised-engine.ts` starts it.
 */
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DirectoryLock, lockDirectory } from './directory-lock.js'
import type { EngineCommand, EnginePlace, EngineReport, EngineStart } from './engine-messages.js'
import { createEngineServer } from './engine-server.js'
import { SessionPool } from './session-pool.js'

/** Queries that run at the same time; more wait their turn. */
const SESSIONS = 6
/** An engine that lost its parent ends within milliseconds; one that was asked to stop finishes its statements. */
const LOCK_WAIT_MS = 10_000

let lock: DirectoryLock | undefined
let pool: SessionPool | undefined
let server: Server | undefined

process.on('message', (command: EngineCommand) => {
  if (command.kind === 'start') void start(command)
  else void stop()
})

// The parent is gone, perhaps by kill -9. What it had been promised is on disk, so the fastest end is the best:
// the next engine waits for this one to let go of the directory.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// A terminal sends Ctrl-C to the whole group; when to stop is the parent's decision.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)

async function start(settings: EngineStart): Promise<void> {
  try {
    lock = await lockDirectory(settings.directory, LOCK_WAIT_MS)
    pool = new SessionPool(settings.directory, SESSIONS, settings)
    server = createEngineServer(pool, settings)
    report({ kind: 'ready', place: await listen(server, settings.place) })
  } catch (error) {
    report({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  }
}

async function listen(on: Server, place: EnginePlace): Promise<EnginePlace> {
  on.listen(place.kind === 'port' ? { port: place.port, host: '127.0.0.1' } : { path: place.path })
  await once(on, 'listening')
  return place.kind === 'port' ? { kind: 'port', port: (on.address() as AddressInfo).port } : place
}

async function stop(): Promise<void> {
  server?.close()
  await pool?.close()
  lock?.release()
  process.exit(0)
}

function report(message: EngineReport): void {
  process.send?.(message)
}
