import { AppError, type LogName } from '@counterfoil/core'
import { type Database, inTransaction, openDatabase, type Statement } from '../sqlite/driver.js'
import { scrubDatabase } from '../sqlite/scrub.js'
import type {
  AccessStore,
  AccessStoreOptions,
  CookieTarget,
  KeyRequest,
  NewKey,
  Organization,
} from './access-store.js'
import { type ApiKey, isPairForm, isPersonalTokenForm, isSecret, type Owner, parseToken } from './api-key.js'
import { permissionsOfScopes, scopesOfPermissions } from './permissions.js'
import type { Secrets } from './secrets.js'
import { type SessionRefusal, toSessionKey } from './session-keys.js'
import { CatalogueTable } from './tables/catalogue-table.js'
import { ErasuresTable } from './tables/erasures-table.js'
import { IntegrityTable } from './tables/integrity-table.js'
import { KeysTable, type StoredKey } from './tables/keys-table.js'
import { LinksTable } from './tables/links-table.js'
import { type Membership, MembershipsTable } from './tables/memberships-table.js'
import { migrate } from './tables/migrations.js'
import { OrganizationsTable } from './tables/organizations-table.js'
import { OutboxTable } from './tables/outbox-table.js'
import { PendingSignInsTable } from './tables/pending-sign-ins-table.js'
import { PeopleTable } from './tables/people-table.js'
import { RecoveryCodesTable } from './tables/recovery-codes-table.js'
import { RolesTable } from './tables/roles-table.js'
import { SavedViewsTable } from './tables/saved-views-table.js'
import { type Session, SessionsTable } from './tables/sessions-table.js'
import { SsoTable } from './tables/sso-table.js'
import { SupportAccessesTable } from './tables/support-accesses-table.js'
import { WorkspacesTable } from './tables/workspaces-table.js'
import { isViewerTokenForm, readViewerToken, viewerFilter } from './viewer-token.js'

/** Keys kept verified in memory; the rest costs a look-up of some 10 µs. */
const CACHED_TOKENS_MAX = 10_000
const USES_NOTED_EVERY_MS = 60_000
/** Keys whose use is noted in one transaction, which holds up the event loop for about a millisecond. */
const USES_A_TRANSACTION = 500

/** Opens, and if need be makes, the access store in an SQLite file of its own. */
export async function openSqliteAccessStore(
  path: string,
  options: AccessStoreOptions = {},
): Promise<AccessStore> {
  const database = await openDatabase(path)
  try {
    database.exec('PRAGMA busy_timeout = 5000')
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('PRAGMA synchronous = FULL')
    // What is deleted here may be the hash of a secret or an address: it shall not linger in free pages.
    database.exec('PRAGMA secure_delete = ON')
    migrate(database, path)
    return new SqliteAccessStore(database, options)
  } catch (error) {
    database.close()
    throw error
  }
}

class SqliteAccessStore implements AccessStore {
  readonly tenants: OrganizationsTable
  readonly people: PeopleTable
  readonly memberships: MembershipsTable
  readonly roles: RolesTable
  readonly workspaces: WorkspacesTable
  readonly savedViews: SavedViewsTable
  readonly apiKeys: KeysTable
  readonly sessions: SessionsTable
  readonly supportAccesses: SupportAccessesTable
  readonly pendingSignIns: PendingSignInsTable
  readonly recoveryCodes: RecoveryCodesTable
  readonly links: LinksTable
  readonly sso: SsoTable
  readonly catalogue: CatalogueTable
  readonly outbox: OutboxTable
  readonly integrity: IntegrityTable
  readonly erasures: ErasuresTable
  readonly now: () => number
  secrets: Secrets | undefined
  readonly #database: Database
  readonly #dataVersion: Statement
  /** Tokens that were verified, as of `#cachedVersion` of the file. */
  readonly #verified = new Map<string, ApiKey>()
  /** Revisions of catalogues by log, as of the same version. */
  readonly #catalogueRevisions = new Map<string, number | undefined>()
  /** When keys were used since that was last noted. */
  #uses = new Map<string, number>()
  readonly #usesTimer: NodeJS.Timeout
  #cachedVersion = -1

  constructor(database: Database, { now = Date.now, sessionLimits }: AccessStoreOptions) {
    this.#database = database
    this.now = now
    this.#dataVersion = database.prepare('PRAGMA data_version')
    this.tenants = new OrganizationsTable(database)
    this.people = new PeopleTable(database)
    this.memberships = new MembershipsTable(database)
    this.roles = new RolesTable(database)
    this.workspaces = new WorkspacesTable(database)
    this.savedViews = new SavedViewsTable(database)
    this.apiKeys = new KeysTable(database)
    this.sessions = new SessionsTable(database, now, sessionLimits)
    this.pendingSignIns = new PendingSignInsTable(database, now)
    this.recoveryCodes = new RecoveryCodesTable(database)
    this.links = new LinksTable(database, now)
    this.sso = new SsoTable(database)
    this.supportAccesses = new SupportAccessesTable(database)
    this.catalogue = new CatalogueTable(database)
    this.outbox = new OutboxTable(database)
    this.integrity = new IntegrityTable(database)
    this.erasures = new ErasuresTable(database)
    this.#usesTimer = setInterval(() => this.#noteUses(), USES_NOTED_EVERY_MS).unref()
  }

  organizations(): readonly Organization[] {
    return this.tenants.list()
  }

  findOrganization(slugOrId: string): Organization | undefined {
    return this.tenants.find(slugOrId)
  }

  createOrganization(slug: string, name: string = slug): Organization {
    return this.tenants.create(slug, name)
  }

  createKey(request: KeyRequest): NewKey {
    const { key, ...rest } = this.apiKeys.create(request)
    return { ...rest, key: this.#complete(key) ?? withoutPersonId(key) }
  }

  keys(organization: Organization): readonly ApiKey[] {
    return this.apiKeys
      .list(organization.id)
      .filter(({ revokedAt }) => revokedAt === undefined)
      .map(withoutPersonId)
  }

  revokeKey(keyId: string): void {
    if (!this.apiKeys.revoke(keyId)) throw new AppError('not_found', { hint: `There is no key ${keyId}.` })
    this.#verified.clear()
  }

  authenticate(token: string): ApiKey | undefined {
    if (token.startsWith('cf_session_')) return this.#authenticateSession(token)
    return this.#remembered(token, () => {
      if (isViewerTokenForm(token)) return this.#findViewer(token)
      if (isPersonalTokenForm(token)) return this.apiKeys.findPersonalToken(token)
      const parsed = parseToken(token)
      if (parsed === undefined) return undefined
      const key = this.apiKeys.findWithSecret(parsed.keyId, 'api_key', parsed.secret)
      return key?.mode === parsed.mode ? key : undefined
    })
  }

  authenticateCookie(value: string, { organization, mode }: CookieTarget = {}): ApiKey | SessionRefusal {
    const session = this.#findSession(value, 'cookie')
    if (session === undefined) return 'session_ended'
    const key = toSessionKey(
      this,
      session,
      this.tenants.find(organization ?? session.organizationId),
      mode ?? session.mode,
    )
    if (typeof key !== 'string') this.sessions.use(session.sessionId)
    return key
  }

  authenticatePair(keyId: string, secret: string): ApiKey | undefined {
    if (!isPairForm(keyId, secret)) return undefined
    return this.#remembered(`${keyId}:${secret}`, () =>
      this.apiKeys.findWithSecret(keyId, 'key_pair', secret),
    )
  }

  refresh(key: ApiKey): ApiKey | undefined {
    if (this.tenants.isSuspended(key.organizationId)) return undefined
    if (key.kind === 'session') {
      const session = this.sessions.find(key.keyId)
      return session === undefined ? undefined : this.#keyOf(session, key.organizationId, key.mode)
    }
    if (key.kind === 'viewer') {
      return isExpired(key) || !this.#mayMakeViewers(makerOf(key)) ? undefined : key
    }
    const stored = this.#findUsable(key.keyId)
    return stored === undefined ? undefined : this.#complete(stored)
  }

  catalogueRevision(log: LogName): number | undefined {
    const name = `${log.organization_id}/${log.mode}`
    const known = this.#catalogueRevisions.get(name)
    if (known !== undefined || this.#catalogueRevisions.has(name)) return known
    const revision = this.catalogue.revisionFor(log)
    if (this.#catalogueRevisions.size >= CACHED_TOKENS_MAX) this.#catalogueRevisions.clear()
    this.#catalogueRevisions.set(name, revision)
    return revision
  }

  scrub(): Promise<boolean> {
    return scrubDatabase(this.#database)
  }

  transaction<T>(work: () => T): T {
    try {
      return inTransaction(this.#database, work)
    } finally {
      this.#forget()
    }
  }

  masterKeyFingerprint(): Uint8Array | undefined {
    const row = this.#database.prepare('SELECT fingerprint FROM master_key').get()
    return (row as { fingerprint: Uint8Array } | undefined)?.fingerprint
  }

  setMasterKeyFingerprint(fingerprint: Uint8Array): void {
    this.#database
      .prepare(
        'INSERT INTO master_key (only_one, fingerprint) VALUES (1, ?1) ON CONFLICT DO UPDATE SET fingerprint = ?1',
      )
      .run(fingerprint)
  }

  sealedSigningRoot(): Uint8Array | undefined {
    const row = this.#database.prepare('SELECT sealed_signing_root AS sealed FROM master_key').get()
    return (row as { sealed: Uint8Array | null } | undefined)?.sealed ?? undefined
  }

  setSealedSigningRoot(sealed: Uint8Array | null): void {
    this.#database.prepare('UPDATE master_key SET sealed_signing_root = ?').run(sealed)
  }

  version(): number {
    return (this.#dataVersion.get() as { data_version: number }).data_version
  }

  close(): void {
    clearInterval(this.#usesTimer)
    this.#noteUses()
    this.#database.close()
  }

  /** What was verified since the file last changed, else what `find` finds. */
  #remembered(credential: string, find: () => StoredKey | undefined): ApiKey | undefined {
    this.#forgetIfChanged()
    const known = this.#verified.get(credential)
    if (known !== undefined) return this.#use(known)
    const stored = find()
    const completed = stored === undefined ? undefined : this.#complete(stored)
    if (completed === undefined) return undefined
    const key = this.tenants.isSuspended(completed.organizationId) ? suspended(completed) : completed
    if (this.#verified.size >= CACHED_TOKENS_MAX) this.#verified.clear()
    this.#verified.set(credential, key)
    return this.#use(key)
  }

  #findUsable(keyId: string): StoredKey | undefined {
    const stored = this.apiKeys.find(keyId)
    return stored === undefined || stored.revokedAt !== undefined || isExpired(stored) ? undefined : stored
  }

  /** The viewer behind a token that a key made, as long as that key holds. */
  #findViewer(token: string): StoredKey | undefined {
    const grant = this.secrets === undefined ? undefined : readViewerToken(this.secrets, token)
    if (grant === undefined) return undefined
    const maker = this.#findUsable(grant.keyId)
    const narrowing = viewerFilter(grant.query)
    if (maker === undefined || !this.#mayMakeViewers(maker.keyId) || typeof narrowing === 'string')
      return undefined
    const { filter } = narrowing
    return {
      keyId: `${maker.keyId}/${grant.id}`,
      kind: 'viewer',
      organizationId: maker.organizationId,
      mode: grant.mode,
      scopes: ['audit:read'],
      permissions: grant.mayExport ? ['entries.read', 'entries.export'] : ['entries.read'],
      name: grant.viewer,
      rateClass: maker.rateClass,
      createdAt: maker.createdAt,
      expiresAt: grant.expiresAt * 1_000,
      ...(filter === undefined ? {} : { filter }),
    }
  }

  #mayMakeViewers(keyId: string): boolean {
    return this.#findUsable(keyId)?.permissions.includes('viewer_tokens.create') === true
  }

  #use(key: ApiKey): ApiKey | undefined {
    if (isExpired(key)) return undefined
    this.#uses.set(key.kind === 'viewer' ? makerOf(key) : key.keyId, Date.now())
    return key
  }

  /**
   * A stored key with its person. A personal token is never worth more than its person's role is now, and nothing
   * once they have left; a key that a person made for a program outlives their leaving.
   */
  #complete({ personId, ...key }: StoredKey): ApiKey | undefined {
    if (personId === undefined) return key
    const membership = this.memberships.find(key.organizationId, personId)
    if (key.kind !== 'personal_token')
      return membership === undefined ? key : { ...key, owner: toOwner(membership) }
    if (membership === undefined) return undefined
    const permissions = permissionsOfScopes(key.scopes).filter((permission) =>
      membership.permissions.includes(permission),
    )
    return {
      ...key,
      scopes: scopesOfPermissions(permissions),
      permissions,
      owner: toOwner(membership),
      role: membership.role,
    }
  }

  /** Not remembered: sessions expire, and there are few requests by people. */
  #authenticateSession(token: string): ApiKey | undefined {
    const session = this.#findSession(token, 'token')
    if (session === undefined) return undefined
    const key = this.#keyOf(session, session.organizationId, session.mode)
    if (key !== undefined) this.sessions.use(session.sessionId)
    return key
  }

  #findSession(token: string, form: Session['form']): Session | undefined {
    this.#forgetIfChanged()
    const parsed = parseToken(token)
    if (parsed?.kind !== 'session') return undefined
    const session = this.sessions.find(parsed.keyId)
    return session?.form === form && isSecret(parsed.secret, session.secretHash) ? session : undefined
  }

  #keyOf(session: Session, organizationId: string, mode: Session['mode']): ApiKey | undefined {
    const key = toSessionKey(this, session, this.tenants.find(organizationId), mode)
    return typeof key === 'string' ? undefined : key
  }

  /** Off the request path: a commit waits for the disk. */
  #noteUses(): void {
    if (this.sessions.hasUses) inTransaction(this.#database, () => this.sessions.writeUses())
    const uses = [...this.#uses]
    this.#uses = new Map()
    for (let i = 0; i < uses.length; i += USES_A_TRANSACTION) {
      const part = new Map(uses.slice(i, i + USES_A_TRANSACTION))
      inTransaction(this.#database, () => this.apiKeys.noteUses(part))
    }
  }

  /**
   * Another process may have revoked a key. `data_version` changes with every commit of another connection; asking
   * costs about 2 µs, reads shared memory and never waits, so it may run on the event loop for each request.
   */
  #forgetIfChanged(): void {
    const version = this.version()
    if (version === this.#cachedVersion) return
    this.#forget()
    this.#cachedVersion = version
  }

  #forget(): void {
    this.#verified.clear()
    this.#catalogueRevisions.clear()
  }
}

/** A key that is known and may do nothing, whoever forgets to look at `suspended`. */
function suspended(key: ApiKey): ApiKey {
  return { ...key, suspended: true, scopes: [], permissions: [] }
}

/** The key that made a viewer token; its id is the first part of the viewer's. */
function makerOf({ keyId }: ApiKey): string {
  return keyId.split('/', 1)[0] as string
}

function isExpired({ expiresAt }: ApiKey): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now()
}

function toOwner({ personId, email }: Membership): Owner {
  return { personId, email }
}

function withoutPersonId({ personId: _, ...key }: StoredKey): ApiKey {
  return key
}
