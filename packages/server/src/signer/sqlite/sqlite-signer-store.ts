import { AppError } from '@counterfoil/core'
import {
  BUSY_WAIT_MS,
  type Database,
  inTransaction,
  openDatabase,
  type Statement,
} from '../../sqlite/driver.js'
import { HEAD_COLUMNS, HeadSeal, type SealedHeadRow } from '../head-row.js'
import type { Advance, DamagedHead, Frozen, SignedHead, SignerStore } from '../signer-store.js'

const SCHEMA_VERSION = 1

const SCHEMA = `
-- One row a log: what was signed last. The seal is an HMAC over all other columns, under a key that is not in this file.
CREATE TABLE heads (
  origin TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  head_hash BLOB NOT NULL,
  frontier BLOB NOT NULL,
  note TEXT NOT NULL,
  signed_at INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  overlap_until INTEGER,
  frozen_at INTEGER,
  frozen_reason TEXT,
  seal BLOB NOT NULL
) STRICT;
`

/** Opens the signer's state; `root` is what the keys derive from. It must be the only writer of its file. */
export async function openSqliteSignerStore(path: string, root: Uint8Array): Promise<SignerStore> {
  const database = await openDatabase(path)
  database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`)
  database.exec('PRAGMA journal_mode = WAL')
  // FULL: a signature that is forgotten may be contradicted by the next.
  database.exec('PRAGMA synchronous = FULL')
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (user_version === 0) {
    inTransaction(database, () => {
      database.exec(SCHEMA)
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    })
  } else if (user_version !== SCHEMA_VERSION) {
    throw new AppError('damaged_signer', {
      hint: `${path} has schema version ${user_version}, this Counterfoil knows ${SCHEMA_VERSION}. Use the version that wrote it, or a newer one.`,
    })
  }
  return new SqliteSignerStore(database, root)
}

class SqliteSignerStore implements SignerStore {
  // Referenced for as long as the store lives: a prepared statement does not keep its connection open.
  readonly #database: Database
  readonly #seal: HeadSeal
  readonly #readAll: Statement
  readonly #read: Statement
  readonly #insert: Statement
  readonly #update: Statement

  constructor(database: Database, root: Uint8Array) {
    this.#database = database
    this.#seal = new HeadSeal(root)
    this.#readAll = database.prepare('SELECT * FROM heads ORDER BY origin')
    this.#read = database.prepare('SELECT * FROM heads WHERE origin = ?')
    const all = [...HEAD_COLUMNS, 'seal']
    this.#insert = database.prepare(
      `INSERT INTO heads (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`,
    )
    this.#update = database.prepare(
      `UPDATE heads SET ${all.map((column) => `${column} = ?`).join(', ')}
       WHERE origin = ? AND size = ? AND root = ? AND frozen_at IS ?`,
    )
  }

  async heads(origins?: readonly string[]): Promise<readonly (SignedHead | DamagedHead)[]> {
    const rows = origins?.map((origin) => this.#read.get(origin)) ?? this.#readAll.all()
    return rows
      .filter((row) => row !== undefined)
      .map((row) => this.#seal.open(row as unknown as SealedHeadRow))
  }

  async begin(...heads: readonly SignedHead[]): Promise<void> {
    inTransaction(this.#database, () => {
      for (const head of heads) this.#insert.run(...this.#sealed(head))
    })
  }

  async advance(steps: readonly Advance[]): Promise<boolean> {
    try {
      inTransaction(this.#database, () => {
        for (const { from, to } of steps) if (!this.#swap(from, to)) throw new Swapped()
      })
      return true
    } catch (error) {
      if (error instanceof Swapped) return false
      throw error
    }
  }

  async freeze(origin: string, frozen: Frozen): Promise<void> {
    const head = this.#find(origin)
    if (head.frozen === undefined) this.#swap(head, { ...head, frozen })
  }

  async thaw(origin: string): Promise<void> {
    const { frozen, ...head } = this.#find(origin)
    if (frozen !== undefined) this.#swap({ ...head, frozen }, head)
  }

  async close(): Promise<void> {
    this.#database.close()
  }

  #swap(from: SignedHead, to: SignedHead): boolean {
    const values = this.#sealed(to)
    const frozenAt = from.frozen?.atMs ?? null
    return Number(this.#update.run(...values, from.origin, from.size, from.root, frozenAt).changes) === 1
  }

  #find(origin: string): SignedHead {
    const row = this.#read.get(origin) as unknown as SealedHeadRow | undefined
    const head = row === undefined ? undefined : this.#seal.open(row)
    if (head !== undefined && !('damaged' in head)) return head
    throw new AppError('damaged_signer', { hint: `The signer knows no sound head of ${origin}.` })
  }

  #sealed(head: SignedHead) {
    const row = this.#seal.close(head)
    return [...HEAD_COLUMNS, 'seal' as const].map((column) => row[column])
  }
}

class Swapped extends Error {}
