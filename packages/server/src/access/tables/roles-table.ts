import { randomUUID } from 'node:crypto'
import type { Database } from '../../sqlite/driver.js'
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
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(organizationId: string): readonly CustomRole[] {
    const rows = this.#database
      .prepare('SELECT * FROM roles WHERE organization_id = ? ORDER BY name')
      .all(organizationId)
    return (rows as unknown as RoleRow[]).map(toRole)
  }

  find(organizationId: string, id: string): CustomRole | undefined {
    return this.list(organizationId).find((role) => role.id === id)
  }

  findByName(organizationId: string, name: string): CustomRole | undefined {
    return this.list(organizationId).find((role) => role.name === name)
  }

  create(role: Omit<CustomRole, 'id' | 'createdAt'>): CustomRole {
    const made = { ...role, id: randomUUID(), createdAt: Date.now() }
    this.#database
      .prepare(
        'INSERT INTO roles (id, organization_id, name, description, permissions, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(
        made.id,
        made.organizationId,
        made.name,
        made.description,
        made.permissions.join(' '),
        made.createdAt,
      )
    return made
  }

  update({ id, organizationId, name, description, permissions }: CustomRole): void {
    this.#database
      .prepare(
        'UPDATE roles SET name = ?, description = ?, permissions = ? WHERE id = ? AND organization_id = ?',
      )
      .run(name, description, permissions.join(' '), id, organizationId)
  }

  remove({ id, organizationId }: CustomRole): void {
    this.#database.prepare('DELETE FROM roles WHERE id = ? AND organization_id = ?').run(id, organizationId)
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
