import { randomUUID } from 'node:crypto'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** An operator's permission, for a while and for a reason, to read one organization's entries. */
export interface SupportAccess {
  readonly id: string
  readonly organizationId: string
  /** The operator. */
  readonly personId: string
  readonly email: string
  readonly reason: string
  readonly createdAt: number
  readonly expiresAt: number
  /** When somebody ended it before its time. */
  readonly endedAt?: number
}

interface SupportAccessRow {
  readonly id: string
  readonly organization_id: string
  readonly person_id: string
  readonly email: string
  readonly reason: string
  readonly created_at: number
  readonly expires_at: number
  readonly ended_at: number | null
}

export class SupportAccessesTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** What an organization sees, newest first. */
  async list(organizationId: string): Promise<readonly SupportAccess[]> {
    return await this.#all(organizationId, 'organization_id = ?', organizationId)
  }

  /** What an operator started, newest first. */
  async ofPerson(personId: string): Promise<readonly SupportAccess[]> {
    return await this.#all(EVERY_ORGANIZATION, 'person_id = ?', personId)
  }

  async find(id: string): Promise<SupportAccess | undefined> {
    return (await this.#all(EVERY_ORGANIZATION, 'id = ?', id))[0]
  }

  /** The operator's access to an organization that holds at this moment. */
  async findActive(organizationId: string, personId: string): Promise<SupportAccess | undefined> {
    const now = Date.now()
    return (
      await this.#all(organizationId, 'organization_id = ? AND person_id = ?', organizationId, personId)
    ).find((access) => isActive(access, now))
  }

  async create(access: Omit<SupportAccess, 'id' | 'createdAt' | 'endedAt'>): Promise<SupportAccess> {
    const made = { ...access, id: randomUUID(), createdAt: Date.now() }
    await this.#sql
      .of(made.organizationId)
      .run(
        'INSERT INTO support_accesses (id, organization_id, person_id, email, reason, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        made.id,
        made.organizationId,
        made.personId,
        made.email,
        made.reason,
        made.createdAt,
        made.expiresAt,
      )
    return made
  }

  async end(id: string): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run('UPDATE support_accesses SET ended_at = ? WHERE id = ?', Date.now(), id)
  }

  async #all(
    about: string,
    condition: string,
    ...values: readonly string[]
  ): Promise<readonly SupportAccess[]> {
    const rows = await this.#sql
      .of(about)
      .all<SupportAccessRow>(
        `SELECT * FROM support_accesses WHERE ${condition} ORDER BY created_at DESC, id`,
        ...values,
      )
    return rows.map(toSupportAccess)
  }
}

export function isActive({ expiresAt, endedAt }: SupportAccess, now: number): boolean {
  return endedAt === undefined && expiresAt > now
}

function toSupportAccess(row: SupportAccessRow): SupportAccess {
  return {
    id: row.id,
    organizationId: row.organization_id,
    personId: row.person_id,
    email: row.email,
    reason: row.reason,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  }
}
