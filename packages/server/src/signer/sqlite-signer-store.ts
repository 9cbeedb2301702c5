import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { AppError, fromHex, type Mode, toHex } from '@counterfoil/core'
import { type Database, inTransaction, openDatabase, type Statement } from '../sqlite/driver.js'
import type { Advance, DamagedHead, Frozen, SignedHead, SignerStore } from './signer-store.js'

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

interface HeadRow {
  readonly origin: string
  readonly organization_id: string
  readonly mode: string
  readonly size: number
  readonly root: Uint8Array
  readonly head_hash: Uint8Array
  readonly frontier: Uint8Array
  readonly note: string
  readonly signed_at: number
  readonly generation: number
  readonly overlap_until: number | null
  readonly frozen_at: number | null
  readonly frozen_reason: string | null
}

const COLUMNS = [
  'origin',
  'organization_id',
  'mode',
  'size',
  'root',
  'head_hash',
  'frontier',
  'note',
  'signed_at',
  'generation',
  'overlap_until',
  'frozen_at',
  'frozen_reason',
] as const satisfies readonly (keyof HeadRow)[]

/** Opens the signer's state; `root` is what the keys derive from. It must be the only writer of its file. */
export async function openSqliteSignerStore(path: string, root: Uint8Array): Promise<SignerStore> {
  const database = await openDatabase(path)
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
  readonly #sealKey: Uint8Array
  readonly #readAll: Statement
  readonly #read: Statement
  readonly #insert: Statement
  readonly #update: Statement

  constructor(database: Database, root: Uint8Array) {
    this.#database = database
    this.#sealKey = new Uint8Array(hkdfSync('sha256', root, '', 'signer-state/v1', 32))
    this.#readAll = database.prepare('SELECT * FROM heads ORDER BY origin')
    this.#read = database.prepare('SELECT * FROM heads WHERE origin = ?')
    const all = [...COLUMNS, 'seal']
    this.#insert = database.prepare(
      `INSERT INTO heads (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`,
    )
    this.#update = database.prepare(
      `UPDATE heads SET ${all.map((column) => `${column} = ?`).join(', ')}
       WHERE origin = ? AND size = ? AND root = ? AND frozen_at IS ?`,
    )
  }

  heads(): readonly (SignedHead | DamagedHead)[] {
    return (this.#readAll.all() as unknown as (HeadRow & { seal: Uint8Array })[]).map((row) =>
      this.#open(row),
    )
  }

  begin(head: SignedHead): void {
    this.#insert.run(...this.#sealed(head))
  }

  advance(steps: readonly Advance[]): boolean {
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

  freeze(origin: string, frozen: Frozen): void {
    const head = this.#find(origin)
    if (head.frozen === undefined) this.#swap(head, { ...head, frozen })
  }

  thaw(origin: string): void {
    const { frozen, ...head } = this.#find(origin)
    if (frozen !== undefined) this.#swap({ ...head, frozen }, head)
  }

  close(): void {
    this.#database.close()
  }

  #swap(from: SignedHead, to: SignedHead): boolean {
    const values = this.#sealed(to)
    const frozenAt = from.frozen?.atMs ?? null
    return Number(this.#update.run(...values, from.origin, from.size, from.root, frozenAt).changes) === 1
  }

  #find(origin: string): SignedHead {
    const row = this.#read.get(origin) as unknown as (HeadRow & { seal: Uint8Array }) | undefined
    const head = row === undefined ? undefined : this.#open(row)
    if (head !== undefined && !('damaged' in head)) return head
    throw new AppError('damaged_signer', { hint: `The signer knows no sound head of ${origin}.` })
  }

  #open({ seal, ...row }: HeadRow & { readonly seal: Uint8Array }): SignedHead | DamagedHead {
    const right = this.#seal(row)
    if (seal.length !== right.length || !timingSafeEqual(seal, right)) {
      return {
        origin: row.origin,
        damaged:
          'What the signer remembers of this log was changed, or was written under another master key.',
      }
    }
    return toHead(row)
  }

  #sealed(head: SignedHead) {
    const row = toRow(head)
    return [...COLUMNS.map((column) => row[column]), this.#seal(row)]
  }

  /** Each column with its type and length before it, so that no two rows have the same bytes. */
  #seal(row: HeadRow): Uint8Array {
    const hmac = createHmac('sha256', this.#sealKey)
    for (const column of COLUMNS) {
      const value = row[column]
      const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value))
      hmac.update(`${value === null ? 'null' : typeof value} ${bytes.length}\n`).update(bytes)
    }
    return hmac.digest()
  }
}

class Swapped extends Error {}

function toRow(head: SignedHead): HeadRow {
  return {
    origin: head.origin,
    organization_id: head.log.organization_id,
    mode: head.log.mode,
    size: head.size,
    root: head.root,
    head_hash: fromHex(head.headHash) as Uint8Array,
    frontier: head.frontier,
    note: head.note,
    signed_at: head.signedAtMs,
    generation: head.generation,
    overlap_until: head.overlapUntilMs ?? null,
    frozen_at: head.frozen?.atMs ?? null,
    frozen_reason: head.frozen?.reason ?? null,
  }
}

function toHead(row: HeadRow): SignedHead {
  const { frozen_at: atMs, frozen_reason: reason, overlap_until: overlapUntilMs } = row
  return {
    origin: row.origin,
    log: { organization_id: row.organization_id, mode: row.mode as Mode },
    size: row.size,
    root: row.root,
    headHash: toHex(row.head_hash),
    frontier: row.frontier,
    note: row.note,
    signedAtMs: row.signed_at,
    generation: row.generation,
    ...(overlapUntilMs === null ? {} : { overlapUntilMs }),
    ...(atMs === null || reason === null ? {} : { frozen: { atMs, reason } }),
  }
}
