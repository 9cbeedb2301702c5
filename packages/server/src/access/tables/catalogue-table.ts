import type { CataloguePolicy, FlagKind, LogName, Mode } from '@counterfoil/core'
import type { Database } from '../../sqlite/driver.js'

/** An action that an organization knows. */
export interface CatalogueAction {
  readonly organizationId: string
  readonly action: string
  /** Name of its group; undefined when it is in none. */
  readonly group: string | undefined
  readonly description: string
  /** Of the newest schema; 0 when it never had one. */
  readonly version: number
  /** Canonical JSON of the newest schema; undefined when metadata is free. */
  readonly schema: string | undefined
  readonly updatedAt: number
}

/** One version of the schema of an action's metadata; it never changes. */
export interface SchemaVersion {
  readonly version: number
  /** Undefined for a version that takes the check away. */
  readonly schema: string | undefined
  readonly createdAt: number
}

export interface CatalogueGroup {
  readonly name: string
  readonly description: string
}

/** What is done, in one mode, with entries that do not agree with the catalogue. */
export type CataloguePolicies = Readonly<Record<FlagKind, CataloguePolicy>>

const ACCEPT_ALL: CataloguePolicies = { unknown_action: 'accept', metadata_mismatch: 'accept' }

interface ActionRow {
  readonly organization_id: string
  readonly action: string
  readonly group_name: string | null
  readonly description: string
  readonly version: number | null
  readonly schema: string | null
  readonly updated_at: number
}

interface PolicyRow {
  readonly unknown_action: string
  readonly metadata_mismatch: string
}

const ACTIONS = `SELECT actions.organization_id, actions.action, group_name, description, version, schema, updated_at
  FROM catalogue_actions AS actions LEFT JOIN catalogue_schemas AS schemas ON schemas.organization_id =
  actions.organization_id AND schemas.action = actions.action AND version = (SELECT max(version) FROM catalogue_schemas AS
  newest WHERE newest.organization_id = actions.organization_id AND newest.action = actions.action)
  WHERE actions.organization_id = ?`

/**
 * Organizations' catalogues. Each change counts up the organization's revision, by which whoever keeps a copy knows that
 * it is old.
 */
export class CatalogueTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  list(organizationId: string): readonly CatalogueAction[] {
    const rows = this.#database.prepare(`${ACTIONS} ORDER BY actions.action`).all(organizationId)
    return (rows as unknown as ActionRow[]).map(toAction)
  }

  find(organizationId: string, action: string): CatalogueAction | undefined {
    const row = this.#database.prepare(`${ACTIONS} AND actions.action = ?`).get(organizationId, action)
    return row === undefined ? undefined : toAction(row as unknown as ActionRow)
  }

  count(organizationId: string): number {
    const row = this.#database
      .prepare('SELECT count(*) AS count FROM catalogue_actions WHERE organization_id = ?')
      .get(organizationId)
    return (row as { count: number }).count
  }

  setAction({
    organizationId,
    action,
    group,
    description,
  }: Pick<CatalogueAction, 'organizationId' | 'action' | 'group' | 'description'>): void {
    if (group !== undefined) {
      this.#database
        .prepare('INSERT INTO catalogue_groups VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
        .run(organizationId, group, '')
    }
    this.#database
      .prepare('INSERT OR REPLACE INTO catalogue_actions VALUES (?, ?, ?, ?, ?)')
      .run(organizationId, action, group ?? null, description, Date.now())
    this.#changed(organizationId)
  }

  /** Its schemas stay: should the action come back, no version of theirs is given again. */
  removeAction({ organizationId, action }: CatalogueAction): void {
    this.#database
      .prepare('DELETE FROM catalogue_actions WHERE organization_id = ? AND action = ?')
      .run(organizationId, action)
    this.#changed(organizationId)
  }

  /** Adds a version after the newest one. */
  setSchema(organizationId: string, action: string, schema: string | undefined): void {
    this.#database
      .prepare(
        `INSERT INTO catalogue_schemas SELECT ?1, ?2, coalesce(max(version), 0) + 1, ?3, ?4 FROM catalogue_schemas
         WHERE organization_id = ?1 AND action = ?2`,
      )
      .run(organizationId, action, schema ?? null, Date.now())
    this.#changed(organizationId)
  }

  /** Characters of all schemas that are in force. */
  schemaLength(organizationId: string): number {
    const row = this.#database
      .prepare(`SELECT coalesce(sum(length(schema)), 0) AS length FROM (${ACTIONS})`)
      .get(organizationId)
    return (row as { length: number }).length
  }

  /** The newest versions there were, also of an action that was deleted since; the newest first. */
  versions(organizationId: string, action: string, limit: number): readonly SchemaVersion[] {
    const rows = this.#database
      .prepare(
        `SELECT version, schema, created_at FROM catalogue_schemas WHERE organization_id = ? AND action = ?
         ORDER BY version DESC LIMIT ?`,
      )
      .all(organizationId, action, limit) as unknown as {
      readonly version: number
      readonly schema: string | null
      readonly created_at: number
    }[]
    return rows.map(({ version, schema, created_at }) => ({
      version,
      schema: schema ?? undefined,
      createdAt: created_at,
    }))
  }

  groups(organizationId: string): readonly CatalogueGroup[] {
    return this.#database
      .prepare('SELECT name, description FROM catalogue_groups WHERE organization_id = ? ORDER BY name')
      .all(organizationId) as unknown as CatalogueGroup[]
  }

  setGroup(organizationId: string, { name, description }: CatalogueGroup): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO catalogue_groups VALUES (?, ?, ?)')
      .run(organizationId, name, description)
    this.#changed(organizationId)
  }

  removeGroup(organizationId: string, name: string): void {
    this.#database
      .prepare('DELETE FROM catalogue_groups WHERE organization_id = ? AND name = ?')
      .run(organizationId, name)
    this.#changed(organizationId)
  }

  policies(organizationId: string, mode: Mode): CataloguePolicies {
    const row = this.#database
      .prepare(
        'SELECT unknown_action, metadata_mismatch FROM catalogue_policies WHERE organization_id = ? AND mode = ?',
      )
      .get(organizationId, mode) as PolicyRow | undefined
    return row === undefined ? ACCEPT_ALL : ({ ...row } as CataloguePolicies)
  }

  setPolicies(
    organizationId: string,
    mode: Mode,
    { unknown_action, metadata_mismatch }: CataloguePolicies,
  ): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO catalogue_policies VALUES (?, ?, ?, ?)')
      .run(organizationId, mode, unknown_action, metadata_mismatch)
    this.#changed(organizationId)
  }

  /** Grows with each change of the organization's catalogue; undefined for a log in which everything is accepted. */
  revisionFor({ organization_id, mode }: LogName): number | undefined {
    const row = this.#database
      .prepare(
        `SELECT revision FROM catalogue_policies NATURAL JOIN catalogue_revisions WHERE organization_id = ? AND mode = ?
         AND (unknown_action != 'accept' OR metadata_mismatch != 'accept')`,
      )
      .get(organization_id, mode)
    return (row as { revision: number } | undefined)?.revision
  }

  #changed(organizationId: string): void {
    this.#database
      .prepare(
        'INSERT INTO catalogue_revisions VALUES (?, 1) ON CONFLICT (organization_id) DO UPDATE SET revision = revision + 1',
      )
      .run(organizationId)
  }
}

function toAction(row: ActionRow): CatalogueAction {
  return {
    organizationId: row.organization_id,
    action: row.action,
    group: row.group_name ?? undefined,
    description: row.description,
    version: row.version ?? 0,
    schema: row.schema ?? undefined,
    updatedAt: row.updated_at,
  }
}
