import { AppError } from '@counterfoil/core'
import { type Database, inTransaction } from '../../sqlite/driver.js'

/** A random UUID (RFC 9562 §5.4) in SQL, for rows that had no id. */
const RANDOM_UUID = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
  || substr('89ab', 1 + abs(random() % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`

/** What each version adds to the one before; `user_version` counts them. None is changed once it was released. */
export const MIGRATIONS = [
  `
CREATE TABLE IF NOT EXISTS organizations (
  id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS api_keys (
  key_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, mode TEXT NOT NULL,
  scopes TEXT NOT NULL, name TEXT NOT NULL, secret_hash BLOB NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (
  email TEXT PRIMARY KEY, password_hash TEXT NOT NULL, organization_id TEXT NOT NULL REFERENCES organizations,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (
  session_id TEXT PRIMARY KEY, email TEXT NOT NULL REFERENCES people, mode TEXT NOT NULL, secret_hash BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  `
ALTER TABLE api_keys ADD COLUMN kind TEXT NOT NULL DEFAULT 'api_key';
CREATE INDEX api_keys_by_secret ON api_keys (secret_hash) WHERE kind = 'personal_token';
`,
  "ALTER TABLE api_keys ADD COLUMN rate_class TEXT NOT NULL DEFAULT 'standard';",
  // A person gets an id and memberships; who was there before there were roles was the administrator: an owner.
  // Sessions of before end, and people sign in again.
  `
ALTER TABLE organizations ADD COLUMN internal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN view_tokens_again INTEGER NOT NULL DEFAULT 0;
DROP TABLE sessions;
ALTER TABLE people RENAME TO people_before;
CREATE TABLE people (
  person_id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE memberships (
  organization_id TEXT NOT NULL REFERENCES organizations, person_id TEXT NOT NULL REFERENCES people,
  name TEXT NOT NULL, role TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (organization_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_person ON memberships (person_id);
INSERT INTO people SELECT ${RANDOM_UUID}, lower(trim(email)), password_hash, created_at
  FROM people_before WHERE true ORDER BY created_at ON CONFLICT (email) DO NOTHING;
INSERT INTO memberships SELECT before.organization_id, person_id, '', 'owner', before.created_at
  FROM people_before AS before JOIN people ON people.email = lower(trim(before.email)) WHERE true ON CONFLICT DO NOTHING;
DROP TABLE people_before;
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, person_id TEXT NOT NULL, organization_id TEXT NOT NULL, mode TEXT NOT NULL,
  secret_hash BLOB NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE TABLE roles (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, name TEXT NOT NULL,
  description TEXT NOT NULL, permissions TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (organization_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, slug TEXT NOT NULL,
  name TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (organization_id, slug)
) STRICT, WITHOUT ROWID;
CREATE TABLE support_accesses (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, person_id TEXT NOT NULL,
  email TEXT NOT NULL, reason TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX support_accesses_by_organization ON support_accesses (organization_id, person_id);
ALTER TABLE api_keys ADD COLUMN person_id TEXT;
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN allowed_addresses TEXT;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
ALTER TABLE api_keys ADD COLUMN revoked_at INTEGER;
ALTER TABLE api_keys ADD COLUMN sealed_token BLOB;
CREATE INDEX api_keys_by_organization ON api_keys (organization_id, created_at);
CREATE TABLE master_key (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1), fingerprint BLOB NOT NULL
) STRICT;
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT, organization_id TEXT NOT NULL, mode TEXT NOT NULL, entry TEXT NOT NULL
) STRICT;
`,
  // Signing in with a browser. Sessions say how their person proved who they are; those of before end.
  `
ALTER TABLE people ADD COLUMN password_organization_id TEXT;
ALTER TABLE people ADD COLUMN second_factor BLOB;
ALTER TABLE people ADD COLUMN second_factor_offered BLOB;
ALTER TABLE people ADD COLUMN second_factor_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organizations ADD COLUMN second_factor_required INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN sessions_ended_at INTEGER NOT NULL DEFAULT 0;
DROP TABLE sessions;
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, person_id TEXT NOT NULL, organization_id TEXT NOT NULL, mode TEXT NOT NULL,
  form TEXT NOT NULL, method TEXT NOT NULL, second_factor INTEGER NOT NULL, confined_to TEXT, secret_hash BLOB NOT NULL,
  ip_address TEXT, user_agent TEXT, created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, idle_ms INTEGER,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_organization ON sessions (organization_id);
CREATE TABLE recovery_codes (
  person_id TEXT NOT NULL, code_hash BLOB NOT NULL, PRIMARY KEY (person_id, code_hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending_sign_ins (
  id TEXT PRIMARY KEY, secret_hash BLOB NOT NULL, person_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  mode TEXT NOT NULL, form TEXT NOT NULL, confined_to TEXT, attempts_left INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE links (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, secret_hash BLOB NOT NULL, organization_id TEXT, person_id TEXT,
  email TEXT NOT NULL, role TEXT, name TEXT, shown INTEGER NOT NULL, created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_organization ON links (organization_id, kind);
CREATE INDEX links_by_person ON links (person_id);
CREATE TABLE sso (
  organization_id TEXT PRIMARY KEY REFERENCES organizations, issuer TEXT NOT NULL, client_id TEXT NOT NULL,
  sealed_secret BLOB, domains TEXT NOT NULL, default_role TEXT NOT NULL, auto_create INTEGER NOT NULL,
  required INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sso_subjects (
  organization_id TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL, person_id TEXT NOT NULL,
  PRIMARY KEY (organization_id, issuer, subject)
) STRICT, WITHOUT ROWID;
`,
  `
ALTER TABLE master_key ADD COLUMN sealed_signing_root BLOB;
ALTER TABLE organizations ADD COLUMN public_evidence INTEGER NOT NULL DEFAULT 0;
`,
  `
CREATE TABLE catalogue_actions (
  organization_id TEXT NOT NULL, action TEXT NOT NULL, group_name TEXT, description TEXT NOT NULL,
  updated_at INTEGER NOT NULL, PRIMARY KEY (organization_id, action)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalogue_schemas (
  organization_id TEXT NOT NULL, action TEXT NOT NULL, version INTEGER NOT NULL, schema TEXT,
  created_at INTEGER NOT NULL, PRIMARY KEY (organization_id, action, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalogue_groups (
  organization_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, PRIMARY KEY (organization_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalogue_policies (
  organization_id TEXT NOT NULL, mode TEXT NOT NULL, unknown_action TEXT NOT NULL, metadata_mismatch TEXT NOT NULL,
  PRIMARY KEY (organization_id, mode)
) STRICT, WITHOUT ROWID;
CREATE TABLE catalogue_revisions (
  organization_id TEXT PRIMARY KEY, revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
  // Organizations can be suspended, and what is known of each log's integrity survives a restart.
  `
ALTER TABLE organizations ADD COLUMN suspended_at INTEGER;
CREATE TABLE integrity_schedule (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1), due_at INTEGER NOT NULL, finished_at INTEGER
) STRICT;
CREATE TABLE integrity_checks (
  organization_id TEXT NOT NULL, mode TEXT NOT NULL, due_at INTEGER NOT NULL, started_at INTEGER NOT NULL,
  finished_at INTEGER, walked INTEGER NOT NULL, head_hash TEXT NOT NULL, frontier BLOB NOT NULL,
  passed_size INTEGER NOT NULL, passed_hash TEXT NOT NULL, damage TEXT, PRIMARY KEY (organization_id, mode)
) STRICT, WITHOUT ROWID;
`,
  // Views of the log that people come back to.
  `
CREATE TABLE saved_views (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, person_id TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL,
  shared INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_views_of_organization ON saved_views (organization_id, name);
`,
  // What was erased from entries, for ever.
  `
CREATE TABLE erasures (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, entry_id TEXT NOT NULL, sections TEXT NOT NULL,
  runs TEXT NOT NULL, entries INTEGER NOT NULL, reason TEXT NOT NULL, legal_basis TEXT NOT NULL,
  requested_by TEXT NOT NULL, requested_at INTEGER NOT NULL, carried_out_at INTEGER, certificate TEXT
) STRICT;
CREATE INDEX erasures_by_organization ON erasures (organization_id, requested_at);
`,
  // Logs get other signing keys.
  `
CREATE TABLE key_rotations (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, entry_id TEXT NOT NULL,
  generation INTEGER NOT NULL, overlap_until INTEGER NOT NULL, requested_at INTEGER NOT NULL, carried_out_at INTEGER
) STRICT;
`,
  // Why an erasure cannot be carried out is told; so is how many entries lost something.
  `
ALTER TABLE erasures ADD COLUMN failure TEXT;
ALTER TABLE integrity_checks ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0;
`,
  // How long logs are kept, what must be kept all the same, and what was done by that.
  `
ALTER TABLE erasures ADD COLUMN cause TEXT NOT NULL DEFAULT 'request';
CREATE TABLE retention_policies (
  organization_id TEXT NOT NULL, mode TEXT NOT NULL, category TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (organization_id, mode, category)
) STRICT, WITHOUT ROWID;
CREATE TABLE legal_holds (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE prunes (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE retention_runs (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
`,
  // Parts of logs that were archived, and epochs that operators asked for.
  `
CREATE TABLE archives (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE epoch_requests (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
`,
] as const

/**
 * Brings the tables to the newest version, in one transaction: two processes may open an older file at once. Throws
 * `invalid_setting` for a file of a newer Counterfoil.
 */
export function migrate(database: Database, path: string): void {
  const version = () =>
    (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (version() > MIGRATIONS.length) {
    throw new AppError('invalid_setting', {
      hint: `${path} was written by a newer Counterfoil (schema ${version()}).`,
    })
  }
  if (version() === MIGRATIONS.length) return
  inTransaction(database, () => {
    for (const statements of MIGRATIONS.slice(version())) database.exec(statements)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  })
}
