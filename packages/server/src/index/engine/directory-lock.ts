import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '../../sqlite/driver.js'

const RETRY_MS = 20

/** Keep it referenced: the lock goes with it. */
export interface DirectoryLock {
  release(): void
}

/**
 * Makes the caller the only engine that uses `directory`, until its process ends by whatever means. Two engines
 * on one directory would destroy each other's parts, and chDB itself takes no lock. Node.js has no file locks,
 * so one is borrowed from SQLite. Waits up to `waitMs` for an engine that is just ending, then rejects.
 */
export async function lockDirectory(directory: string, waitMs: number): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true })
  const database = await openDatabase(join(directory, 'engine.lock'))
  const deadline = performance.now() + waitMs
  for (;;) {
    try {
      database.exec('BEGIN EXCLUSIVE')
      return { release: () => database.close() }
    } catch (error) {
      if (performance.now() > deadline) {
        database.close()
        throw new Error(`Another engine uses ${directory}`, { cause: error })
      }
      await delay(RETRY_MS)
    }
  }
}
