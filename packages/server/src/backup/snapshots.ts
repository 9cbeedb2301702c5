import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import { type JournalSizes, sizesIn } from '../moving/copy-from-objects.js'
import { LEDGER_TABLES } from '../moving/copy-ledger.js'
import type { Places } from '../moving/move-stores.js'
import { openPostgresSnapshot, type Side, SqliteSide } from '../moving/side.js'
import { SIGNER_SCHEMA } from '../signer/open-signer-store.js'
import { copyDatabase, type Database, openDatabase } from '../sqlite/driver.js'
import { type CopiedStore, copyStore } from './copy-store.js'

/** What an installation has, each under a name of its own in a backup. */
export type FileKind = 'journal' | 'ledger' | 'signer' | 'access' | 'catalogue'

/** A store as it was: a file, tables in PostgreSQL, or objects, which never change. */
type Held =
  | { readonly kind: 'file'; readonly database: Database }
  | { readonly kind: 'store'; readonly store: CopiedStore }

const ATTEMPTS = 50
const PAUSE_MS = 20

/**
 * All stores of an installation as they were at one moment, while servers go on writing. A file is held by a read transaction, so
 * that its write-ahead log grows until `close`; PostgreSQL keeps what is replaced until then.
 */
export class Snapshots {
  readonly #held: ReadonlyMap<FileKind, Held>
  readonly #sizes: JournalSizes

  private constructor(held: ReadonlyMap<FileKind, Held>, sizes: JournalSizes) {
    this.#held = held
    this.#sizes = sizes
  }

  /**
   * Takes them in an order in which nothing is missing: what was signed before what it was signed over, what was cut from the
   * journal after that in the ledger. Nothing about who has access can change between the two looks that tell of it: a change and
   * the entry about it are both there or both not. What was acknowledged before the call is in it.
   */
  static async take(places: Places): Promise<Snapshots> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const held = new Map<FileKind, Held>()
      try {
        await (places.journal.kind === 'sqlite' ? takeFiles(places, held) : takeDatabase(places, held))
        const sizes = await journalSizes(held)
        if (!(await isLedgerAhead(held, sizes))) return new Snapshots(held, sizes)
      } catch (error) {
        await closeAll(held)
        throw error
      }
      await closeAll(held)
      await delay(PAUSE_MS)
    }
    throw new AppError('damaged_ledger', {
      hint: 'The ledger holds more than the journal. Run "counterfoil fsck" to find out why.',
    })
  }

  has(kind: FileKind): boolean {
    return this.#held.has(kind)
  }

  /** Bytes of a file; 0 for what is in no file. */
  bytes(kind: FileKind): number {
    const held = this.#held.get(kind)
    return held?.kind === 'file' ? sizeOf(held.database) : 0
  }

  /** Writes one store into a file, as it was. */
  async copy(kind: FileKind, target: string, onProgress: (doneShare: number) => void): Promise<void> {
    const held = this.#held.get(kind)
    if (held === undefined) throw new Error(`there is no ${kind} to copy`)
    if (held.kind === 'file') await copyDatabase(held.database, target, onProgress)
    else await copyStore(kind, held.store, target, this.#sizes, onProgress)
  }

  async close(): Promise<void> {
    await closeAll(this.#held)
  }
}

/** Of an installation whose journal is a file; signer and ledger may be elsewhere. */
async function takeFiles(places: Places, held: Map<FileKind, Held>): Promise<void> {
  if (places.signer.kind !== 'sqlite') held.set('signer', await snapshotOf(places.signer, SIGNER_SCHEMA))
  const lock = places.access.kind === 'sqlite' ? await openDatabase(places.access.path) : undefined
  try {
    lock?.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
    for (const kind of ['signer', 'access', 'journal', 'catalogue', 'ledger'] as const) {
      const place = places[kind]
      if (place.kind !== 'sqlite' || !existsSync(place.path)) continue
      const database = await openDatabase(place.path, { readOnly: true })
      held.set(kind, { kind: 'file', database })
      // A deferred transaction begins with the first read.
      database.exec('BEGIN')
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
    }
    lock?.exec('ROLLBACK')
  } finally {
    lock?.close()
  }
  if (places.ledger.kind !== 'sqlite') held.set('ledger', await snapshotOf(places.ledger))
}

/** Of an installation whose journal is in PostgreSQL, with access and catalogue beside it: one snapshot for these. */
async function takeDatabase(places: Places, held: Map<FileKind, Held>): Promise<void> {
  held.set('signer', await snapshotOf(places.signer, SIGNER_SCHEMA))
  const journal = await snapshotOf(places.journal)
  for (const kind of ['journal', 'access', 'catalogue'] as const) held.set(kind, journal)
  const isBeside = places.ledger.kind === 'postgres' && urlOf(places.ledger) === urlOf(places.journal)
  held.set('ledger', isBeside ? journal : await snapshotOf(places.ledger))
}

type Place = Places[FileKind]

function urlOf(place: Place): string | undefined {
  return place.kind === 'postgres' ? place.url : undefined
}

async function snapshotOf(place: Place, schema?: string): Promise<Held> {
  switch (place.kind) {
    case 's3':
      return { kind: 'store', store: { kind: 'objects', place } }
    case 'postgres': {
      const setting = 'setting' in place ? place.setting : 'database_url'
      const side = await openPostgresSnapshot(place.url, setting, schema)
      return { kind: 'store', store: { kind: 'tables', side } }
    }
    case 'sqlite':
      throw new Error(`${place.path} is looked at with the other files`)
  }
}

/** Tables that are held; undefined for objects, and for what is not there. */
function sideOf(held: Held | undefined): Side | undefined {
  if (held?.kind === 'file') return new SqliteSide(held.database)
  return held?.store.kind === 'tables' ? held.store.side : undefined
}

async function journalSizes(held: ReadonlyMap<FileKind, Held>): Promise<JournalSizes> {
  const journal = sideOf(held.get('journal'))
  return journal === undefined ? new Map() : sizesIn(journal)
}

/** Whether the ledger was looked at so much later than the journal that it holds entries which that does not. */
async function isLedgerAhead(held: ReadonlyMap<FileKind, Held>, sizes: JournalSizes): Promise<boolean> {
  const ledger = sideOf(held.get('ledger'))
  if (ledger === undefined || !held.has('journal')) return false
  const logs = await ledger.all(`SELECT origin, size FROM ${LEDGER_TABLES[ledger.engine].logs}`)
  return logs.some(({ origin, size }) => (size as number) > (sizes.get(origin as string) ?? 0))
}

async function closeAll(held: ReadonlyMap<FileKind, Held>): Promise<void> {
  // One snapshot may be held for several kinds.
  for (const one of new Set(held.values())) {
    if (one.kind === 'file') one.database.close()
    else if (one.store.kind === 'tables') await one.store.side.close()
  }
}

function sizeOf(database: Database): number {
  const { bytes } = database
    .prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()')
    .get() as { bytes: number }
  return bytes
}
