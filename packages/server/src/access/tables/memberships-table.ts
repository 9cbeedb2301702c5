import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'
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
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** The people of an organization, in the order in which they came. */
  async list(organizationId: string): Promise<readonly Membership[]> {
    return await this.#all(
      organizationId,
      `${SELECT} WHERE memberships.organization_id = ? ORDER BY memberships.created_at, email`,
      organizationId,
    )
  }

  /** Where a person belongs, the oldest membership first. */
  async ofPerson(personId: string): Promise<readonly Membership[]> {
    return await this.#all(
      EVERY_ORGANIZATION,
      `${SELECT} WHERE person_id = ? ORDER BY memberships.created_at, memberships.organization_id`,
      personId,
    )
  }

  async find(organizationId: string, personId: string): Promise<Membership | undefined> {
    return (
      await this.#all(
        organizationId,
        `${SELECT} WHERE memberships.organization_id = ? AND person_id = ?`,
        organizationId,
        personId,
      )
    )[0]
  }

  async findByEmail(organizationId: string, email: string): Promise<Membership | undefined> {
    return (
      await this.#all(
        organizationId,
        `${SELECT} WHERE memberships.organization_id = ? AND email = ?`,
        organizationId,
        email,
      )
    )[0]
  }

  async create(organizationId: string, personId: string, role: string, name: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        'INSERT INTO memberships (organization_id, person_id, name, role, created_at) VALUES (?, ?, ?, ?, ?)',
        organizationId,
        personId,
        name,
        role,
        Date.now(),
      )
  }

  async setRole(organizationId: string, personId: string, role: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        'UPDATE memberships SET role = ? WHERE organization_id = ? AND person_id = ?',
        role,
        organizationId,
        personId,
      )
  }

  async setName(organizationId: string, personId: string, name: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        'UPDATE memberships SET name = ? WHERE organization_id = ? AND person_id = ?',
        name,
        organizationId,
        personId,
      )
  }

  /** Ends what sessions of a person reach here, also of those that began in another organization. */
  async endSessions(organizationId: string, personId: string, atMs: number): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        'UPDATE memberships SET sessions_ended_at = ? WHERE organization_id = ? AND person_id = ?',
        atMs,
        organizationId,
        personId,
      )
  }

  async remove(organizationId: string, personId: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM memberships WHERE organization_id = ? AND person_id = ?', organizationId, personId)
  }

  async countWithRole(organizationId: string, role: string): Promise<number> {
    const row = await this.#sql
      .of(organizationId)
      .get<{ count: number }>(
        'SELECT count(*) AS count FROM memberships WHERE organization_id = ? AND role = ?',
        organizationId,
        role,
      )
    return row?.count ?? 0
  }

  async #all(about: string, sql: string, ...values: readonly string[]): Promise<readonly Membership[]> {
    return (await this.#sql.of(about).all<MembershipRow>(sql, ...values)).map(toMembership)
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
