import { AppError, type Epoch, HASH_BYTES, type SectionPath, TILE_WIDTH, toHex } from '@counterfoil/core'
import type { Block } from '../../journal/block.js'
import {
  BUSY_WAIT_MS,
  type Database,
  inTransaction,
  openDatabase,
  type Statement,
} from '../../sqlite/driver.js'
import { scrubDatabase } from '../../sqlite/scrub.js'
import { damagedBundle, decodeBundle, digestOf, TILE_BYTES } from '../bundle.js'
import type { KeptRoots, Ledger, LedgerObject, LedgerReader } from '../ledger.js'
import { assertReached, missingFromLedger, otherBytes, prunedFromLedger } from '../refusals.js'
import { eachRoot } from '../tiles-before.js'
import { BundleEraser } from './bundle-eraser.js'
import { BundlePruner } from './bundle-pruner.js'

const SCHEMA_VERSION = 2
const NOTHING = new Uint8Array(0)

/** Pages given back in one step: 16 MiB, some 50 ms. */
const SHRUNK_PAGES = 4_096
/** What SQLite calls it when a file can be shrunk step by step. */
const INCREMENTAL = 2

const SCHEMA = `
-- One row a log. Its size is what the bundles from 0 on hold: a multiple of 256.
CREATE TABLE logs (
  log INTEGER PRIMARY KEY,
  origin TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  -- Entries below were pruned, with bundles and tiles that held nothing else.
  min_index INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Full tiles of all levels, and the root of each, which is its hash in the tile above. Of a pruned tile whose parent is kept
-- the root stays, and its hashes are empty.
CREATE TABLE tiles (
  log INTEGER NOT NULL,
  level INTEGER NOT NULL,
  tile INTEGER NOT NULL,
  root BLOB NOT NULL,
  hashes BLOB NOT NULL,
  UNIQUE (log, level, tile)
) STRICT;

-- What 256 entries say; see bundle.ts. The digest is SHA-256 of the bytes.
CREATE TABLE bundles (
  log INTEGER NOT NULL,
  bundle INTEGER NOT NULL,
  digest BLOB NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (log, bundle)
) STRICT;
`

/** Opens the ledger in SQLite for writing; makes it when it is not there. It must be the only writer of its file. */
export async function openSqliteLedger(path: string): Promise<Ledger> {
  const database = await openDatabase(path)
  database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`)
  database.exec('PRAGMA page_size = 4096')
  // So that pruning can shrink the file step by step; it takes effect when the file is made.
  database.exec('PRAGMA auto_vacuum = INCREMENTAL')
  database.exec('PRAGMA journal_mode = WAL')
  // FULL: what the ledger holds may be cut from the journal.
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA wal_autocheckpoint = 4096')
  // What is erased must not rest on free pages.
  database.exec('PRAGMA secure_delete = ON')
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (user_version === 0) {
    inTransaction(database, () => {
      database.exec(SCHEMA)
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    })
  } else if (user_version === 1) {
    inTransaction(database, () => {
      database.exec('ALTER TABLE logs ADD COLUMN min_index INTEGER NOT NULL DEFAULT 0')
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    })
  } else assertVersion(user_version, path)
  return new SqliteLedger(database)
}

/** Opens the ledger for reading, on a connection of its own. */
export async function openSqliteLedgerReader(path: string): Promise<LedgerReader> {
  const database = await openDatabase(path, { readOnly: true })
  database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`)
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  assertVersion(user_version, path)
  return new SqliteLedgerReader(database)
}

class SqliteLedger implements Ledger {
  // Referenced for as long as the ledger lives: a prepared statement does not keep its connection open.
  readonly #database: Database
  readonly #findLog: Statement
  readonly #insertLog: Statement
  readonly #setSize: Statement
  readonly #beginLog: Statement
  readonly #insertTile: Statement
  readonly #insertBundle: Statement
  readonly #sameTile: Statement
  readonly #sameBundle: Statement
  readonly #eraser: BundleEraser
  readonly #pruner: BundlePruner

  constructor(database: Database) {
    this.#database = database
    this.#findLog = database.prepare('SELECT log, size FROM logs WHERE origin = ?')
    this.#insertLog = database.prepare('INSERT INTO logs (origin, size) VALUES (?, 0) RETURNING log, size')
    this.#setSize = database.prepare('UPDATE logs SET size = max(size, ?) WHERE log = ?')
    this.#beginLog = database.prepare('UPDATE logs SET size = ?, min_index = ? WHERE log = ?')
    this.#insertTile = database.prepare(
      'INSERT INTO tiles (log, level, tile, root, hashes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#insertBundle = database.prepare(
      'INSERT INTO bundles (log, bundle, digest, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#sameTile = database.prepare(
      'SELECT root = ? AND hashes = ? AS same FROM tiles WHERE log = ? AND level = ? AND tile = ?',
    )
    this.#eraser = new BundleEraser(database)
    this.#pruner = new BundlePruner(database)
    this.#sameBundle = database.prepare('SELECT bytes = ? AS same FROM bundles WHERE log = ? AND bundle = ?')
  }

  async put(origin: string, size: number, objects: readonly LedgerObject[]): Promise<void> {
    inTransaction(this.#database, () => {
      const log = (this.#findLog.get(origin) ?? this.#insertLog.get(origin)) as unknown as StoredLog
      for (const object of objects) this.#putObject(origin, log, object)
      assertReached(origin, log.size, size, objects)
      this.#setSize.run(size, log.log)
    })
  }

  async erase(
    epochs: readonly Epoch[],
    seqs: readonly number[],
    paths: readonly SectionPath[],
  ): Promise<void> {
    inTransaction(this.#database, () => this.#eraser.erase(epochs, seqs, paths))
  }

  async begin(origin: string, minIndex: number, roots: readonly KeptRoots[]): Promise<void> {
    inTransaction(this.#database, () => {
      const { log, size } = (this.#findLog.get(origin) ?? this.#insertLog.get(origin)) as unknown as StoredLog
      if (size > 0) return
      for (const { level, index, root } of eachRoot(roots))
        this.#insertTile.run(log, level, index, root, NOTHING)
      this.#beginLog.run(minIndex, minIndex, log)
    })
  }

  async prune(origin: string, minIndex: number, bundlesMax: number): Promise<number> {
    return inTransaction(this.#database, () => this.#pruner.prune(origin, minIndex, bundlesMax))
  }

  async shrink(): Promise<boolean> {
    this.#database.exec(`PRAGMA incremental_vacuum(${SHRUNK_PAGES})`)
    const { left } = this.#database
      .prepare('SELECT freelist_count AS left FROM pragma_freelist_count()')
      .get() as {
      left: number
    }
    const { auto_vacuum: mode } = this.#database.prepare('PRAGMA auto_vacuum').get() as {
      auto_vacuum: number
    }
    // A file that was made before it could shrink in steps keeps its size and fills it again.
    return left === 0 || mode !== INCREMENTAL
  }

  scrub(): Promise<boolean> {
    return scrubDatabase(this.#database)
  }

  async close(): Promise<void> {
    this.#database.close()
  }

  #putObject(origin: string, { log }: StoredLog, object: LedgerObject): void {
    const { changes } =
      object.kind === 'tile'
        ? this.#insertTile.run(log, object.level, object.index, object.root, object.hashes)
        : this.#insertBundle.run(log, object.index, digestOf(object.bytes), object.bytes)
    if (Number(changes) === 1) return
    const { same } = (
      object.kind === 'tile'
        ? this.#sameTile.get(object.root, object.hashes, log, object.level, object.index)
        : this.#sameBundle.get(object.bytes, log, object.index)
    ) as { same: number }
    if (same === 1) return
    throw otherBytes(origin, object)
  }
}

interface StoredLog {
  readonly log: number
  readonly size: number
}

class SqliteLedgerReader implements LedgerReader {
  readonly #database: Database
  readonly #readVersion: Statement
  readonly #readSize: Statement
  readonly #readMinIndex: Statement
  readonly #readTile: Statement
  readonly #readRoots: Statement
  readonly #readBundle: Statement
  readonly #readOrigins: Statement
  readonly #countObjects: Statement
  readonly #readSizes: Statement

  constructor(database: Database) {
    this.#database = database
    const ofLog = 'log = (SELECT log FROM logs WHERE origin = ?)'
    this.#readVersion = database.prepare('PRAGMA data_version')
    this.#readSize = database.prepare('SELECT size FROM logs WHERE origin = ?')
    this.#readMinIndex = database.prepare('SELECT min_index FROM logs WHERE origin = ?')
    this.#readTile = database.prepare(`SELECT hashes FROM tiles WHERE ${ofLog} AND level = ? AND tile = ?`)
    this.#readRoots = database.prepare(
      `SELECT root FROM tiles WHERE ${ofLog} AND level = ? AND tile >= ? AND tile < ? ORDER BY tile`,
    )
    this.#readBundle = database.prepare(`SELECT digest, bytes FROM bundles WHERE ${ofLog} AND bundle = ?`)
    this.#readSizes = database.prepare(
      `SELECT length(bytes) AS bytes FROM bundles WHERE ${ofLog} ORDER BY bundle`,
    )
    this.#countObjects = database.prepare(
      `SELECT (SELECT count(*) FROM bundles WHERE ${ofLog}) AS bundles, (SELECT count(*) FROM tiles WHERE ${ofLog} AND length(hashes) > 0) AS tiles`,
    )
    this.#readOrigins = database.prepare('SELECT origin FROM logs ORDER BY log')
  }

  async version(): Promise<number> {
    return (this.#readVersion.get() as { data_version: number }).data_version
  }

  async size(origin: string): Promise<number> {
    return (this.#readSize.get(origin) as { size: number } | undefined)?.size ?? 0
  }

  async minIndex(origin: string): Promise<number> {
    return (this.#readMinIndex.get(origin) as { min_index: number } | undefined)?.min_index ?? 0
  }

  async tile(origin: string, level: number, index: number): Promise<Uint8Array> {
    const row = this.#readTile.get(origin, level, index) as { hashes: Uint8Array } | undefined
    if (row?.hashes.length === TILE_BYTES) return row.hashes
    throw await this.#missing(origin, `tile ${level}/${index}`, (index + 1) * TILE_WIDTH ** (level + 1))
  }

  async roots(origin: string, level: number, first: number, count: number): Promise<Uint8Array> {
    const rows = this.#readRoots.all(origin, level, first, first + count) as unknown as { root: Uint8Array }[]
    const roots = Buffer.concat(rows.map(({ root }) => root))
    if (rows.length === count && roots.length === HASH_BYTES * count) return roots
    throw missingFromLedger(origin, `a tile from ${level}/${first} to ${level}/${first + count - 1}`)
  }

  async bundle(origin: string, index: number): Promise<Block> {
    const row = this.#readBundle.get(origin, index) as { digest: Uint8Array; bytes: Uint8Array } | undefined
    if (row === undefined) throw await this.#missing(origin, `bundle ${index}`, (index + 1) * TILE_WIDTH)
    if (toHex(row.digest) !== toHex(digestOf(row.bytes))) throw damagedBundle(index)
    return decodeBundle(index, row.bytes, await this.tile(origin, 0, index))
  }

  /** Says that what ends before entry `end` is missing, or was pruned. */
  async #missing(origin: string, what: string, end: number): Promise<AppError> {
    const minIndex = await this.minIndex(origin)
    return end > minIndex ? missingFromLedger(origin, what) : prunedFromLedger(origin, what, minIndex)
  }

  async bundleBytes(origin: string): Promise<readonly number[]> {
    const rows = this.#readSizes.all(origin) as unknown as readonly { bytes: number }[]
    return rows.map(({ bytes }) => bytes + TILE_BYTES)
  }

  async objects(origin: string): Promise<{ readonly bundles: number; readonly tiles: number }> {
    return this.#countObjects.get(origin, origin) as unknown as { bundles: number; tiles: number }
  }

  async origins(): Promise<readonly string[]> {
    return (this.#readOrigins.all() as { origin: string }[]).map(({ origin }) => origin)
  }

  async close(): Promise<void> {
    this.#database.close()
  }
}

function assertVersion(version: number, path: string): void {
  if (version === SCHEMA_VERSION) return
  throw new AppError('damaged_ledger', {
    hint: `${path} has schema version ${version}, this Counterfoil knows ${SCHEMA_VERSION}. Use the version that wrote it, or a newer one.`,
  })
}
