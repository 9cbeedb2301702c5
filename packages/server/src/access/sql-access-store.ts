import { AppError, type LogName } from '@counterfoil/core'
import type { SqlDatabase } from '../sql/sql-database.js'
import type {
  AccessRecords,
  AccessStore,
  AccessStoreOptions,
  CookieTarget,
  KeyRequest,
  NewKey,
  Organization,
  RecalledKey,
} from './access-store.js'
import { type ApiKey, isPairForm, isPersonalTokenForm, isSecret, parseToken } from './api-key.js'
import { LastUses } from './last-uses.js'
import { type SessionRefusal, toSessionKey } from './session-keys.js'
import { type RecordsOptions, SqlAccessRecords } from './sql-access-records.js'
import { completeKey, makeKey, withoutPersonId } from './stored-key.js'
import type { StoredKey } from './tables/keys-table.js'
import type { Session } from './tables/sessions-table.js'
import { isViewerTokenForm, readViewerToken, viewerFilter } from './viewer-token.js'

/** Keys kept verified in memory; the rest costs a look-up of some 10 µs. */
const CACHED_TOKENS_MAX = 10_000
const USES_NOTED_EVERY_MS = 60_000

/** The access store on any engine, whose tables are there. */
export class SqlAccessStore extends SqlAccessRecords implements AccessStore {
  readonly #database: SqlDatabase
  readonly #options: RecordsOptions
  readonly #onError: (error: unknown) => void
  /** Tokens that were verified, as of `#cachedVersion` of the store. */
  readonly #verified = new Map<string, ApiKey>()
  /** Apart from tokens, which may be spelled like any pair. */
  readonly #verifiedPairs = new Map<string, ApiKey>()
  /** Revisions of catalogues by log, as of the same version. */
  readonly #catalogueRevisions = new Map<string, number | undefined>()
  #cachedVersion = -1
  /** How often what was remembered was forgotten: nobody remembers what they looked up before the last time. */
  #timesForgotten = 0
  readonly #keyUses = new LastUses()
  readonly #usesTimer: NodeJS.Timeout

  constructor(
    database: SqlDatabase,
    { now = Date.now, sessionLimits, onError = () => undefined }: AccessStoreOptions,
  ) {
    const options = { now, sessionLimits, sessionUses: new LastUses() }
    super(database, options)
    this.#database = database
    this.#options = options
    this.#onError = onError
    this.#usesTimer = setInterval(() => {
      this.#noteUses().catch((error: unknown) => this.#onError(error))
    }, USES_NOTED_EVERY_MS).unref()
  }

  organizations(): Promise<readonly Organization[]> {
    return this.tenants.list()
  }

  findOrganization(slugOrId: string): Promise<Organization | undefined> {
    return this.tenants.find(slugOrId)
  }

  createOrganization(slug: string, name: string = slug): Promise<Organization> {
    return this.tenants.create(slug, name)
  }

  createKey(request: KeyRequest): Promise<NewKey> {
    return makeKey(this, request)
  }

  async keys(organization: Organization): Promise<readonly ApiKey[]> {
    const keys = await this.apiKeys.list(organization.id)
    return keys.filter(({ revokedAt }) => revokedAt === undefined).map(withoutPersonId)
  }

  async revokeKey(keyId: string): Promise<void> {
    if (!(await this.apiKeys.revoke(keyId)))
      throw new AppError('not_found', { hint: `There is no key ${keyId}.` })
    this.#forget()
  }

  async authenticate(token: string): Promise<ApiKey | undefined> {
    if (token.startsWith('cf_session_')) return this.#authenticateSession(token)
    return this.#remembered(this.#verified, token, async () => {
      if (isViewerTokenForm(token)) return this.#findViewer(token)
      if (isPersonalTokenForm(token)) return this.apiKeys.findPersonalToken(token)
      const parsed = parseToken(token)
      if (parsed === undefined) return undefined
      const key = await this.apiKeys.findWithSecret(parsed.keyId, 'api_key', parsed.secret)
      return key?.mode === parsed.mode ? key : undefined
    })
  }

  recall(token: string): RecalledKey | undefined {
    if (!this.#database.isVersionInTable) return undefined
    const known = this.#verified.get(token)
    const key = known === undefined ? undefined : this.#use(known)
    return key === undefined ? undefined : { key, version: this.#cachedVersion }
  }

  async authenticateCookie(
    value: string,
    { organization, mode }: CookieTarget = {},
  ): Promise<ApiKey | SessionRefusal> {
    const session = await this.#findSession(value, 'cookie')
    if (session === undefined) return 'session_ended'
    const key = await toSessionKey(
      this,
      session,
      await this.tenants.find(organization ?? session.organizationId),
      mode ?? session.mode,
    )
    if (typeof key !== 'string') this.sessions.use(session.sessionId)
    return key
  }

  async authenticatePair(keyId: string, secret: string): Promise<ApiKey | undefined> {
    if (!isPairForm(keyId, secret)) return undefined
    return this.#remembered(this.#verifiedPairs, `${keyId}:${secret}`, () =>
      this.apiKeys.findWithSecret(keyId, 'key_pair', secret),
    )
  }

  async refresh(key: ApiKey): Promise<ApiKey | undefined> {
    if (await this.tenants.isSuspended(key.organizationId)) return undefined
    if (key.kind === 'session') {
      const session = await this.sessions.find(key.keyId)
      return session === undefined ? undefined : await this.#keyOf(session, key.organizationId, key.mode)
    }
    if (key.kind === 'viewer')
      return isExpired(key) || !(await this.#mayMakeViewers(makerOf(key))) ? undefined : key
    const stored = await this.#findUsable(key.keyId)
    return stored === undefined ? undefined : await completeKey(this, stored)
  }

  async catalogueRevision(log: LogName): Promise<number | undefined> {
    const name = `${log.organization_id}/${log.mode}`
    const known = this.#catalogueRevisions.get(name)
    if (known !== undefined || this.#catalogueRevisions.has(name)) return known
    const asOf = this.#timesForgotten
    const revision = await this.catalogue.revisionFor(log)
    if (asOf !== this.#timesForgotten) return revision
    if (this.#catalogueRevisions.size >= CACHED_TOKENS_MAX) this.#catalogueRevisions.clear()
    this.#catalogueRevisions.set(name, revision)
    return revision
  }

  scrub(): Promise<boolean> {
    return this.#database.scrub()
  }

  async transaction<T>(work: (access: AccessRecords) => Promise<T>): Promise<T> {
    try {
      return await this.#database.transaction((sql) =>
        work(new SqlAccessRecords(sql, this.#options, this.secrets)),
      )
    } finally {
      this.#forget()
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#usesTimer)
    try {
      await this.#noteUses()
    } finally {
      await this.#database.close()
    }
  }

  /** What was verified since the store last changed, else what `find` finds. */
  async #remembered(
    verified: Map<string, ApiKey>,
    credential: string,
    find: () => Promise<StoredKey | undefined>,
  ): Promise<ApiKey | undefined> {
    await this.#forgetIfChanged()
    const known = verified.get(credential)
    if (known !== undefined) return this.#use(known)
    const asOf = this.#timesForgotten
    const stored = await find()
    const completed = stored === undefined ? undefined : await completeKey(this, stored)
    if (completed === undefined) return undefined
    const key = (await this.tenants.isSuspended(completed.organizationId)) ? suspended(completed) : completed
    if (asOf === this.#timesForgotten) {
      if (verified.size >= CACHED_TOKENS_MAX) verified.clear()
      verified.set(credential, key)
    }
    return this.#use(key)
  }

  async #findUsable(keyId: string): Promise<StoredKey | undefined> {
    const stored = await this.apiKeys.find(keyId)
    return stored === undefined || stored.revokedAt !== undefined || isExpired(stored) ? undefined : stored
  }

  /** The viewer behind a token that a key made, as long as that key holds. */
  async #findViewer(token: string): Promise<StoredKey | undefined> {
    const grant = this.secrets === undefined ? undefined : readViewerToken(this.secrets, token)
    if (grant === undefined) return undefined
    const maker = await this.#findUsable(grant.keyId)
    const narrowing = viewerFilter(grant.query)
    if (maker === undefined || !(await this.#mayMakeViewers(maker.keyId)) || typeof narrowing === 'string')
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

  async #mayMakeViewers(keyId: string): Promise<boolean> {
    return (await this.#findUsable(keyId))?.permissions.includes('viewer_tokens.create') === true
  }

  #use(key: ApiKey): ApiKey | undefined {
    if (isExpired(key)) return undefined
    this.#keyUses.set(key.kind === 'viewer' ? makerOf(key) : key.keyId, Date.now())
    return key
  }

  /** Not remembered: sessions expire, and there are few requests by people. */
  async #authenticateSession(token: string): Promise<ApiKey | undefined> {
    const session = await this.#findSession(token, 'token')
    if (session === undefined) return undefined
    const key = await this.#keyOf(session, session.organizationId, session.mode)
    if (key !== undefined) this.sessions.use(session.sessionId)
    return key
  }

  async #findSession(token: string, form: Session['form']): Promise<Session | undefined> {
    await this.#forgetIfChanged()
    const parsed = parseToken(token)
    if (parsed?.kind !== 'session') return undefined
    const session = await this.sessions.find(parsed.keyId)
    return session?.form === form && isSecret(parsed.secret, session.secretHash) ? session : undefined
  }

  async #keyOf(session: Session, organizationId: string, mode: Session['mode']): Promise<ApiKey | undefined> {
    const key = await toSessionKey(this, session, await this.tenants.find(organizationId), mode)
    return typeof key === 'string' ? undefined : key
  }

  /** Off the request path: a commit waits for the disk. */
  async #noteUses(): Promise<void> {
    await this.#options.sessionUses.write((uses) => this.sessions.writeUses(uses))
    await this.#keyUses.write((uses) => this.apiKeys.noteUses(uses))
  }

  /** Another process may have revoked a key. */
  async #forgetIfChanged(): Promise<void> {
    const version = await this.#database.version()
    if (version === this.#cachedVersion) return
    this.#forget()
    this.#cachedVersion = version
  }

  #forget(): void {
    this.#timesForgotten++
    this.#verified.clear()
    this.#verifiedPairs.clear()
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
