import { guardOf } from '../../postgres/guard.js'
import type { Migration } from '../../postgres/migrations.js'

/** Which log's head a session may see, by its origin. */
export const SIGNER_GUARD = 'counterfoil.signed_log'

/** The signer's tables, in a schema of their own. */
export const SIGNER_MIGRATIONS: readonly Migration[] = [
  {
    what: 'signed heads',
    sql: `
-- One row a log: what was signed last. The seal is an HMAC over all other columns but revision, under a key that is not here.
CREATE TABLE heads (
  origin text PRIMARY KEY,
  organization_id text NOT NULL,
  mode text NOT NULL,
  size bigint NOT NULL,
  root bytea NOT NULL,
  head_hash bytea NOT NULL,
  frontier bytea NOT NULL,
  note text NOT NULL,
  signed_at bigint NOT NULL,
  generation bigint NOT NULL,
  overlap_until bigint,
  frozen_at bigint,
  frozen_reason text,
  seal bytea NOT NULL,
  -- Grows with every change, in the order of commits: others ask for what changed since.
  revision bigint NOT NULL
);
CREATE INDEX heads_revision ON heads (revision);

-- One row, locked until whoever took the next number commits.
CREATE TABLE revisions (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  last bigint NOT NULL
);
INSERT INTO revisions (last) VALUES (0);
`,
  },
  { what: 'heads are guarded by their log', sql: guardOf('heads', SIGNER_GUARD, 'origin') },
]
