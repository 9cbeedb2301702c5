import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@counterfoil/core'
import { type Database, openDatabase } from '../sqlite/driver.js'

/** Files of a data directory. */
export interface DataPaths {
  readonly journal: string
  readonly ledger: string
  readonly signer: string
  readonly cosigned: string
  readonly access: string
  readonly catalogue: string
  readonly index: string
  /** Tells the index in this directory from those of others that follow the same journal. */
  readonly indexId: string
  readonly masterKey: string
}

export function dataPaths(directory: string): DataPaths {
  return {
    journal: join(directory, 'journal.db'),
    ledger: join(directory, 'ledger.db'),
    signer: join(directory, 'signer.db'),
    cosigned: join(directory, 'cosigned.db'),
    access: join(directory, 'access.db'),
    catalogue: join(directory, 'catalogue.db'),
    index: join(directory, 'index'),
    indexId: join(directory, 'index-id'),
    masterKey: join(directory, 'master.key'),
  }
}

/** Who holds a data directory, for the one who finds it taken. */
export interface Holder {
  readonly pid: number
  readonly host: string
  readonly startedAt: string
  /** What it is doing there: `serve`, `rebuild-index`. */
  readonly purpose: string
}

export interface HeldDirectory {
  release(): void
}

/**
 * Takes a data directory for one process; throws `data_directory_in_use` that names the holder. The lock is
 * SQLite's own file lock, which the system drops with the process however it dies; a file with a pid would outlive a
 * kill -9, and pids come back.
 */
export async function holdDataDirectory(directory: string, purpose: string): Promise<HeldDirectory> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (purpose !== 'restore') requireWhole(directory)
  const holderFile = join(directory, 'holder.json')
  const lock = await openDatabase(join(directory, 'holder.lock'))
  try {
    lock.exec('PRAGMA busy_timeout = 200; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw inUse(directory, readHolder(holderFile), cause)
  }
  const holder: Holder = { pid: process.pid, host: hostname(), startedAt: new Date().toISOString(), purpose }
  writeFileSync(holderFile, `${JSON.stringify(holder)}\n`)
  return { release: () => release(lock, holderFile) }
}

/** Whether some process holds the directory now, and which. */
export async function findHolder(directory: string): Promise<Holder | undefined> {
  try {
    const held = await holdDataDirectory(directory, 'look')
    held.release()
    return undefined
  } catch (error) {
    if (error instanceof AppError && error.code === 'data_directory_in_use') {
      return (error.details as { holder?: Holder } | undefined)?.holder
    }
    throw error
  }
}

/** A name that is there from the beginning of a restore to its end. */
export function restoreMark(directory: string): string {
  return join(directory, 'restoring.json')
}

function requireWhole(directory: string): void {
  if (!existsSync(restoreMark(directory))) return
  throw new AppError('unfinished_restore', {
    hint: `Run the same "counterfoil restore" into ${directory} again: it begins anew.`,
  })
}

function release(lock: Database, holderFile: string): void {
  rmSync(holderFile, { force: true })
  lock.exec('ROLLBACK')
  lock.close()
}

function readHolder(holderFile: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(holderFile, 'utf8')) as Holder
  } catch {
    // Being written this very moment, or never written: the lock alone decides.
    return undefined
  }
}

function inUse(directory: string, holder: Holder | undefined, cause: unknown): AppError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on ${holder.host} (${holder.purpose}, since ${holder.startedAt})`
  return new AppError('data_directory_in_use', {
    hint: `${directory} is held by ${who}. Stop it first, or choose another directory with --data.`,
    details: { holder },
    cause,
  })
}
