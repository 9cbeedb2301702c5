import { AppError, type Resource } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import { isPlatform, type Organization, type OrganizationChange } from '../tables/organizations-table.js'
import type { Doer } from './doer.js'
import { note } from './note.js'
import { organizationShape } from './shapes.js'

/** Makes an organization. Throws `slug_taken`, or `invalid_request` for a slug of the wrong form. */
export async function createOrganization(
  access: AccessStore,
  by: Doer,
  slug: string,
  name: string = slug,
): Promise<Organization> {
  return access.transaction(async (access) => {
    const organization = await access.tenants.create(slug, name)
    const noted = {
      action: 'organization.created',
      by,
      resource: organizationResource(organization),
      after: organizationShape(organization),
    } as const
    await note(access, { ...noted, organizationId: organization.id })
    // The operators' own log tells of every organization as well; of what is in it, nothing.
    await note(access, { ...noted, organizationId: (await access.tenants.platform()).id })
    return organization
  })
}

/** Changes name or settings. Tokens that must not be shown again are forgotten at once, in sealed form too. */
export async function updateOrganization(
  access: AccessStore,
  by: Doer,
  organizationId: string,
  change: OrganizationChange,
): Promise<Organization> {
  return access.transaction(async (access) => {
    const before = await requireOrganization(access, organizationId)
    await access.tenants.update(before.id, change)
    if (change.viewTokensAgain === false) await access.apiKeys.forgetSealedTokens(before.id)
    const after = await requireOrganization(access, organizationId)
    await note(access, {
      organizationId: after.id,
      action: 'organization.updated',
      by,
      resource: organizationResource(after),
      before: organizationShape(before),
      after: organizationShape(after),
    })
    return after
  })
}

/**
 * Suspends an organization: nobody gets in and its keys do nothing, from the next request on. Its entries stay, and what
 * the platform itself records for it is recorded. Throws `already_suspended`, and `invalid_request` for the platform.
 */
export async function suspendOrganization(
  access: AccessStore,
  by: Doer,
  organizationId: string,
  reason: string,
): Promise<Organization> {
  return setSuspended(access, by, organizationId, { at: access.now(), reason })
}

/** Lets a suspended organization in again: keys, and sessions that have not ended meanwhile, work as before. Throws `not_suspended`. */
export async function resumeOrganization(
  access: AccessStore,
  by: Doer,
  organizationId: string,
): Promise<Organization> {
  return setSuspended(access, by, organizationId, undefined)
}

async function setSuspended(
  access: AccessStore,
  by: Doer,
  organizationId: string,
  suspension: { readonly at: number; readonly reason: string } | undefined,
): Promise<Organization> {
  return access.transaction(async (access) => {
    const before = await requireOrganization(access, organizationId)
    if (isPlatform(before)) {
      throw new AppError('invalid_request', { hint: "The platform's own organization cannot be suspended." })
    }
    if ((before.suspendedAt !== undefined) === (suspension !== undefined))
      throw new AppError(suspension === undefined ? 'not_suspended' : 'already_suspended', {
        hint: 'There is nothing to do.',
      })
    await access.tenants.setSuspended(before.id, suspension?.at)
    const after = await requireOrganization(access, before.id)
    const noted = {
      action: suspension === undefined ? 'organization.resumed' : 'organization.suspended',
      by,
      resource: organizationResource(after),
      before: organizationShape(before),
      after: organizationShape(after),
      ...(suspension === undefined ? {} : { metadata: { reason: suspension.reason } }),
    } as const
    await note(access, { ...noted, organizationId: after.id })
    await note(access, { ...noted, organizationId: (await access.tenants.platform()).id })
    return after
  })
}

/** The organization with this slug or id. Throws `not_found`. */
export async function requireOrganization(access: AccessRecords, slugOrId: string): Promise<Organization> {
  const organization = await access.tenants.find(slugOrId)
  if (organization === undefined) throw new AppError('not_found', { hint: 'There is no such organization.' })
  return organization
}

function organizationResource({ id, name }: Organization): Resource {
  return { type: 'organization', id, label: name }
}
