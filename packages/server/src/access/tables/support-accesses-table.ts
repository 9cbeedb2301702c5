import { randomUUID } from 'node:crypto'
import type { Database } from '../../sqlite/driver.js'

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
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** What an organization sees, newest first. */
  list(organizationId: string): readonly SupportAccess[] {
    return this.#all('organization_id = ?', organizationId)
  }

  /** What an operator started, newest first. */
  ofPerson(personId: string): readonly SupportAccess[] {
    return this.#all('person_id = ?', personId)
  }

  find(id: string): SupportAccess | undefined {
    return this.#all('id = ?', id)[0]
  }

  /** The operator's access to an organization that holds at this moment. */
  findActive(organizationId: string, personId: string): SupportAccess | undefined {
    const now = Date.now()
    return this.#all('organization_id = ? AND person_id = ?', organizationId, personId).find((access) =>
      isActive(access, now),
    )
  }

  create(access: Omit<SupportAccess, 'id' | 'createdAt' | 'endedAt'>): SupportAccess {
    const made = { ...access, id: randomUUID(), createdAt: Date.now() }
    this.#database
      .prepare(
        'INSERT INTO support_accesses (id, organization_id, person_id, email, reason, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
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

  end(id: string): void {
    this.#database.prepare('UPDATE support_accesses SET ended_at = ? WHERE id = ?').run(Date.now(), id)
  }

  #all(condition: string, ...values: readonly string[]): readonly SupportAccess[] {
    const rows = this.#database
      .prepare(`SELECT * FROM support_accesses WHERE ${condition} ORDER BY created_at DESC, id`)
      .all(...values)
    return (rows as unknown as SupportAccessRow[]).map(toSupportAccess)
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
