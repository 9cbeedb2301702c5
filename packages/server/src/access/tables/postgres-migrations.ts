import { guardOf } from '../../postgres/guard.js'
import type { Migration } from '../../postgres/migrations.js'
import { MIGRATIONS } from './migrations.js'

/** Versions of a file that there were before PostgreSQL: their tables are made at once. */
const VERSIONS_BEFORE = 10
/** Those that there were before rows were guarded. */
const VERSIONS_BEFORE_GUARDS = 14

/** Text sorts and compares as SQLite has it, by its bytes in UTF-8, whatever the database's language. */
const TEXT = 'text COLLATE "C"'

const TABLES = `
CREATE TABLE organizations (
  id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL,
  internal INTEGER NOT NULL DEFAULT 0, view_tokens_again INTEGER NOT NULL DEFAULT 0,
  second_factor_required INTEGER NOT NULL DEFAULT 0, public_evidence INTEGER NOT NULL DEFAULT 0, suspended_at INTEGER
);
CREATE TABLE api_keys (
  key_id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, mode TEXT NOT NULL,
  scopes TEXT NOT NULL, name TEXT NOT NULL, secret_hash BLOB NOT NULL, created_at INTEGER NOT NULL,
  kind TEXT NOT NULL DEFAULT 'api_key', rate_class TEXT NOT NULL DEFAULT 'standard', person_id TEXT,
  expires_at INTEGER, allowed_addresses TEXT, last_used_at INTEGER, revoked_at INTEGER, sealed_token BLOB
);
CREATE INDEX api_keys_by_secret ON api_keys (secret_hash) WHERE kind = 'personal_token';
CREATE INDEX api_keys_by_organization ON api_keys (organization_id, created_at);
CREATE TABLE people (
  person_id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT, created_at INTEGER NOT NULL,
  password_organization_id TEXT, second_factor BLOB, second_factor_offered BLOB,
  second_factor_step INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE memberships (
  organization_id TEXT NOT NULL REFERENCES organizations, person_id TEXT NOT NULL REFERENCES people,
  name TEXT NOT NULL, role TEXT NOT NULL, created_at INTEGER NOT NULL,
  sessions_ended_at INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (organization_id, person_id)
);
CREATE INDEX memberships_by_person ON memberships (person_id);
CREATE TABLE roles (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, name TEXT NOT NULL,
  description TEXT NOT NULL, permissions TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (organization_id, name)
);
CREATE TABLE workspaces (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, slug TEXT NOT NULL,
  name TEXT NOT NULL, created_at INTEGER NOT NULL, UNIQUE (organization_id, slug)
);
CREATE TABLE support_accesses (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL REFERENCES organizations, person_id TEXT NOT NULL,
  email TEXT NOT NULL, reason TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended_at INTEGER
);
CREATE INDEX support_accesses_by_organization ON support_accesses (organization_id, person_id);
CREATE TABLE master_key (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1), fingerprint BLOB NOT NULL, sealed_signing_root BLOB
);
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY GENERATED ALWAYS AS IDENTITY, organization_id TEXT NOT NULL, mode TEXT NOT NULL,
  entry TEXT NOT NULL
);
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY, person_id TEXT NOT NULL, organization_id TEXT NOT NULL, mode TEXT NOT NULL,
  form TEXT NOT NULL, method TEXT NOT NULL, second_factor INTEGER NOT NULL, confined_to TEXT, secret_hash BLOB NOT NULL,
  ip_address TEXT, user_agent TEXT, created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, idle_ms INTEGER,
  expires_at INTEGER NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_organization ON sessions (organization_id);
CREATE TABLE recovery_codes (
  person_id TEXT NOT NULL, code_hash BLOB NOT NULL, PRIMARY KEY (person_id, code_hash)
);
CREATE TABLE pending_sign_ins (
  id TEXT PRIMARY KEY, secret_hash BLOB NOT NULL, person_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  mode TEXT NOT NULL, form TEXT NOT NULL, confined_to TEXT, attempts_left INTEGER NOT NULL, expires_at INTEGER NOT NULL
);
CREATE TABLE links (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, secret_hash BLOB NOT NULL, organization_id TEXT, person_id TEXT,
  email TEXT NOT NULL, role TEXT, name TEXT, shown INTEGER NOT NULL, created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
);
CREATE INDEX links_by_organization ON links (organization_id, kind);
CREATE INDEX links_by_person ON links (person_id);
CREATE TABLE sso (
  organization_id TEXT PRIMARY KEY REFERENCES organizations, issuer TEXT NOT NULL, client_id TEXT NOT NULL,
  sealed_secret BLOB, domains TEXT NOT NULL, default_role TEXT NOT NULL, auto_create INTEGER NOT NULL,
  required INTEGER NOT NULL, updated_at INTEGER NOT NULL
);
CREATE TABLE sso_subjects (
  organization_id TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL, person_id TEXT NOT NULL,
  PRIMARY KEY (organization_id, issuer, subject)
);
CREATE TABLE catalogue_actions (
  organization_id TEXT NOT NULL, action TEXT NOT NULL, group_name TEXT, description TEXT NOT NULL,
  updated_at INTEGER NOT NULL, PRIMARY KEY (organization_id, action)
);
CREATE TABLE catalogue_schemas (
  organization_id TEXT NOT NULL, action TEXT NOT NULL, version INTEGER NOT NULL, schema TEXT,
  created_at INTEGER NOT NULL, PRIMARY KEY (organization_id, action, version)
);
CREATE TABLE catalogue_groups (
  organization_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, PRIMARY KEY (organization_id, name)
);
CREATE TABLE catalogue_policies (
  organization_id TEXT NOT NULL, mode TEXT NOT NULL, unknown_action TEXT NOT NULL, metadata_mismatch TEXT NOT NULL,
  PRIMARY KEY (organization_id, mode)
);
CREATE TABLE catalogue_revisions (organization_id TEXT PRIMARY KEY, revision INTEGER NOT NULL);
CREATE TABLE integrity_schedule (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1), due_at INTEGER NOT NULL, finished_at INTEGER
);
CREATE TABLE integrity_checks (
  organization_id TEXT NOT NULL, mode TEXT NOT NULL, due_at INTEGER NOT NULL, started_at INTEGER NOT NULL,
  finished_at INTEGER, walked INTEGER NOT NULL, head_hash TEXT NOT NULL, frontier BLOB NOT NULL,
  passed_size INTEGER NOT NULL, passed_hash TEXT NOT NULL, damage TEXT, PRIMARY KEY (organization_id, mode)
);
CREATE TABLE saved_views (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, person_id TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL,
  shared INTEGER NOT NULL, created_at INTEGER NOT NULL
);
CREATE INDEX saved_views_of_organization ON saved_views (organization_id, name);
CREATE TABLE erasures (
  id TEXT PRIMARY KEY, organization_id TEXT NOT NULL, mode TEXT NOT NULL, entry_id TEXT NOT NULL, sections TEXT NOT NULL,
  runs TEXT NOT NULL, entries INTEGER NOT NULL, reason TEXT NOT NULL, legal_basis TEXT NOT NULL,
  requested_by TEXT NOT NULL, requested_at INTEGER NOT NULL, carried_out_at INTEGER, certificate TEXT
);
CREATE INDEX erasures_by_organization ON erasures (organization_id, requested_at);
-- Grows with every transaction: what a process remembers is worth something as long as this stays.
CREATE TABLE versions (part TEXT PRIMARY KEY, version INTEGER NOT NULL);
INSERT INTO versions VALUES ('access', 0);
`

/** Whose rows belong to an organization. A table that comes later is guarded by a step of its own. */
const GUARDED = [
  ...['api_keys', 'memberships', 'roles', 'workspaces', 'support_accesses', 'outbox', 'sessions'],
  ...['pending_sign_ins', 'links', 'sso', 'sso_subjects', 'catalogue_actions', 'catalogue_schemas'],
  ...['catalogue_groups', 'catalogue_policies', 'catalogue_revisions', 'integrity_checks', 'saved_views'],
  ...['erasures', 'key_rotations', 'retention_policies', 'legal_holds', 'prunes', 'retention_runs'],
  ...['archives', 'epoch_requests'],
]

/** The tables of the access store in PostgreSQL. What a file gets from here on, these get as well. */
export const POSTGRES_MIGRATIONS: readonly Migration[] = [
  { what: 'access control', sql: toPostgresTables(TABLES) },
  ...MIGRATIONS.slice(VERSIONS_BEFORE, VERSIONS_BEFORE_GUARDS).map(toMigration(VERSIONS_BEFORE)),
  {
    what: 'rows are guarded by their organization',
    sql: GUARDED.map((table) => guardOf(table, 'counterfoil.organization', 'organization_id')).join(''),
  },
  ...MIGRATIONS.slice(VERSIONS_BEFORE_GUARDS).map(toMigration(VERSIONS_BEFORE_GUARDS)),
]

function toMigration(versionBefore: number): (statements: string, i: number) => Migration {
  return (statements, i) => ({
    what: `access control, version ${versionBefore + i + 1}`,
    sql: toPostgresTables(statements),
  })
}

/** Statements for SQLite as PostgreSQL has them: other types of columns, and no options of tables. */
export function toPostgresTables(statements: string): string {
  return statements
    .replaceAll('INTEGER PRIMARY KEY AUTOINCREMENT', 'bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY')
    .replaceAll(/\bINTEGER\b/g, 'bigint')
    .replaceAll(/\bTEXT\b/g, TEXT)
    .replaceAll(/\bBLOB\b/g, 'bytea')
    .replaceAll(/\) STRICT(?:, WITHOUT ROWID)?;/g, ');')
}
