import type { CataloguePolicy, FlagKind, LogName, Mode } from '@counterfoil/core'
import type { Sql } from '../../sql/sql-database.js'

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

interface VersionRow {
  readonly version: number
  readonly schema: string | null
  readonly created_at: number
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
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async list(organizationId: string): Promise<readonly CatalogueAction[]> {
    const rows = await this.#sql
      .of(organizationId)
      .all<ActionRow>(`${ACTIONS} ORDER BY actions.action`, organizationId)
    return rows.map(toAction)
  }

  async find(organizationId: string, action: string): Promise<CatalogueAction | undefined> {
    const row = await this.#sql
      .of(organizationId)
      .get<ActionRow>(`${ACTIONS} AND actions.action = ?`, organizationId, action)
    return row === undefined ? undefined : toAction(row)
  }

  async count(organizationId: string): Promise<number> {
    const row = await this.#sql
      .of(organizationId)
      .get<{ count: number }>(
        'SELECT count(*) AS count FROM catalogue_actions WHERE organization_id = ?',
        organizationId,
      )
    return row?.count ?? 0
  }

  async setAction({
    organizationId,
    action,
    group,
    description,
  }: Pick<CatalogueAction, 'organizationId' | 'action' | 'group' | 'description'>): Promise<void> {
    if (group !== undefined) {
      await this.#sql
        .of(organizationId)
        .run(
          'INSERT INTO catalogue_groups VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
          organizationId,
          group,
          '',
        )
    }
    await this.#sql.of(organizationId).run(
      `INSERT INTO catalogue_actions (organization_id, action, group_name, description, updated_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (organization_id, action) DO UPDATE SET group_name = excluded.group_name,
       description = excluded.description, updated_at = excluded.updated_at`,
      organizationId,
      action,
      group ?? null,
      description,
      Date.now(),
    )
    await this.#changed(organizationId)
  }

  /** Its schemas stay: should the action come back, no version of theirs is given again. */
  async removeAction({ organizationId, action }: CatalogueAction): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM catalogue_actions WHERE organization_id = ? AND action = ?', organizationId, action)
    await this.#changed(organizationId)
  }

  /** Adds a version after the newest one. */
  async setSchema(organizationId: string, action: string, schema: string | undefined): Promise<void> {
    const newest = await this.#sql
      .of(organizationId)
      .get<{ version: number | null }>(
        'SELECT max(version) AS version FROM catalogue_schemas WHERE organization_id = ? AND action = ?',
        organizationId,
        action,
      )
    await this.#sql
      .of(organizationId)
      .run(
        'INSERT INTO catalogue_schemas (organization_id, action, version, schema, created_at) VALUES (?, ?, ?, ?, ?)',
        organizationId,
        action,
        (newest?.version ?? 0) + 1,
        schema ?? null,
        Date.now(),
      )
    await this.#changed(organizationId)
  }

  /** Characters of all schemas that are in force. */
  async schemaLength(organizationId: string): Promise<number> {
    const row = await this.#sql
      .of(organizationId)
      .get<{ length: number }>(
        `SELECT coalesce(sum(length(schema)), 0) AS length FROM (${ACTIONS}) AS newest`,
        organizationId,
      )
    return row?.length ?? 0
  }

  /** The newest versions there were, also of an action that was deleted since; the newest first. */
  async versions(organizationId: string, action: string, limit: number): Promise<readonly SchemaVersion[]> {
    const rows = await this.#sql.of(organizationId).all<VersionRow>(
      `SELECT version, schema, created_at FROM catalogue_schemas WHERE organization_id = ? AND action = ?
         ORDER BY version DESC LIMIT ?`,
      organizationId,
      action,
      limit,
    )
    return rows.map(({ version, schema, created_at }) => ({
      version,
      schema: schema ?? undefined,
      createdAt: created_at,
    }))
  }

  async groups(organizationId: string): Promise<readonly CatalogueGroup[]> {
    return await this.#sql
      .of(organizationId)
      .all<CatalogueGroup>(
        'SELECT name, description FROM catalogue_groups WHERE organization_id = ? ORDER BY name',
        organizationId,
      )
  }

  async setGroup(organizationId: string, { name, description }: CatalogueGroup): Promise<void> {
    await this.#sql.of(organizationId).run(
      `INSERT INTO catalogue_groups (organization_id, name, description) VALUES (?, ?, ?)
       ON CONFLICT (organization_id, name) DO UPDATE SET description = excluded.description`,
      organizationId,
      name,
      description,
    )
    await this.#changed(organizationId)
  }

  async removeGroup(organizationId: string, name: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run('DELETE FROM catalogue_groups WHERE organization_id = ? AND name = ?', organizationId, name)
    await this.#changed(organizationId)
  }

  async policies(organizationId: string, mode: Mode): Promise<CataloguePolicies> {
    const row = await this.#sql
      .of(organizationId)
      .get<PolicyRow>(
        'SELECT unknown_action, metadata_mismatch FROM catalogue_policies WHERE organization_id = ? AND mode = ?',
        organizationId,
        mode,
      )
    return row === undefined ? ACCEPT_ALL : ({ ...row } as CataloguePolicies)
  }

  async setPolicies(
    organizationId: string,
    mode: Mode,
    { unknown_action, metadata_mismatch }: CataloguePolicies,
  ): Promise<void> {
    await this.#sql.of(organizationId).run(
      `INSERT INTO catalogue_policies (organization_id, mode, unknown_action, metadata_mismatch) VALUES (?, ?, ?, ?)
       ON CONFLICT (organization_id, mode) DO UPDATE SET unknown_action = excluded.unknown_action,
       metadata_mismatch = excluded.metadata_mismatch`,
      organizationId,
      mode,
      unknown_action,
      metadata_mismatch,
    )
    await this.#changed(organizationId)
  }

  /** Grows with each change of the organization's catalogue; undefined for a log in which everything is accepted. */
  async revisionFor({ organization_id, mode }: LogName): Promise<number | undefined> {
    const row = await this.#sql.of(organization_id).get<{ revision: number }>(
      `SELECT revision FROM catalogue_policies NATURAL JOIN catalogue_revisions WHERE organization_id = ? AND mode = ?
         AND (unknown_action != 'accept' OR metadata_mismatch != 'accept')`,
      organization_id,
      mode,
    )
    return row?.revision
  }

  async #changed(organizationId: string): Promise<void> {
    await this.#sql
      .of(organizationId)
      .run(
        'INSERT INTO catalogue_revisions VALUES (?, 1) ON CONFLICT (organization_id) DO UPDATE SET revision = catalogue_revisions.revision + 1',
        organizationId,
      )
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
