import { randomUUID } from 'node:crypto'
import type { Database } from '../../sqlite/driver.js'

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
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** A person's own, and those that are shared, by name. */
  listFor(organizationId: string, personId: string): readonly SavedView[] {
    const rows = this.#database
      .prepare(
        'SELECT * FROM saved_views WHERE organization_id = ? AND (person_id = ? OR shared = 1) ORDER BY name, created_at',
      )
      .all(organizationId, personId)
    return (rows as unknown as SavedViewRow[]).map(toSavedView)
  }

  find(organizationId: string, id: string): SavedView | undefined {
    const row = this.#database
      .prepare('SELECT * FROM saved_views WHERE organization_id = ? AND id = ?')
      .get(organizationId, id)
    return row === undefined ? undefined : toSavedView(row as unknown as SavedViewRow)
  }

  create(view: Omit<SavedView, 'id' | 'createdAt'>): SavedView {
    const made = { ...view, id: randomUUID(), createdAt: Date.now() }
    this.#database
      .prepare(
        'INSERT INTO saved_views (id, organization_id, person_id, name, query, shared, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        ...[made.id, made.organizationId, made.personId, made.name, made.query],
        ...[made.isShared ? 1 : 0, made.createdAt],
      )
    return made
  }

  remove({ id, organizationId }: SavedView): void {
    this.#database
      .prepare('DELETE FROM saved_views WHERE id = ? AND organization_id = ?')
      .run(id, organizationId)
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
