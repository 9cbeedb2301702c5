import type { Migration } from '../../postgres/migrations.js'

/** What processes that share a database tell each other in it. */
export const CLUSTER_MIGRATIONS: readonly Migration[] = [
  {
    what: 'leases and processes',
    sql: `
-- One row a lease. It is held until it expires, by the clock of this server; the token grows with every holder.
CREATE TABLE leases (
  name text PRIMARY KEY,
  holder text NOT NULL,
  token bigint NOT NULL,
  expires timestamptz NOT NULL
);

-- One row a server process that runs, or did a moment ago.
CREATE TABLE processes (
  holder text PRIMARY KEY,
  host text NOT NULL,
  pid bigint NOT NULL,
  version text NOT NULL,
  -- How far this server's clock is ahead of the process's, milliseconds.
  clock_skew_ms bigint NOT NULL,
  started_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL
);
`,
  },
  {
    what: 'how far indexes are',
    sql: `
-- One row an index: what the process that fills it says of it. Positions are those of journal rows.
CREATE TABLE index_standings (
  index_id text PRIMARY KEY,
  done_position bigint NOT NULL,
  sending_position bigint NOT NULL,
  -- Grows whenever rows may have gone from the index.
  revision bigint NOT NULL
);

-- One row a log of which rows were ever replaced in an index.
CREATE TABLE index_rewrites (
  index_id text NOT NULL,
  organization_id text NOT NULL,
  mode text NOT NULL,
  -- The first entry that searches may miss at present.
  missing_from bigint,
  revision bigint NOT NULL,
  PRIMARY KEY (index_id, organization_id, mode)
);
`,
  },
]
