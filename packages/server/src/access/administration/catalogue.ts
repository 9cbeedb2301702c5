import { AppError, type JsonObject, type Mode, type Resource, readMetadataSchema } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { CatalogueAction, CatalogueGroup, CataloguePolicies } from '../tables/catalogue-table.js'
import type { Organization } from '../tables/organizations-table.js'
import type { Doer } from './doer.js'
import { note } from './note.js'
import { catalogueActionShape, catalogueGroupShape, cataloguePolicyShape } from './shapes.js'

// Bounds of what the recording thread keeps of an organization, and of what an answer has to write.
export const CATALOGUE_ACTIONS_MAX = 2_000
/** Characters of an organization's schemas that are in force, together. */
export const CATALOGUE_SCHEMAS_LENGTH_MAX = 1_048_576
const ACTION = /^[^\s\p{Cc}\p{Surrogate}\ufeff]{1,256}$/u

export interface ActionContent {
  readonly action: string
  readonly group: string | undefined
  readonly description: string
  /** A schema as it came; null takes the check away, undefined leaves what there is. */
  readonly metadataSchema?: unknown
}

/** A catalogue that somebody else has made. */
export interface ReadyCatalogue {
  readonly vendor: string
  readonly groups: readonly CatalogueGroup[]
  readonly actions: readonly {
    readonly action: string
    readonly group: string
    readonly description: string
  }[]
}

/** Adds an action or changes one. Throws `invalid_request` or `invalid_schema`. */
export async function setAction(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  content: ActionContent,
): Promise<CatalogueAction> {
  return access.transaction((access) => putAction(access, by, organization, content))
}

/**
 * Adds or changes many actions, with groups: all or none of them. Throws as `setAction` and `setGroup` do, with a pointer
 * into the list.
 */
export async function setActions(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  groups: readonly CatalogueGroup[],
  contents: readonly ActionContent[],
): Promise<void> {
  await access.transaction(async (access) => {
    for (const group of groups) await putGroup(access, by, organization, group)
    for (const [i, content] of contents.entries())
      await putAction(access, by, organization, content, `/actions/${i}`)
  })
}

async function putAction(
  access: AccessRecords,
  by: Doer,
  organization: Organization,
  content: ActionContent,
  at = '',
): Promise<CatalogueAction> {
  const { action, metadataSchema } = content
  if (!ACTION.test(action)) {
    throw new AppError('invalid_request', {
      param: at === '' ? 'action' : `${at}/action`,
      hint: 'An action has 1 to 256 characters, none of them white space or a control character.',
    })
  }
  const schema = readSchema(metadataSchema, `${at}/metadata_schema`)
  const before = await access.catalogue.find(organization.id, action)
  if (before === undefined) await requireRoom(access, organization, 1)
  await access.catalogue.setAction({ ...content, organizationId: organization.id })
  if (metadataSchema !== undefined && schema !== before?.schema)
    await addSchema(access, organization, action, schema)
  const after = await requireAction(access, organization, action)
  await note(access, {
    organizationId: organization.id,
    action: before === undefined ? 'catalogue_action.created' : 'catalogue_action.updated',
    by,
    resource: actionResource(action),
    ...(before === undefined ? {} : { before: catalogueActionShape(before) }),
    after: catalogueActionShape(after),
  })
  return after
}

/** Forgets an action; entries that have it stay as they are, and so do the versions of its schema. */
export async function removeAction(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  action: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const before = await requireAction(access, organization, action)
    await access.catalogue.removeAction(before)
    await note(access, {
      organizationId: organization.id,
      action: 'catalogue_action.deleted',
      by,
      resource: actionResource(action),
      before: catalogueActionShape(before),
    })
  })
}

/** The action of this name. Throws `not_found`. */
export async function requireAction(
  access: AccessRecords,
  organization: Organization,
  action: string,
): Promise<CatalogueAction> {
  const found = await access.catalogue.find(organization.id, action)
  if (found !== undefined) return found
  throw new AppError('not_found', { hint: "There is no such action in the organization's catalogue." })
}

/** Makes a group or describes it anew. */
export async function setGroup(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  group: CatalogueGroup,
): Promise<CatalogueGroup> {
  return access.transaction((access) => putGroup(access, by, organization, group))
}

async function putGroup(
  access: AccessRecords,
  by: Doer,
  organization: Organization,
  group: CatalogueGroup,
): Promise<CatalogueGroup> {
  if (group.name.length < 1 || group.name.length > 100 || /[\p{Cc}\p{Surrogate}]/u.test(group.name)) {
    throw new AppError('invalid_request', {
      param: 'name',
      hint: 'A group has a name of 1 to 100 characters without control characters.',
    })
  }
  const groups = await access.catalogue.groups(organization.id)
  const before = groups.find(({ name }) => name === group.name)
  if (before === undefined && groups.length >= CATALOGUE_ACTIONS_MAX) throw full('groups')
  await access.catalogue.setGroup(organization.id, group)
  await note(access, {
    organizationId: organization.id,
    action: 'catalogue_group.set',
    by,
    resource: groupResource(group.name),
    ...(before === undefined ? {} : { before: catalogueGroupShape(before) }),
    after: catalogueGroupShape(group),
  })
  return group
}

/** Deletes a group that no action is in. Throws `group_in_use` otherwise. */
export async function removeGroup(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  name: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const before = (await access.catalogue.groups(organization.id)).find((group) => group.name === name)
    if (before === undefined)
      throw new AppError('not_found', { hint: "There is no such group in the organization's catalogue." })
    const count = (await access.catalogue.list(organization.id)).filter(({ group }) => group === name).length
    if (count > 0) {
      throw new AppError('group_in_use', {
        hint: `${count} ${count === 1 ? 'action is' : 'actions are'} in it. Put them into another group first.`,
      })
    }
    await access.catalogue.removeGroup(organization.id, name)
    await note(access, {
      organizationId: organization.id,
      action: 'catalogue_group.deleted',
      by,
      resource: groupResource(name),
      before: catalogueGroupShape(before),
    })
  })
}

/** Says what is done in one mode with entries that do not agree with the catalogue; it holds from the next request. */
export async function setPolicies(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  mode: Mode,
  change: Partial<CataloguePolicies>,
): Promise<CataloguePolicies> {
  return access.transaction(async (access) => {
    const before = await access.catalogue.policies(organization.id, mode)
    const after = { ...before, ...change }
    await access.catalogue.setPolicies(organization.id, mode, after)
    await note(access, {
      organizationId: organization.id,
      mode,
      action: 'catalogue_policy.updated',
      by,
      resource: { type: 'catalogue_policy', id: mode },
      before: cataloguePolicyShape(mode, before),
      after: cataloguePolicyShape(mode, after),
    })
    return after
  })
}

/**
 * Takes a ready catalogue over: its actions are added, and those there are get its groups and descriptions. Schemas stay
 * as they are. One entry tells of all that changed.
 */
export async function importCatalogue(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  ready: ReadyCatalogue,
): Promise<{ readonly added: number; readonly changed: number }> {
  return access.transaction(async (access) => {
    const known = new Map(
      (await access.catalogue.list(organization.id)).map((action) => [action.action, action]),
    )
    const differing = ready.actions.filter((action) => {
      const before = known.get(action.action)
      return before?.group !== action.group || before.description !== action.description
    })
    const added = differing.filter(({ action }) => !known.has(action)).length
    await requireRoom(access, organization, added)
    for (const action of differing)
      await access.catalogue.setAction({ ...action, organizationId: organization.id })
    for (const group of ready.groups) await access.catalogue.setGroup(organization.id, group)
    const before = differing.flatMap(({ action }) => known.get(action) ?? [])
    await note(access, {
      organizationId: organization.id,
      action: 'catalogue.imported',
      by,
      resource: { type: 'catalogue', id: ready.vendor },
      before: toActions(before),
      after: toActions(differing),
    })
    return { added, changed: before.length }
  })
}

function toActions(
  actions: readonly Pick<CatalogueAction, 'action' | 'group' | 'description'>[],
): JsonObject {
  const described = actions.map(({ action, group, description }) => [
    action,
    { group: group ?? null, description },
  ])
  return Object.fromEntries(described) as JsonObject
}

async function addSchema(
  access: AccessRecords,
  organization: Organization,
  action: string,
  schema: string | undefined,
): Promise<void> {
  await access.catalogue.setSchema(organization.id, action, schema)
  if ((await access.catalogue.schemaLength(organization.id)) <= CATALOGUE_SCHEMAS_LENGTH_MAX) return
  throw new AppError('invalid_schema', {
    hint: `All schemas of a catalogue have at most ${CATALOGUE_SCHEMAS_LENGTH_MAX} characters together. Make some smaller.`,
  })
}

function readSchema(schema: unknown, at: string): string | undefined {
  if (schema === undefined || schema === null) return undefined
  const reading = readMetadataSchema(schema)
  if (reading.ok) return reading.schema.json
  const { pointer, message } = reading.problem
  throw new AppError('invalid_schema', { param: `${at}${pointer}`, hint: message })
}

async function requireRoom(access: AccessRecords, organization: Organization, more: number): Promise<void> {
  if ((await access.catalogue.count(organization.id)) + more > CATALOGUE_ACTIONS_MAX) throw full('actions')
}

function full(what: string): AppError {
  return new AppError('invalid_request', {
    hint: `A catalogue has at most ${CATALOGUE_ACTIONS_MAX} ${what}. Delete some that are not needed any more.`,
  })
}

function actionResource(action: string): Resource {
  return { type: 'catalogue_action', id: action }
}

function groupResource(name: string): Resource {
  return { type: 'catalogue_group', id: name }
}
