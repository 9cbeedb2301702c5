import { AppError, type Resource } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Organization } from '../tables/organizations-table.js'
import type { Workspace } from '../tables/workspaces-table.js'
import type { Doer } from './doer.js'
import { note } from './note.js'
import { workspaceShape } from './shapes.js'

const SLUG = /^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,126}[A-Za-z0-9])?$/

/** Makes a workspace. Throws `name_taken`, or `invalid_request` for a slug of the wrong form. */
export async function createWorkspace(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  slug: string,
  name: string,
): Promise<Workspace> {
  if (!SLUG.test(slug)) {
    throw new AppError('invalid_request', {
      param: 'slug',
      hint: `"${slug}" is no slug of a workspace: use 1 to 128 letters, digits and any of . _ : -, with a letter or digit at both ends.`,
    })
  }
  return access.transaction(async (access) => {
    if ((await access.workspaces.find(organization.id, slug)) !== undefined) {
      throw new AppError('name_taken', { param: 'slug', hint: `Choose another slug than "${slug}".` })
    }
    const workspace = await access.workspaces.create(organization.id, slug, name)
    await note(access, {
      ...workspaceNote(organization, by, workspace),
      action: 'workspace.created',
      after: workspaceShape(workspace),
    })
    return workspace
  })
}

export async function renameWorkspace(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  slugOrId: string,
  name: string,
): Promise<Workspace> {
  return access.transaction(async (access) => {
    const before = await requireWorkspace(access, organization, slugOrId)
    await access.workspaces.rename(before, name)
    const after = { ...before, name }
    await note(access, {
      ...workspaceNote(organization, by, after),
      action: 'workspace.updated',
      before: workspaceShape(before),
      after: workspaceShape(after),
    })
    return after
  })
}

/** Deletes a workspace; entries that name it stay as they are. */
export async function deleteWorkspace(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  slugOrId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const workspace = await requireWorkspace(access, organization, slugOrId)
    await access.workspaces.remove(workspace)
    await note(access, {
      ...workspaceNote(organization, by, workspace),
      action: 'workspace.deleted',
      before: workspaceShape(workspace),
    })
  })
}

/** The workspace with this slug or id. Throws `not_found`. */
export async function requireWorkspace(
  access: AccessRecords,
  organization: Organization,
  slugOrId: string,
): Promise<Workspace> {
  const workspace = await access.workspaces.find(organization.id, slugOrId)
  if (workspace !== undefined) return workspace
  throw new AppError('not_found', { hint: 'There is no such workspace in this organization.' })
}

function workspaceNote(
  organization: Organization,
  by: Doer,
  { id, name }: Workspace,
): { organizationId: string; by: Doer; resource: Resource } {
  return { organizationId: organization.id, by, resource: { type: 'workspace', id, label: name } }
}
