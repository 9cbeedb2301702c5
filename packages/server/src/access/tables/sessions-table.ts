import type { Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'
import { makeToken } from '../api-key.js'
import type { LastUses } from '../last-uses.js'

/** How long sessions last. */
export interface SessionLimits {
  /** From signing in, however much it is used. */
  readonly absoluteMs: number
  /** Of a cookie: from its last use. */
  readonly idleMs: number
}
export const SESSION_LIMITS: SessionLimits = { absoluteMs: 12 * 3_600_000, idleMs: 30 * 60_000 }

export interface NewSession {
  readonly token: string
  readonly sessionId: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** How its person proved who they are, and where that leads. */
export interface SessionProof {
  /** A `token` is sent in `Authorization`, a `cookie` by a browser; neither is taken for the other. */
  readonly form: 'token' | 'cookie'
  readonly method: 'password' | 'sso'
  /** Whether a second factor was given, too. */
  readonly secondFactor: boolean
  /** The one organization that it leads to; every one of the person's when left out. */
  readonly confinedTo?: string
}

/** A person who signed in to an organization. What they may do is looked up anew with every request. */
export interface Session extends SessionProof {
  readonly sessionId: string
  readonly personId: string
  readonly organizationId: string
  readonly mode: Mode
  readonly secretHash: Uint8Array
  /** Where it began, for people to know their own sessions by. */
  readonly ipAddress?: string
  readonly userAgent?: string
  readonly createdAt: number
  /** To the minute. */
  readonly lastUsedAt: number
  readonly idleMs?: number
  readonly expiresAt: number
}

interface SessionRow {
  readonly session_id: string
  readonly person_id: string
  readonly organization_id: string
  readonly mode: string
  readonly form: string
  readonly method: string
  readonly second_factor: number
  readonly confined_to: string | null
  readonly secret_hash: Uint8Array
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly created_at: number
  readonly last_used_at: number
  readonly idle_ms: number | null
  readonly expires_at: number
}

export type SessionOrigin = Partial<SessionProof> & Partial<Pick<Session, 'ipAddress' | 'userAgent'>>

/** Uses are written once a minute; what has not been used for that much longer than it may is surely over. */
const USES_LATE_MS = 120_000

export class SessionsTable {
  readonly #sql: Sql
  readonly #now: () => number
  readonly #limits: SessionLimits
  readonly #uses: LastUses

  constructor(sql: Sql, now: () => number, uses: LastUses, limits: SessionLimits = SESSION_LIMITS) {
    this.#sql = sql
    this.#uses = uses
    this.#now = now
    this.#limits = limits
  }

  async create(
    personId: string,
    organizationId: string,
    mode: Mode,
    origin: SessionOrigin = {},
  ): Promise<NewSession> {
    const now = this.#now()
    const { form = 'token', method = 'password', secondFactor = false, confinedTo } = origin
    await this.#removeOver(now)
    return await this.#insert({
      personId,
      organizationId,
      mode,
      form,
      method,
      secondFactor,
      ...(confinedTo === undefined ? {} : { confinedTo }),
      ...(origin.ipAddress === undefined ? {} : { ipAddress: origin.ipAddress }),
      ...(origin.userAgent === undefined ? {} : { userAgent: origin.userAgent }),
      createdAt: now,
      lastUsedAt: now,
      ...(form === 'cookie' ? { idleMs: this.#limits.idleMs } : {}),
      expiresAt: now + this.#limits.absoluteMs,
    })
  }

  /** The same session under a new id, which the old one stops working with; it lasts no longer than it would have. */
  async renew(
    session: Session,
    change: Partial<Pick<Session, 'organizationId' | 'mode' | 'secondFactor'>> = {},
  ) {
    await this.remove(session.sessionId)
    return await this.#insert({ ...session, ...change, lastUsedAt: this.#now() })
  }

  /** A session that is not over. */
  async find(sessionId: string): Promise<Session | undefined> {
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<SessionRow>('SELECT * FROM sessions WHERE session_id = ?', sessionId)
    const session = row === undefined ? undefined : this.#toSession(row)
    return session === undefined || this.#isOver(session) ? undefined : session
  }

  /** Sessions of a person that are not over, the newest first. */
  async ofPerson(personId: string): Promise<readonly Session[]> {
    return await this.#list(
      EVERY_ORGANIZATION,
      'SELECT * FROM sessions WHERE person_id = ? ORDER BY created_at DESC',
      personId,
    )
  }

  /** Sessions that are in an organization now and not over, the newest first. */
  async ofOrganization(organizationId: string): Promise<readonly Session[]> {
    const sql = 'SELECT * FROM sessions WHERE organization_id = ? ORDER BY created_at DESC'
    return await this.#list(organizationId, sql, organizationId)
  }

  /** Says that a session is being used; written later, off the request path. */
  use(sessionId: string): void {
    this.#uses.set(sessionId, this.#now())
  }

  /** Writes a few of the uses, `sessionId` to milliseconds since 1970. */
  async writeUses(uses: ReadonlyMap<string, number>): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).runEach(
      'UPDATE sessions SET last_used_at = ?1 WHERE session_id = ?2 AND last_used_at < ?1',
      [...uses].map(([sessionId, at]) => [at, sessionId]),
    )
  }

  async remove(sessionId: string): Promise<void> {
    this.#uses.forget(sessionId)
    await this.#sql.of(EVERY_ORGANIZATION).run('DELETE FROM sessions WHERE session_id = ?', sessionId)
  }

  /** Ends every session of a person, in one organization or in all; but not the one that is excepted. */
  async removeOf(personId: string, organizationId?: string, exceptId?: string): Promise<void> {
    await this.#sql
      .of(organizationId ?? EVERY_ORGANIZATION)
      .run(
        'DELETE FROM sessions WHERE person_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR organization_id = ?2) AND session_id IS DISTINCT FROM ?3',
        personId,
        organizationId ?? null,
        exceptId ?? null,
      )
  }

  async #insert(session: Omit<Session, 'sessionId' | 'secretHash'>): Promise<NewSession> {
    const { token, keyId, secretHash } = makeToken(session.mode, 'cf_session')
    await this.#sql
      .of(session.organizationId)
      .run(
        'INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        keyId,
        session.personId,
        session.organizationId,
        session.mode,
        session.form,
        session.method,
        session.secondFactor ? 1 : 0,
        session.confinedTo ?? null,
        secretHash,
        session.ipAddress ?? null,
        session.userAgent ?? null,
        session.createdAt,
        session.lastUsedAt,
        session.idleMs ?? null,
        session.expiresAt,
      )
    return { token, sessionId: keyId, expiresAt: session.expiresAt }
  }

  async #removeOver(now: number): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run(
        'DELETE FROM sessions WHERE expires_at <= ?1 OR last_used_at + idle_ms + ?2 <= ?1',
        now,
        USES_LATE_MS,
      )
  }

  async #list(about: string, sql: string, id: string): Promise<readonly Session[]> {
    const rows = await this.#sql.of(about).all<SessionRow>(sql, id)
    return rows.map((row) => this.#toSession(row)).filter((session) => !this.#isOver(session))
  }

  #isOver({ expiresAt, lastUsedAt, idleMs }: Session): boolean {
    const now = this.#now()
    return expiresAt <= now || (idleMs !== undefined && lastUsedAt + idleMs <= now)
  }

  #toSession(row: SessionRow): Session {
    return {
      sessionId: row.session_id,
      personId: row.person_id,
      organizationId: row.organization_id,
      mode: row.mode as Mode,
      form: row.form as Session['form'],
      method: row.method as Session['method'],
      secondFactor: row.second_factor === 1,
      ...(row.confined_to === null ? {} : { confinedTo: row.confined_to }),
      secretHash: row.secret_hash,
      ...(row.ip_address === null ? {} : { ipAddress: row.ip_address }),
      ...(row.user_agent === null ? {} : { userAgent: row.user_agent }),
      createdAt: row.created_at,
      lastUsedAt: Math.max(row.last_used_at, this.#uses.of(row.session_id)),
      ...(row.idle_ms === null ? {} : { idleMs: row.idle_ms }),
      expiresAt: row.expires_at,
    }
  }
}
