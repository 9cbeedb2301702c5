import { randomUUID } from 'node:crypto'
import type { Sql } from '../../sql/sql-database.js'

/** How somebody looked at the log, to come back to: their own, or shared with everybody in the organization. */
export interface SavedView {
  readonly id: string
  readonly organizationId: string
  readonly personId: string
  readonly name: string
  /** The query of the page's address. */
  readonly query: string
  readonly isShared: boolean
  readonly createdAt: number
}

interface SavedViewRow {
  readonly id: string
  readonly organization_id: string
  readonly person_id: string
  readonly name: string
  readonly query: string
  readonly shared: number
  readonly created_at: number
}

export class SavedViewsTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** A person's own, and those that are shared, by name. */
  async listFor(organizationId: string, personId: string): Promise<readonly SavedView[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<SavedViewRow>(
        'SELECT * FROM saved_views WHERE organization_id = ? AND (person_id = ? OR shared = 1) ORDER BY name, created_at',
        organizationId,
        personId,
      )
    return rows.map(toSavedView)
  }

  async find(organizationId: string, id: string): Promise<SavedView | undefined> {
    const row = await this.#sql
      .of(organizationId)
      .get<SavedViewRow>('SELECT * FROM saved_views WHERE organization_id = ? AND id = ?', organizationId, id)
    return row === undefined ? undefined : toSavedView(row)
  }

  async create(view: Omit<SavedView, 'id' | 'createdAt'>): Promise<SavedView> {
    const made = { ...view, id: randomUUID(), createdAt: Date.now() }
    await this.#sql
      .of(made.organizationId)
      .run(
        'INSERT INTO saved_views (id, organization_id, person_id, name, query, shared, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...[made.id, made.organizationId, made.personId, made.name, made.query],
        ...[made.isShared ? 1 : 0, made.createdAt],
      )
    return made
  }

  async remove({ id, organizationId }: SavedView): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM saved_views WHERE id = ? AND organization_id = ?', id, organizationId)
  }
}

function toSavedView(row: SavedViewRow): SavedView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    personId: row.person_id,
    name: row.name,
    query: row.query,
    isShared: row.shared === 1,
    createdAt: row.created_at,
  }
}
