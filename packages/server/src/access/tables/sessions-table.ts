import type { Mode } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import { makeToken } from '../api-key.js'

const SESSION_MS = 12 * 3_600_000

export interface NewSession {
  readonly token: string
  readonly sessionId: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** A person who signed in to an organization. What they may do is looked up anew with every request. */
export interface Session {
  readonly sessionId: string
  readonly personId: string
  readonly organizationId: string
  readonly mode: Mode
  readonly secretHash: Uint8Array
  readonly createdAt: number
  readonly expiresAt: number
}

interface SessionRow {
  readonly session_id: string
  readonly person_id: string
  readonly organization_id: string
  readonly mode: string
  readonly secret_hash: Uint8Array
  readonly created_at: number
  readonly expires_at: number
}

export class SessionsTable {
  readonly #database: Database
  readonly #find: Statement

  constructor(database: Database) {
    this.#database = database
    this.#find = database.prepare('SELECT * FROM sessions WHERE session_id = ? AND expires_at > ?')
  }

  create(personId: string, organizationId: string, mode: Mode): NewSession {
    const { token, keyId, secretHash } = makeToken(mode, 'cf_session')
    const now = Date.now()
    const expiresAt = now + SESSION_MS
    this.#database.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(now)
    this.#database
      .prepare(
        'INSERT INTO sessions (session_id, person_id, organization_id, mode, secret_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(keyId, personId, organizationId, mode, secretHash, now, expiresAt)
    return { token, sessionId: keyId, expiresAt }
  }

  /** A session that has not expired. */
  find(sessionId: string): Session | undefined {
    const row = this.#find.get(sessionId, Date.now()) as SessionRow | undefined
    return row === undefined
      ? undefined
      : {
          sessionId: row.session_id,
          personId: row.person_id,
          organizationId: row.organization_id,
          mode: row.mode as Mode,
          secretHash: row.secret_hash,
          createdAt: row.created_at,
          expiresAt: row.expires_at,
        }
  }

  remove(sessionId: string): void {
    this.#database.prepare('DELETE FROM sessions WHERE session_id = ?').run(sessionId)
  }

  /** Ends every session of a person, in one organization or in all. */
  removeOf(personId: string, organizationId?: string): void {
    this.#database
      .prepare('DELETE FROM sessions WHERE person_id = ?1 AND (?2 IS NULL OR organization_id = ?2)')
      .run(personId, organizationId ?? null)
  }
}
