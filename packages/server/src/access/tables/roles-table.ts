import { randomUUID } from 'node:crypto'
import type { Sql } from '../../sql/sql-database.js'
import { PERMISSIONS, type Permission } from '../permissions.js'

/** A role that an organization made for itself: a named set of permissions. */
export interface CustomRole {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly description: string
  readonly permissions: readonly Permission[]
  readonly createdAt: number
}

interface RoleRow {
  readonly id: string
  readonly organization_id: string
  readonly name: string
  readonly description: string
  readonly permissions: string
  readonly created_at: number
}

export class RolesTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async list(organizationId: string): Promise<readonly CustomRole[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<RoleRow>('SELECT * FROM roles WHERE organization_id = ? ORDER BY name', organizationId)
    return rows.map(toRole)
  }

  async find(organizationId: string, id: string): Promise<CustomRole | undefined> {
    return (await this.list(organizationId)).find((role) => role.id === id)
  }

  async findByName(organizationId: string, name: string): Promise<CustomRole | undefined> {
    return (await this.list(organizationId)).find((role) => role.name === name)
  }

  async create(role: Omit<CustomRole, 'id' | 'createdAt'>): Promise<CustomRole> {
    const made = { ...role, id: randomUUID(), createdAt: Date.now() }
    await this.#sql
      .of(made.organizationId)
      .run(
        'INSERT INTO roles (id, organization_id, name, description, permissions, created_at) VALUES (?, ?, ?, ?, ?, ?)',
        made.id,
        made.organizationId,
        made.name,
        made.description,
        made.permissions.join(' '),
        made.createdAt,
      )
    return made
  }

  async update({ id, organizationId, name, description, permissions }: CustomRole): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        'UPDATE roles SET name = ?, description = ?, permissions = ? WHERE id = ? AND organization_id = ?',
        name,
        description,
        permissions.join(' '),
        id,
        organizationId,
      )
  }

  async remove({ id, organizationId }: CustomRole): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM roles WHERE id = ? AND organization_id = ?', id, organizationId)
  }
}

/** Permissions as they are stored; one that this version does not know permits nothing. */
export function readPermissions(text: string): readonly Permission[] {
  return text.split(' ').filter((name): name is Permission => Object.hasOwn(PERMISSIONS, name))
}

function toRole({ id, organization_id, name, description, permissions, created_at }: RoleRow): CustomRole {
  return {
    id,
    organizationId: organization_id,
    name,
    description,
    permissions: readPermissions(permissions),
    createdAt: created_at,
  }
}
