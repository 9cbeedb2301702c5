import { readFileSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import type { AccessStore, Organization } from '../access/access-store.js'
import type { ActionContent } from '../access/administration/catalogue.js'
import type { CatalogueGroup } from '../access/tables/catalogue-table.js'

/** A catalogue as `catalogue export` writes it and `catalogue import` reads it. */
export interface CatalogueFile {
  readonly groups: readonly CatalogueGroup[]
  readonly actions: readonly ActionContent[]
}

export async function toCatalogueFile(store: AccessStore, { id }: Organization): Promise<object> {
  return {
    object: 'catalogue_file',
    groups: (await store.catalogue.groups(id)).map(({ name, description }) => ({ name, description })),
    actions: (await store.catalogue.list(id)).map(({ action, group, description, schema }) => ({
      action,
      group: group ?? null,
      description,
      metadata_schema: schema === undefined ? null : JSON.parse(schema),
    })),
  }
}

/** Throws `invalid_request` that says what in the file is wrong. */
export function readCatalogueFile(path: string): CatalogueFile {
  const { groups = [], actions } = readJson(path) as { groups?: unknown; actions?: unknown }
  if (!Array.isArray(groups) || !Array.isArray(actions))
    throw wrong(path, 'it must be an object with the lists "groups" and "actions"')
  return {
    groups: groups.map((group: Record<string, unknown>, i) => ({
      name: requireText(path, `/groups/${i}/name`, group?.name),
      description: requireText(path, `/groups/${i}/description`, group?.description ?? ''),
    })),
    actions: actions.map((action: Record<string, unknown>, i) => ({
      action: requireText(path, `/actions/${i}/action`, action?.action),
      group:
        action.group === undefined || action.group === null
          ? undefined
          : requireText(path, `/actions/${i}/group`, action.group),
      description: requireText(path, `/actions/${i}/description`, action.description ?? ''),
      metadataSchema: action.metadata_schema,
    })),
  }
}

/** Any JSON of a file. Throws `invalid_request`. */
export function readJson(path: string): unknown {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch (cause) {
    throw new AppError('invalid_request', { hint: `${path} cannot be read as JSON.`, cause })
  }
  throw wrong(path, 'it must be a JSON object')
}

function requireText(path: string, pointer: string, value: unknown): string {
  if (typeof value === 'string' && !/[\p{Cc}\p{Surrogate}]/u.test(value) && value.length <= 1_000)
    return value
  throw wrong(path, `${pointer} must be a text of at most 1,000 characters without control characters`)
}

function wrong(path: string, what: string): AppError {
  return new AppError('invalid_request', { hint: `${path} is no catalogue: ${what}.` })
}
