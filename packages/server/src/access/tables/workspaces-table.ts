import { randomUUID } from 'node:crypto'
import type { Database } from '../../sqlite/driver.js'

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
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(organizationId: string): readonly Workspace[] {
    const rows = this.#database
      .prepare('SELECT * FROM workspaces WHERE organization_id = ? ORDER BY created_at, slug')
      .all(organizationId)
    return (rows as unknown as WorkspaceRow[]).map(toWorkspace)
  }

  find(organizationId: string, slugOrId: string): Workspace | undefined {
    const row = this.#database
      .prepare('SELECT * FROM workspaces WHERE organization_id = ? AND (id = ? OR slug = ?)')
      .get(organizationId, slugOrId, slugOrId)
    return row === undefined ? undefined : toWorkspace(row as unknown as WorkspaceRow)
  }

  create(organizationId: string, slug: string, name: string): Workspace {
    const workspace = { id: randomUUID(), organizationId, slug, name, createdAt: Date.now() }
    this.#database
      .prepare('INSERT INTO workspaces (id, organization_id, slug, name, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(workspace.id, organizationId, slug, name, workspace.createdAt)
    return workspace
  }

  rename({ id, organizationId }: Workspace, name: string): void {
    this.#database
      .prepare('UPDATE workspaces SET name = ? WHERE id = ? AND organization_id = ?')
      .run(name, id, organizationId)
  }

  remove({ id, organizationId }: Workspace): void {
    this.#database
      .prepare('DELETE FROM workspaces WHERE id = ? AND organization_id = ?')
      .run(id, organizationId)
  }
}

function toWorkspace({ id, organization_id, slug, name, created_at }: WorkspaceRow): Workspace {
  return { id, organizationId: organization_id, slug, name, createdAt: created_at }
}
