import { guardOf } from '../../postgres/guard.js'
import type { Migration } from '../../postgres/migrations.js'

/** Which log's rows a session may see, by its number or its origin. */
export const LEDGER_GUARD = 'counterfoil.ledger_log'

/** The ledger's tables. Bundles are compressed and tiles are hashes: nothing gets smaller by compressing them again. */
export const LEDGER_MIGRATIONS: readonly Migration[] = [
  {
    what: 'logs, tiles and bundles',
    sql: `
-- One row a log. Its size is what the bundles from 0 on hold: a multiple of 256.
CREATE TABLE ledger_logs (
  log bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin text NOT NULL UNIQUE,
  size bigint NOT NULL
);

-- Full tiles of all levels, and the root of each, which is its hash in the tile above.
CREATE TABLE ledger_tiles (
  log bigint NOT NULL,
  level int NOT NULL,
  tile bigint NOT NULL,
  root bytea NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (log, level, tile)
);
ALTER TABLE ledger_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- What 256 entries say. The digest is SHA-256 of the bytes.
CREATE TABLE ledger_bundles (
  log bigint NOT NULL,
  bundle bigint NOT NULL,
  digest bytea NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (log, bundle)
);
ALTER TABLE ledger_bundles ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- One row: how many erasures there were, for readers that keep what they read.
CREATE TABLE ledger_erasures (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  count bigint NOT NULL
);
INSERT INTO ledger_erasures (count) VALUES (0);
`,
  },
  {
    what: 'where logs begin that were pruned',
    sql: `
-- Entries below were pruned, with bundles and tiles that held nothing else. Of a pruned tile whose parent is kept the root
-- stays, and its hashes are empty.
ALTER TABLE ledger_logs ADD COLUMN min_index bigint NOT NULL DEFAULT 0;
`,
  },
  {
    what: 'rows are guarded by their log',
    sql: `${guardOf('ledger_logs', LEDGER_GUARD, 'log::text', 'origin')}${guardOf('ledger_tiles', LEDGER_GUARD, 'log::text')}${guardOf('ledger_bundles', LEDGER_GUARD, 'log::text')}`,
  },
]
