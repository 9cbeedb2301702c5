import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'
import { hashSecret, isSecret, randomBase62 } from '../api-key.js'

/** Whoever has the link may do one thing, once: join an organization, or set a new password. */
export type LinkKind = 'invitation' | 'password_reset'

export interface Link {
  readonly id: string
  readonly kind: LinkKind
  /** Of an invitation, where to; of a reset, the organization whose admin asked for it, if one did. */
  readonly organizationId?: string
  /** Of a reset. */
  readonly personId?: string
  readonly email: string
  /** Of an invitation. */
  readonly role?: string
  readonly name?: string
  /** Whether somebody else than the owner of the address was shown it. */
  readonly shown: boolean
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt?: number
}

interface LinkRow {
  readonly id: string
  readonly kind: string
  readonly secret_hash: Uint8Array
  readonly organization_id: string | null
  readonly person_id: string | null
  readonly email: string
  readonly role: string | null
  readonly name: string | null
  readonly shown: number
  readonly created_by: string
  readonly created_at: number
  readonly expires_at: number
  readonly used_at: number | null
}

export type LinkRequest = Omit<Link, 'id' | 'createdAt' | 'expiresAt' | 'usedAt'>

/** How long links can be used. */
export const LINK_MS: Readonly<Record<LinkKind, number>> = {
  invitation: 7 * 86_400_000,
  password_reset: 3_600_000,
}
/** Links that are over are listed for a while, then forgotten. */
const KEPT_MS = 30 * 86_400_000
const HEADS: Readonly<Record<LinkKind, string>> = { invitation: 'cf_invite', password_reset: 'cf_reset' }
const TOKEN = /^(cf_invite|cf_reset)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})$/

export class LinksTable {
  readonly #sql: Sql
  readonly #now: () => number

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql
    this.#now = now
  }

  async create(request: LinkRequest): Promise<{ readonly link: Link; readonly token: string }> {
    const [id, secret] = [randomBase62(12), randomBase62(43)]
    const now = this.#now()
    const link: Link = { ...request, id, createdAt: now, expiresAt: now + LINK_MS[request.kind] }
    await this.#sql.of(EVERY_ORGANIZATION).run('DELETE FROM links WHERE expires_at <= ?', now - KEPT_MS)
    await this.#sql
      .of(link.organizationId ?? EVERY_ORGANIZATION)
      .run(
        'INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)',
        id,
        link.kind,
        hashSecret(secret),
        link.organizationId ?? null,
        link.personId ?? null,
        link.email,
        link.role ?? null,
        link.name ?? null,
        link.shown ? 1 : 0,
        link.createdBy,
        link.createdAt,
        link.expiresAt,
      )
    return { link, token: `${HEADS[link.kind]}_${id}_${secret}` }
  }

  /** The link that a token stands for, as long as it can be used. */
  async findUsable(kind: LinkKind, token: string): Promise<Link | undefined> {
    const [, head, id, secret] = TOKEN.exec(token) ?? []
    if (head !== HEADS[kind] || id === undefined || secret === undefined) return undefined
    const row = await this.#sql
      .of(EVERY_ORGANIZATION)
      .get<LinkRow>(
        'SELECT * FROM links WHERE id = ? AND kind = ? AND used_at IS NULL AND expires_at > ?',
        id,
        kind,
        this.#now(),
      )
    return row === undefined || !isSecret(secret, row.secret_hash) ? undefined : toLink(row)
  }

  /** Invitations of an organization that can still be used, the newest first. */
  async invitations(organizationId: string): Promise<readonly Link[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<LinkRow>(
        "SELECT * FROM links WHERE organization_id = ? AND kind = 'invitation' AND used_at IS NULL AND expires_at > ? ORDER BY created_at DESC",
        organizationId,
        this.#now(),
      )
    return rows.map(toLink)
  }

  async setUsed(id: string): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).run('UPDATE links SET used_at = ? WHERE id = ?', this.#now(), id)
  }

  async remove(id: string): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).run('DELETE FROM links WHERE id = ?', id)
  }

  /** Earlier invitations of an address to an organization make way for a new one. */
  async removeInvitations(organizationId: string, email: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        "DELETE FROM links WHERE organization_id = ? AND email = ? AND kind = 'invitation' AND used_at IS NULL",
        organizationId,
        email,
      )
  }

  async removeResets(personId: string): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run("DELETE FROM links WHERE person_id = ? AND kind = 'password_reset' AND used_at IS NULL", personId)
  }
}

function toLink(row: LinkRow): Link {
  return {
    id: row.id,
    kind: row.kind as LinkKind,
    ...(row.organization_id === null ? {} : { organizationId: row.organization_id }),
    ...(row.person_id === null ? {} : { personId: row.person_id }),
    email: row.email,
    ...(row.role === null ? {} : { role: row.role }),
    ...(row.name === null ? {} : { name: row.name }),
    shown: row.shown === 1,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.used_at === null ? {} : { usedAt: row.used_at }),
  }
}
