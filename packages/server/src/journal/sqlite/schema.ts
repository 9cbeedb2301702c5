import { randomInt, randomUUID } from 'node:crypto'
import { AppError } from '@counterfoil/core'
import { BUSY_WAIT_MS, type Database, inTransaction, openDatabase } from '../../sqlite/driver.js'
import { assertMeta, sealMeta } from './meta.js'

export const JOURNAL_SCHEMA_VERSION = 6

const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row a log: its head. Updated in the transaction that appends.
CREATE TABLE logs (
  log INTEGER PRIMARY KEY,
  organization_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  origin TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  frontier BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  last_position INTEGER NOT NULL,
  -- Rows of entries below may be trimmed: what they said rests in the ledger, and their columns are null.
  trimmed_size INTEGER NOT NULL DEFAULT 0,
  -- JSON array of [epoch, its first seq], in order; the columns epoch and origin are of the newest.
  epochs TEXT NOT NULL DEFAULT '[[0,0]]',
  -- Entries below were pruned. The hash of the last of them and the frontier of their tree are what the rest is held against.
  min_index INTEGER NOT NULL DEFAULT 0,
  min_hash BLOB,
  min_frontier BLOB,
  UNIQUE (organization_id, mode, epoch)
) STRICT;

-- One row a block of up to 64 entries. No index has a row for each entry: that is what keeps appending fast.
CREATE TABLE blocks (
  position INTEGER PRIMARY KEY,
  log INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  count INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  prev_hash BLOB,
  ids BLOB,
  entry_hashes BLOB,
  salts BLOB,
  contents BLOB,
  UNIQUE (log, first_seq)
) STRICT;

CREATE TABLE idempotency_keys (
  log INTEGER NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  -- JSON array of [first seq, count] in the order of the request's entries.
  places TEXT NOT NULL,
  -- Milliseconds since 1970.
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (log, route, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Sorted runs of id fingerprints, written once for many entries; see id-index.ts.
CREATE TABLE id_runs (run INTEGER PRIMARY KEY, last_position INTEGER NOT NULL, bloom BLOB NOT NULL) STRICT;
CREATE TABLE id_chunks (
  run INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (run, chunk)
) STRICT;

-- How far the search index has come, and how far the chunk reaches that is being sent to it; see IndexProgress.
CREATE TABLE index_progress (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  done_position INTEGER NOT NULL,
  sending_position INTEGER NOT NULL
) STRICT;
INSERT INTO index_progress VALUES (1, 0, 0);
`

export interface JournalSettings {
  readonly path: string
  /** Host part of log origins, fixed when the journal is made. */
  readonly originHost: string
}

/** Opens the journal for writing; makes it when it is not there. Throws `damaged_journal` or `unsupported_sqlite`. */
export async function openForWriting(settings: JournalSettings): Promise<Database> {
  const database = await openDatabase(settings.path)
  database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`)
  // A row of 22 KB leaves its last page half empty: 8 KiB pages took 32 bytes an entry more.
  database.exec('PRAGMA page_size = 4096')
  database.exec('PRAGMA journal_mode = WAL')
  // FULL: with NORMAL, a power cut dropped up to 881 acknowledged rows in 7 of 10 cycles.
  database.exec('PRAGMA synchronous = FULL')
  // A checkpoint costs two fsyncs on this path; 32 MiB apart they are rare and the file stays small.
  database.exec('PRAGMA wal_autocheckpoint = 8192')
  database.exec('PRAGMA cache_size = -16384')
  // What is erased must not rest on free pages.
  database.exec('PRAGMA secure_delete = ON')
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (user_version === 0) createSchema(database, settings)
  else upgrade(database, user_version, settings.path)
  assertMeta(database, settings.path)
  // It has no other writer, for which recording could stand still.
  database.exec('PRAGMA busy_timeout = 0')
  return database
}

/** Opens a second connection that can only read. */
export async function openForReading(path: string): Promise<Database> {
  const database = await openDatabase(path, { readOnly: true })
  database.exec(`PRAGMA busy_timeout = ${BUSY_WAIT_MS}`)
  database.exec('PRAGMA cache_size = -16384')
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  assertVersion(user_version, path)
  assertMeta(database, path)
  return database
}

function createSchema(database: Database, settings: JournalSettings): void {
  inTransaction(database, () => {
    database.exec(SCHEMA)
    const put = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)')
    put.run('origin_host', settings.originHost)
    // Seeds the fingerprints of ids, so that nobody outside can choose ids that collide.
    put.run('fingerprint_seed', String(randomInt(2 ** 32)))
    put.run('installation_id', randomUUID())
    sealMeta(database)
    database.exec(`PRAGMA user_version = ${JOURNAL_SCHEMA_VERSION}`)
  })
}

/**
 * What each version added to the one before: in 2 nothing was ever trimmed, in 3 every log had one epoch, in 4 nothing was pruned,
 * in 5 what was fixed when the journal was made had no checksum.
 */
const UPGRADES = new Map([
  [2, 'ALTER TABLE logs ADD COLUMN trimmed_size INTEGER NOT NULL DEFAULT 0'],
  [3, "ALTER TABLE logs ADD COLUMN epochs TEXT NOT NULL DEFAULT '[[0,0]]'"],
  [
    4,
    `ALTER TABLE logs ADD COLUMN min_index INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE logs ADD COLUMN min_hash BLOB;
     ALTER TABLE logs ADD COLUMN min_frontier BLOB`,
  ],
  [5, ''],
])

function upgrade(database: Database, from: number, path: string): void {
  if (from === JOURNAL_SCHEMA_VERSION) return
  if (!UPGRADES.has(from)) assertVersion(from, path)
  inTransaction(database, () => {
    for (let version = from; version < JOURNAL_SCHEMA_VERSION; version++)
      database.exec(UPGRADES.get(version) as string)
    // Journals of long ago had none.
    database
      .prepare("INSERT INTO meta (key, value) VALUES ('installation_id', ?) ON CONFLICT DO NOTHING")
      .run(randomUUID())
    sealMeta(database)
    database.exec(`PRAGMA user_version = ${JOURNAL_SCHEMA_VERSION}`)
  })
}

function assertVersion(version: number, path: string): void {
  if (version === JOURNAL_SCHEMA_VERSION) return
  throw new AppError('damaged_journal', {
    hint: `${path} has schema version ${version}, this Counterfoil knows ${JOURNAL_SCHEMA_VERSION}. Use the version that wrote it, or a newer one.`,
  })
}
