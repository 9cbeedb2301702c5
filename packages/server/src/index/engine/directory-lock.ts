import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, openDatabase } from '../../sqlite/driver.js'

const LOCK_WAIT_MS = 10_000
const RETRY_MS = 20

/** Referenced for the life of the process: the lock goes with the connection. */
let held: Database | undefined

/**
 * Makes this process the only one that uses `directory`, until it ends by whatever means. Two engines on one
 * directory would destroy each other's parts, and chDB itself takes no lock. Node.js has no file locks, so one
 * is borrowed from SQLite. Waits for an engine that is just ending; rejects when the directory stays in use.
 */
export async function lockDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  held = await openDatabase(join(directory, 'engine.lock'))
  const deadline = Date.now() + LOCK_WAIT_MS
  for (;;) {
    try {
      held.exec('BEGIN EXCLUSIVE')
      return
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`Another engine uses ${directory}`, { cause: error })
      await delay(RETRY_MS)
    }
  }
}
