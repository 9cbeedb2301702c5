import { AppError, type Mode } from '@counterfoil/core'
import { uuidV7 } from '../journal/uuid.js'
import { type Database, openDatabase, type Statement } from '../sqlite/driver.js'
import type { AccessStore, KeyRequest, NewKey, NewSession, Organization } from './access-store.js'
import {
  type ApiKey,
  hashSecret,
  isPairForm,
  isPersonalTokenForm,
  isSecret,
  type KeyKind,
  makePair,
  makePersonalToken,
  makeToken,
  parseToken,
  type RateClass,
  type Scope,
  type TokenStyle,
} from './api-key.js'

/** What each version adds to the one before; `user_version` counts them. */
const MIGRATIONS = [
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
] as const
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Keys kept verified in memory; the rest costs a look-up of some 10 µs. */
const CACHED_TOKENS_MAX = 10_000
const SESSION_MS = 12 * 3_600_000
/** What somebody who signed in may do, until people have roles. */
const SESSION_SCOPES: readonly Scope[] = ['audit:read']

interface KeyRow {
  readonly key_id: string
  readonly kind: string
  readonly organization_id: string
  readonly mode: string
  readonly scopes: string
  readonly name: string
  readonly rate_class: string
  readonly secret_hash: Uint8Array
  readonly created_at: number
}

interface SessionRow {
  readonly secret_hash: Uint8Array
  readonly organization_id: string
  readonly email: string
  readonly created_at: number
}

interface OrganizationRow {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly created_at: number
}

/** Opens, and if need be makes, the access store in an SQLite file of its own. */
export async function openSqliteAccessStore(path: string): Promise<AccessStore> {
  const database = await openDatabase(path)
  database.exec('PRAGMA busy_timeout = 5000')
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (user_version > MIGRATIONS.length) {
    database.close()
    throw new AppError('invalid_setting', {
      hint: `${path} was written by a newer Counterfoil (schema ${user_version}).`,
    })
  }
  migrate(database)
  return new SqliteAccessStore(database)
}

/** Brings the tables to the newest version, in one transaction: two processes may open an older file at once. */
function migrate(database: Database): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const { user_version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
    for (const statements of MIGRATIONS.slice(user_version)) database.exec(statements)
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`)
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

class SqliteAccessStore implements AccessStore {
  readonly #database: Database
  readonly #dataVersion: Statement
  readonly #findKey: Statement
  readonly #findSession: Statement
  readonly #findPersonalToken: Statement
  /** Tokens that were verified, as of `#cachedVersion` of the file. */
  readonly #verified = new Map<string, ApiKey>()
  #cachedVersion = -1

  constructor(database: Database) {
    this.#database = database
    this.#dataVersion = database.prepare('PRAGMA data_version')
    this.#findSession = database.prepare(
      `SELECT secret_hash, organization_id, email, created_at FROM sessions JOIN people USING (email)
       WHERE session_id = ? AND mode = ? AND expires_at > ?`,
    )
    this.#findKey = database.prepare('SELECT * FROM api_keys WHERE key_id = ?')
    this.#findPersonalToken = database.prepare(
      "SELECT * FROM api_keys WHERE kind = 'personal_token' AND secret_hash = ?",
    )
  }

  organizations(): readonly Organization[] {
    const rows = this.#database.prepare('SELECT * FROM organizations ORDER BY created_at, slug').all()
    return (rows as unknown as OrganizationRow[]).map(toOrganization)
  }

  findOrganization(slugOrId: string): Organization | undefined {
    const row = this.#database
      .prepare('SELECT * FROM organizations WHERE slug = ? OR id = ?')
      .get(slugOrId, slugOrId)
    return row === undefined ? undefined : toOrganization(row as unknown as OrganizationRow)
  }

  createOrganization(slug: string, name: string = slug): Organization {
    if (!SLUG.test(slug)) {
      throw new AppError('invalid_request', {
        param: 'slug',
        hint: `"${slug}" is not a slug: use 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.`,
      })
    }
    const organization = { id: uuidV7(), slug, name, createdAt: Date.now() }
    const { changes } = this.#database
      .prepare(
        'INSERT INTO organizations (id, slug, name, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(organization.id, slug, name, organization.createdAt)
    if (Number(changes) === 0)
      throw new AppError('slug_taken', { param: 'slug', hint: `Choose another slug than "${slug}".` })
    return organization
  }

  createKey(request: KeyRequest): NewKey {
    const {
      organization,
      mode,
      scopes,
      name,
      kind = 'api_key',
      style = 'cf',
      rateClass = 'standard',
    } = request
    const made = makeCredential(kind, mode, style)
    const createdAt = Date.now()
    this.#database
      .prepare(
        'INSERT INTO api_keys (key_id, kind, organization_id, mode, scopes, name, rate_class, secret_hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        made.keyId,
        kind,
        organization.id,
        mode,
        scopes.join(' '),
        name,
        rateClass,
        made.secretHash,
        createdAt,
      )
    const { keyId } = made
    const key = { keyId, kind, organizationId: organization.id, mode, scopes, name, rateClass, createdAt }
    return { token: made.token, ...(made.secret === undefined ? {} : { secret: made.secret }), key }
  }

  keys(organization: Organization): readonly ApiKey[] {
    const rows = this.#database
      .prepare('SELECT * FROM api_keys WHERE organization_id = ? ORDER BY created_at, key_id')
      .all(organization.id)
    return (rows as unknown as KeyRow[]).map(toKey)
  }

  revokeKey(keyId: string): void {
    const { changes } = this.#database.prepare('DELETE FROM api_keys WHERE key_id = ?').run(keyId)
    if (Number(changes) === 0) throw new AppError('not_found', { hint: `There is no key ${keyId}.` })
    this.#verified.clear()
  }

  authenticate(token: string): ApiKey | undefined {
    if (token.startsWith('cf_session_')) return this.#authenticateSession(token)
    return this.#remembered(token, () => {
      if (isPersonalTokenForm(token)) {
        const row = this.#findPersonalToken.get(hashSecret(token)) as KeyRow | undefined
        return row === undefined ? undefined : toKey(row)
      }
      const parsed = parseToken(token)
      if (parsed === undefined) return undefined
      const key = this.#keyWithSecret(parsed.keyId, 'api_key', parsed.secret)
      return key?.mode === parsed.mode ? key : undefined
    })
  }

  authenticatePair(keyId: string, secret: string): ApiKey | undefined {
    if (!isPairForm(keyId, secret)) return undefined
    return this.#remembered(`${keyId}:${secret}`, () => this.#keyWithSecret(keyId, 'key_pair', secret))
  }

  createPerson(email: string, passwordHash: string, organization: Organization): void {
    this.#database
      .prepare('INSERT INTO people (email, password_hash, organization_id, created_at) VALUES (?, ?, ?, ?)')
      .run(email, passwordHash, organization.id, Date.now())
  }

  findPerson(email: string): { readonly passwordHash: string; readonly organizationId: string } | undefined {
    const row = this.#database
      .prepare('SELECT password_hash, organization_id FROM people WHERE email = ?')
      .get(email) as { password_hash: string; organization_id: string } | undefined
    return row === undefined
      ? undefined
      : { passwordHash: row.password_hash, organizationId: row.organization_id }
  }

  createSession(email: string, mode: Mode): NewSession {
    const { token, keyId, secretHash } = makeToken(mode, 'cf_session')
    const expiresAt = Date.now() + SESSION_MS
    this.#database.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(Date.now())
    this.#database
      .prepare(
        'INSERT INTO sessions (session_id, email, mode, secret_hash, expires_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(keyId, email, mode, secretHash, expiresAt)
    return { token, expiresAt }
  }

  close(): void {
    this.#database.close()
  }

  /** What was verified since the file last changed, else what `find` finds. */
  #remembered(credential: string, find: () => ApiKey | undefined): ApiKey | undefined {
    this.#forgetIfChanged()
    const known = this.#verified.get(credential)
    if (known !== undefined) return known
    const key = find()
    if (key === undefined) return undefined
    if (this.#verified.size >= CACHED_TOKENS_MAX) this.#verified.clear()
    this.#verified.set(credential, key)
    return key
  }

  #keyWithSecret(keyId: string, kind: KeyKind, secret: string): ApiKey | undefined {
    const row = this.#findKey.get(keyId) as KeyRow | undefined
    return row !== undefined && row.kind === kind && isSecret(secret, row.secret_hash)
      ? toKey(row)
      : undefined
  }

  /** Not remembered: sessions expire, and there are few requests by people. */
  #authenticateSession(token: string): ApiKey | undefined {
    const parsed = parseToken(token)
    if (parsed === undefined) return undefined
    const { keyId, secret, mode } = parsed
    const row = this.#findSession.get(keyId, mode, Date.now()) as SessionRow | undefined
    if (row === undefined || !isSecret(secret, row.secret_hash)) return undefined
    const { organization_id: organizationId, email, created_at: createdAt } = row
    return {
      keyId,
      kind: 'session',
      organizationId,
      mode,
      scopes: SESSION_SCOPES,
      name: email,
      rateClass: 'standard',
      createdAt,
    }
  }

  /**
   * Another process may have revoked a key. `data_version` changes with every commit of another connection; asking
   * costs about 2 µs, reads shared memory and never waits, so it may run on the event loop for each request.
   */
  #forgetIfChanged(): void {
    const { data_version } = this.#dataVersion.get() as { data_version: number }
    if (data_version === this.#cachedVersion) return
    this.#verified.clear()
    this.#cachedVersion = data_version
  }
}

function toOrganization({ id, slug, name, created_at }: OrganizationRow): Organization {
  return { id, slug, name, createdAt: created_at }
}

function makeCredential(
  kind: KeyKind,
  mode: Mode,
  style: TokenStyle,
): ReturnType<typeof makeToken> & { readonly secret?: string } {
  if (kind === 'key_pair') return makePair()
  return kind === 'personal_token' ? makePersonalToken() : makeToken(mode, style)
}

function toKey({
  key_id,
  kind,
  organization_id,
  mode,
  scopes,
  name,
  rate_class,
  created_at,
}: KeyRow): ApiKey {
  return {
    keyId: key_id,
    kind: kind as KeyKind,
    organizationId: organization_id,
    mode: mode as Mode,
    scopes: scopes.split(' ') as Scope[],
    name,
    rateClass: rate_class as RateClass,
    createdAt: created_at,
  }
}
