import { randomInt, randomUUID } from 'node:crypto'
import { AppError } from '@counterfoil/core'
import { type Migration, migrate } from '../../postgres/migrations.js'
import {
  openPostgres,
  type Postgres,
  type PostgresSettings,
  type SqlConnection,
} from '../../postgres/postgres.js'

/** The setting of a session that says which log's rows it may see: its number, its name, or `*`. */
export const LOG_SCOPE = 'counterfoil.log'
/** Every log. */
export const ALL_LOGS = '*'

const TABLES = `
CREATE TABLE journal_meta (key text PRIMARY KEY, value text NOT NULL);

-- One row a log: its head. Locked by whoever appends to the log, and updated in the transaction that appends.
CREATE TABLE logs (
  log bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id text NOT NULL,
  mode text NOT NULL,
  epoch int NOT NULL,
  origin text COLLATE "C" NOT NULL UNIQUE,
  size bigint NOT NULL,
  head_hash bytea NOT NULL,
  frontier bytea NOT NULL,
  recorded_at bigint NOT NULL,
  last_position bigint NOT NULL,
  -- Rows of entries below may be trimmed: what they said rests in the ledger, and their columns are null.
  trimmed_size bigint NOT NULL DEFAULT 0,
  -- JSON array of [epoch, its first seq], in order; the columns epoch and origin are of the newest.
  epochs text NOT NULL DEFAULT '[[0,0]]',
  -- Entries below were pruned. The hash of the last of them and the frontier of their tree are what the rest is held against.
  min_index bigint NOT NULL DEFAULT 0,
  min_hash bytea,
  min_frontier bytea,
  UNIQUE (organization_id, mode)
) WITH (fillfactor = 50);

-- One row a block of up to 64 entries. No index has a row for each entry: that is what keeps appending fast.
CREATE TABLE blocks (
  position bigint PRIMARY KEY,
  log bigint NOT NULL,
  first_seq bigint NOT NULL,
  count int NOT NULL,
  recorded_at bigint NOT NULL,
  prev_hash bytea,
  ids bytea,
  entry_hashes bytea,
  salts bytea,
  contents bytea,
  UNIQUE (log, first_seq)
) WITH (
  toast_tuple_target = 8160,
  autovacuum_vacuum_scale_factor = 0.02,
  toast.autovacuum_vacuum_scale_factor = 0.02
);
-- Hashes and what is deflated do not shrink: trying costs as much as writing them.
ALTER TABLE blocks
  ALTER COLUMN ids SET STORAGE EXTERNAL,
  ALTER COLUMN entry_hashes SET STORAGE EXTERNAL,
  ALTER COLUMN salts SET STORAGE EXTERNAL,
  ALTER COLUMN contents SET STORAGE EXTERNAL;

-- Position of the newest row. Updated last in each transaction that appends, so that positions become visible in order and
-- without gaps, whoever appends.
CREATE TABLE journal_position (one int PRIMARY KEY CHECK (one = 1), last bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO journal_position VALUES (1, 0);

CREATE TABLE idempotency_keys (
  log bigint NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  body_hash text NOT NULL,
  -- JSON array of [first seq, count] in the order of the request's entries.
  places text NOT NULL,
  -- Milliseconds since 1970.
  expires_at bigint NOT NULL,
  PRIMARY KEY (log, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);

-- Sorted runs of id fingerprints, written once for many entries; see id-fingerprints.ts.
CREATE TABLE id_runs (run bigint PRIMARY KEY, last_position bigint NOT NULL, bloom bytea NOT NULL);
CREATE TABLE id_chunks (run bigint NOT NULL, chunk int NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (run, chunk));
ALTER TABLE id_runs ALTER COLUMN bloom SET STORAGE EXTERNAL;
ALTER TABLE id_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- How far each search index has come, and how far the chunk reaches that is being sent to it; see IndexProgress.
CREATE TABLE index_progress (
  index_id text PRIMARY KEY,
  done_position bigint NOT NULL,
  sending_position bigint NOT NULL
) WITH (fillfactor = 50);

-- The first of a log's entries before "size" that was recorded at "since" or later: recorded_at never decreases in a log.
CREATE FUNCTION first_since(of_log bigint, since bigint, size bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint := 0;
  high bigint := size;
  middle bigint;
  found_at bigint;
BEGIN
  WHILE low < high LOOP
    middle := (low + high) / 2;
    SELECT b.recorded_at INTO found_at FROM blocks b
      WHERE b.log = of_log AND b.first_seq <= middle ORDER BY b.first_seq DESC LIMIT 1;
    IF found_at IS NULL OR found_at < since THEN low := middle + 1; ELSE high := middle; END IF;
  END LOOP;
  RETURN low;
END $$;

-- The second guard between organizations: who reads one log says which, and no statement sees another's rows, whatever it
-- asks for. The first guard is in the statements.
ALTER TABLE logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE logs FORCE ROW LEVEL SECURITY;
CREATE POLICY one_log ON logs
  USING (current_setting('${LOG_SCOPE}', true) IN ('${ALL_LOGS}', log::text, organization_id || '/' || mode));
ALTER TABLE blocks ENABLE ROW LEVEL SECURITY;
ALTER TABLE blocks FORCE ROW LEVEL SECURITY;
CREATE POLICY one_log ON blocks USING (current_setting('${LOG_SCOPE}', true) IN ('${ALL_LOGS}', log::text));
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY one_log ON idempotency_keys USING (current_setting('${LOG_SCOPE}', true) IN ('${ALL_LOGS}', log::text));
`

/** Never changed once released: the database remembers their hashes. */
export const JOURNAL_MIGRATIONS: readonly Migration[] = [{ what: 'the journal', sql: TABLES }]

export type JournalDatabase = Pick<PostgresSettings, 'url' | 'schema'>

/**
 * The journal asks the same few questions by key, thousands of times a minute. Left to itself PostgreSQL plans most of them anew,
 * as its guess of an array's length or of a LIMIT makes a plan for all of them look dearer: planning was among the first
 * in a profile of what a transaction costs it. Such a plan is kept while a table grows from nothing, so it must not be one for a table of nothing; and a
 * few rows of a log are never worth looking for all that follow them first, as a bitmap does.
 */
const PLANNED_ONCE = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
}

/** Opens the journal's database for whoever writes, in all logs; makes the tables where they are missing. */
export async function openForWriting(database: JournalDatabase, originHost: string): Promise<Postgres> {
  await migrate({ ...database, purpose: 'journal' }, 'journal', JOURNAL_MIGRATIONS)
  const postgres = await openPostgres({
    ...database,
    purpose: 'recording',
    connectionsMax: 3,
    answerTimeoutMs: 30_000,
    session: { [LOG_SCOPE]: ALL_LOGS, ...PLANNED_ONCE },
  })
  try {
    const put = 'INSERT INTO journal_meta (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING'
    await postgres.query(put, ['origin_host', originHost])
    // Seeds the fingerprints of ids, so that nobody outside can choose ids that collide.
    await postgres.query(put, ['fingerprint_seed', String(randomInt(2 ** 32))])
    await postgres.query(put, ['installation_id', randomUUID()])
    return postgres
  } catch (error) {
    await postgres.close()
    throw error
  }
}

/** Opens the journal's database for whoever reads: what it sees it has to name. */
export async function openForReading(database: JournalDatabase, purpose: string): Promise<Postgres> {
  await migrate({ ...database, purpose: 'journal' }, 'journal', JOURNAL_MIGRATIONS)
  return openPostgres({ ...database, purpose, connectionsMax: 3, session: PLANNED_ONCE })
}

/** A value that was fixed when the journal was made. */
export async function readMeta(sql: SqlConnection, key: string): Promise<string> {
  const { rows } = await sql.query<{ value: string }>('SELECT value FROM journal_meta WHERE key = $1', [key])
  if (rows[0] === undefined)
    throw new AppError('damaged_journal', { hint: `The journal's "${key}" is missing.` })
  return rows[0].value
}
