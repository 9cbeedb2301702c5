import { randomUUID } from 'node:crypto'
import type { Sql } from '../../sql/sql-database.js'

/** A division inside an organization. Its slug is what entries carry as `workspace.id`. */
export interface Workspace {
  readonly id: string
  readonly organizationId: string
  readonly slug: string
  readonly name: string
  readonly createdAt: number
}

interface WorkspaceRow {
  readonly id: string
  readonly organization_id: string
  readonly slug: string
  readonly name: string
  readonly created_at: number
}

export class WorkspacesTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async list(organizationId: string): Promise<readonly Workspace[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<WorkspaceRow>(
        'SELECT * FROM workspaces WHERE organization_id = ? ORDER BY created_at, slug',
        organizationId,
      )
    return rows.map(toWorkspace)
  }

  async find(organizationId: string, slugOrId: string): Promise<Workspace | undefined> {
    const row = await this.#sql
      .of(organizationId)
      .get<WorkspaceRow>(
        'SELECT * FROM workspaces WHERE organization_id = ? AND (id = ? OR slug = ?)',
        organizationId,
        slugOrId,
        slugOrId,
      )
    return row === undefined ? undefined : toWorkspace(row)
  }

  async create(organizationId: string, slug: string, name: string): Promise<Workspace> {
    const workspace = { id: randomUUID(), organizationId, slug, name, createdAt: Date.now() }
    await this.#sql
      .of(organizationId)
      .run(
        'INSERT INTO workspaces (id, organization_id, slug, name, created_at) VALUES (?, ?, ?, ?, ?)',
        workspace.id,
        organizationId,
        slug,
        name,
        workspace.createdAt,
      )
    return workspace
  }

  async rename({ id, organizationId }: Workspace, name: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('UPDATE workspaces SET name = ? WHERE id = ? AND organization_id = ?', name, id, organizationId)
  }

  async remove({ id, organizationId }: Workspace): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM workspaces WHERE id = ? AND organization_id = ?', id, organizationId)
  }
}

function toWorkspace({ id, organization_id, slug, name, created_at }: WorkspaceRow): Workspace {
  return { id, organizationId: organization_id, slug, name, createdAt: created_at }
}
