import { guardOf } from '../postgres/guard.js'
import type { Migration } from '../postgres/migrations.js'

/** What lies beside the log about actions, in the columns of the file. Never changed once released. */
export const CATALOGUE_MIGRATIONS: readonly Migration[] = [
  {
    what: 'integers that stand for texts, counts of flagged entries',
    sql: `
CREATE TABLE integer_ids (
  organization_id text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  number bigint NOT NULL,
  text text COLLATE "C" NOT NULL,
  PRIMARY KEY (organization_id, kind, number)
);
${guardOf('integer_ids', 'counterfoil.organization', 'organization_id')}
CREATE TABLE catalogue_flags (
  organization_id text COLLATE "C" NOT NULL,
  mode text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  action text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  count bigint NOT NULL,
  first_seen_at bigint NOT NULL,
  last_seen_at bigint NOT NULL,
  entry_id text COLLATE "C" NOT NULL,
  pointer text COLLATE "C" NOT NULL,
  message text COLLATE "C" NOT NULL,
  PRIMARY KEY (organization_id, mode, kind, action, version)
);
${guardOf('catalogue_flags', 'counterfoil.organization', 'organization_id')}`,
  },
]
