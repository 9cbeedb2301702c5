import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { copyDatabase, type Database, openDatabase } from '../sqlite/driver.js'

/** The files of an installation, by what they are. */
export interface InstallationFiles {
  readonly journal: string
  readonly ledger: string
  readonly signer: string
  readonly access: string
  readonly catalogue: string
}

export type FileKind = keyof InstallationFiles

const ATTEMPTS = 50
const PAUSE_MS = 20

/**
 * All files of an installation as they were at one moment, while the server goes on writing. Each is held by a read
 * transaction, so that its write-ahead log grows until `close`.
 */
export class Snapshots {
  readonly #databases: ReadonlyMap<FileKind, Database>

  private constructor(databases: ReadonlyMap<FileKind, Database>) {
    this.#databases = databases
  }

  /**
   * Takes them in an order in which nothing is missing: what was signed before what it was signed over, what was cut from the
   * journal after that in the ledger. Nothing about who has access can change between the two looks that tell of it: a change and
   * the entry about it are both there or both not. What was acknowledged before the call is in it.
   */
  static async take(files: InstallationFiles): Promise<Snapshots> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const snapshots = await Snapshots.#takeOnce(files)
      if (!snapshots.#isLedgerAhead()) return snapshots
      snapshots.close()
      await delay(PAUSE_MS)
    }
    throw new AppError('damaged_ledger', {
      hint: 'The ledger holds more than the journal. Run "counterfoil fsck" to find out why.',
    })
  }

  static async #takeOnce(files: InstallationFiles): Promise<Snapshots> {
    const databases = new Map<FileKind, Database>()
    const lock = await openDatabase(files.access)
    try {
      lock.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
      for (const kind of ['signer', 'access', 'journal', 'catalogue', 'ledger'] as const) {
        if (!existsSync(files[kind])) continue
        const database = await openDatabase(files[kind], { readOnly: true })
        databases.set(kind, database)
        // A deferred transaction begins with the first read.
        database.exec('BEGIN')
        database.prepare('SELECT count(*) FROM sqlite_schema').get()
      }
      lock.exec('ROLLBACK')
      return new Snapshots(databases)
    } catch (error) {
      for (const database of databases.values()) database.close()
      throw error
    } finally {
      lock.close()
    }
  }

  has(kind: FileKind): boolean {
    return this.#databases.has(kind)
  }

  /** Bytes of all files together, or of one. */
  bytes(kind?: FileKind): number {
    const chosen = kind === undefined ? [...this.#databases.values()] : [this.#of(kind)]
    return chosen.reduce((sum, database) => sum + sizeOf(database), 0)
  }

  /** Writes one file as it was, complete in itself: without a write-ahead log. */
  async copy(kind: FileKind, target: string, onProgress: (doneShare: number) => void): Promise<void> {
    await copyDatabase(this.#of(kind), target, onProgress)
  }

  close(): void {
    for (const database of this.#databases.values()) database.close()
  }

  #of(kind: FileKind): Database {
    const database = this.#databases.get(kind)
    if (database === undefined) throw new Error(`there is no ${kind} to copy`)
    return database
  }

  /** Whether the ledger was looked at so much later than the journal that it holds entries which that does not. */
  #isLedgerAhead(): boolean {
    const journal = this.#databases.get('journal')
    const ledger = this.#databases.get('ledger')
    if (journal === undefined || ledger === undefined) return false
    const find = journal.prepare('SELECT size FROM logs WHERE origin = ?')
    const resting = ledger.prepare('SELECT origin, size FROM logs').all() as {
      origin: string
      size: number
    }[]
    return resting.some(
      ({ origin, size }) => size > ((find.get(origin) as { size: number } | undefined)?.size ?? 0),
    )
  }
}

function sizeOf(database: Database): number {
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
    .get() as { bytes: number }
  return bytes
}
