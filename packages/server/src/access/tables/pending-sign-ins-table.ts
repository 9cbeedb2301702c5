import type { Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'
import { hashSecret, isSecret, randomBase62 } from '../api-key.js'

/** Somebody who has given the right password and still has to give a second factor. It opens nothing else. */
export interface PendingSignIn {
  readonly id: string
  readonly personId: string
  readonly organizationId: string
  readonly mode: Mode
  readonly form: 'token' | 'cookie'
  readonly confinedTo?: string
  readonly expiresAt: number
}

interface PendingRow {
  readonly id: string
  readonly secret_hash: Uint8Array
  readonly person_id: string
  readonly organization_id: string
  readonly mode: string
  readonly form: string
  readonly confined_to: string | null
  readonly attempts_left: number
  readonly expires_at: number
}

const PENDING_MS = 5 * 60_000
const ATTEMPTS_MAX = 5
const TOKEN = /^cf_pending_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})$/

export class PendingSignInsTable {
  readonly #sql: Sql
  readonly #now: () => number

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql
    this.#now = now
  }

  async create(pending: Omit<PendingSignIn, 'id' | 'expiresAt'>): Promise<{
    readonly token: string
    readonly expiresAt: number
  }> {
    const now = this.#now()
    const expiresAt = now + PENDING_MS
    const [id, secret] = [randomBase62(12), randomBase62(43)]
    await this.#sql.of(EVERY_ORGANIZATION).run('DELETE FROM pending_sign_ins WHERE expires_at <= ?', now)
    await this.#sql
      .of(pending.organizationId)
      .run(
        'INSERT INTO pending_sign_ins VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        id,
        hashSecret(secret),
        pending.personId,
        pending.organizationId,
        pending.mode,
        pending.form,
        pending.confinedTo ?? null,
        ATTEMPTS_MAX,
        expiresAt,
      )
    return { token: `cf_pending_${id}_${secret}`, expiresAt }
  }

  /** The one that a token stands for; undefined when it is over, or was tried too often. */
  async find(token: string): Promise<PendingSignIn | undefined> {
    const [, id, secret] = TOKEN.exec(token) ?? []
    if (id === undefined || secret === undefined) return undefined
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<PendingRow>(
        'SELECT * FROM pending_sign_ins WHERE id = ? AND attempts_left > 0 AND expires_at > ?',
        id,
        this.#now(),
      )
    if (row === undefined || !isSecret(secret, row.secret_hash)) return undefined
    return {
      id,
      personId: row.person_id,
      organizationId: row.organization_id,
      mode: row.mode as Mode,
      form: row.form as PendingSignIn['form'],
      ...(row.confined_to === null ? {} : { confinedTo: row.confined_to }),
      expiresAt: row.expires_at,
    }
  }

  /** One attempt fewer. */
  async setTried(id: string): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run('UPDATE pending_sign_ins SET attempts_left = attempts_left - 1 WHERE id = ?', id)
  }

  async remove(id: string): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).run('DELETE FROM pending_sign_ins WHERE id = ?', id)
  }

  async removeOf(personId: string): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).run('DELETE FROM pending_sign_ins WHERE person_id = ?', personId)
  }
}
