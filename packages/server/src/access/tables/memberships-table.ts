import type { Database } from '../../sqlite/driver.js'
import { type BuiltInRole, isBuiltInRole, type Permission, permissionsOfRole } from '../permissions.js'
import { readPermissions } from './roles-table.js'

/** A person in an organization. */
export interface Membership {
  readonly personId: string
  readonly organizationId: string
  readonly email: string
  /** How this organization calls the person; empty for none. */
  readonly name: string
  /** A built-in role, or the id of one of the organization's own. */
  readonly role: string
  /** What people call the role. */
  readonly roleName: string
  readonly permissions: readonly Permission[]
  readonly createdAt: number
  /** Sessions that began before do not lead here any more. */
  readonly sessionsEndedAt: number
}

interface MembershipRow {
  readonly person_id: string
  readonly organization_id: string
  readonly email: string
  readonly name: string
  readonly role: string
  readonly role_name: string | null
  readonly role_permissions: string | null
  readonly created_at: number
  readonly sessions_ended_at: number
}

const SELECT = `SELECT memberships.*, people.email, roles.name AS role_name, roles.permissions AS role_permissions
  FROM memberships JOIN people USING (person_id)
  LEFT JOIN roles ON roles.id = memberships.role AND roles.organization_id = memberships.organization_id`

export class MembershipsTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The people of an organization, in the order in which they came. */
  list(organizationId: string): readonly Membership[] {
    return this.#all(
      `${SELECT} WHERE memberships.organization_id = ? ORDER BY memberships.created_at, email`,
      organizationId,
    )
  }

  /** Where a person belongs, the oldest membership first. */
  ofPerson(personId: string): readonly Membership[] {
    return this.#all(
      `${SELECT} WHERE person_id = ? ORDER BY memberships.created_at, memberships.organization_id`,
      personId,
    )
  }

  find(organizationId: string, personId: string): Membership | undefined {
    return this.#all(
      `${SELECT} WHERE memberships.organization_id = ? AND person_id = ?`,
      organizationId,
      personId,
    )[0]
  }

  findByEmail(organizationId: string, email: string): Membership | undefined {
    return this.#all(
      `${SELECT} WHERE memberships.organization_id = ? AND email = ?`,
      organizationId,
      email,
    )[0]
  }

  create(organizationId: string, personId: string, role: string, name: string): void {
    this.#database
      .prepare(
        'INSERT INTO memberships (organization_id, person_id, name, role, created_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(organizationId, personId, name, role, Date.now())
  }

  setRole(organizationId: string, personId: string, role: string): void {
    this.#database
      .prepare('UPDATE memberships SET role = ? WHERE organization_id = ? AND person_id = ?')
      .run(role, organizationId, personId)
  }

  setName(organizationId: string, personId: string, name: string): void {
    this.#database
      .prepare('UPDATE memberships SET name = ? WHERE organization_id = ? AND person_id = ?')
      .run(name, organizationId, personId)
  }

  /** Ends what sessions of a person reach here, also of those that began in another organization. */
  endSessions(organizationId: string, personId: string, atMs: number): void {
    this.#database
      .prepare('UPDATE memberships SET sessions_ended_at = ? WHERE organization_id = ? AND person_id = ?')
      .run(atMs, organizationId, personId)
  }

  remove(organizationId: string, personId: string): void {
    this.#database
      .prepare('DELETE FROM memberships WHERE organization_id = ? AND person_id = ?')
      .run(organizationId, personId)
  }

  countWithRole(organizationId: string, role: string): number {
    const { count } = this.#database
      .prepare('SELECT count(*) AS count FROM memberships WHERE organization_id = ? AND role = ?')
      .get(organizationId, role) as { count: number }
    return count
  }

  #all(sql: string, ...values: readonly string[]): readonly Membership[] {
    return (this.#database.prepare(sql).all(...values) as unknown as MembershipRow[]).map(toMembership)
  }
}

function toMembership(row: MembershipRow): Membership {
  return {
    personId: row.person_id,
    organizationId: row.organization_id,
    email: row.email,
    name: row.name,
    role: row.role,
    roleName: row.role_name ?? row.role,
    permissions: permissionsOf(row),
    createdAt: row.created_at,
    sessionsEndedAt: row.sessions_ended_at,
  }
}

/** A role of an organization's own that is not there permits nothing. */
function permissionsOf({ role, role_permissions }: MembershipRow): readonly Permission[] {
  if (isBuiltInRole(role)) return permissionsOfRole(role satisfies BuiltInRole)
  return role_permissions === null ? [] : readPermissions(role_permissions)
}
