import { AppError, type Context, type JsonObject, type Resource } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import { requireGoodPassword } from '../password.js'
import type { Link } from '../tables/links-table.js'
import type { Membership } from '../tables/memberships-table.js'
import type { Organization } from '../tables/organizations-table.js'
import type { Person } from '../tables/people-table.js'
import { type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { invalidLink, replacePassword } from './passwords.js'
import { personResource, requireEmail, requireMember, requireNoMember } from './people.js'
import { findRole, requireRole } from './roles.js'
import { personActor } from './sessions.js'
import { personShape, timeText } from './shapes.js'

export interface NewInvitation {
  readonly email: string
  readonly role: string
  /** How the organization will call the person; empty for none. */
  readonly name: string
  /** Whether an admin of the organization is shown the link, and it is not only mailed to the address. */
  readonly shown: boolean
}

/** Invites an address. An earlier invitation of it ends. Throws `already_member`, `invalid_request` or `permission_denied`. */
export async function invite(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  { email: text, role: roleName, name, shown }: NewInvitation,
): Promise<{ readonly invitation: Link; readonly token: string }> {
  const email = requireEmail(text)
  return access.transaction(async (access) => {
    const role = await requireRole(access, organization, roleName)
    requireHolds(by, role.permissions)
    await requireNoMember(access, organization, email)
    await access.links.removeInvitations(organization.id, email)
    const { link, token } = await access.links.create({
      kind: 'invitation',
      organizationId: organization.id,
      email,
      role: role.id,
      name,
      shown,
      createdBy: by.actor.label ?? by.actor.id ?? 'unknown',
    })
    await note(access, {
      organizationId: organization.id,
      action: 'invitation.created',
      by,
      resource: invitationResource(link),
      after: await invitationShape(access, organization, link),
    })
    return { invitation: link, token }
  })
}

/** Takes an invitation back; its link is worth nothing from then on. Throws `not_found`. */
export async function withdrawInvitation(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  invitationId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const link = (await access.links.invitations(organization.id)).find(({ id }) => id === invitationId)
    if (link === undefined) throw new AppError('not_found', { hint: 'There is no such invitation.' })
    await access.links.remove(link.id)
    await note(access, {
      organizationId: organization.id,
      action: 'invitation.withdrawn',
      by,
      resource: invitationResource(link),
    })
  })
}

/** What somebody who has the link of an invitation may know of it. */
export interface OpenInvitation {
  readonly link: Link
  readonly organization: Organization
  /** Whether the invited has no password yet and sets one by accepting. */
  readonly needsPassword: boolean
}

/** The invitation of a link. Throws `invalid_link`. */
export async function openInvitation(access: AccessRecords, token: string): Promise<OpenInvitation> {
  const link = await access.links.findUsable('invitation', token)
  const organization = await access.tenants.find(link?.organizationId ?? '')
  if (link === undefined || organization === undefined) throw invalidLink()
  return {
    link,
    organization,
    needsPassword: needsPassword(await access.people.find(link.email), link, organization),
  }
}

/**
 * Somebody who reads the mail of an address may replace a password that somebody else may know: one that was set by a
 * link which an admin of another organization was shown.
 */
function needsPassword(person: Person | undefined, { shown }: Link, { id }: Organization): boolean {
  if (person?.passwordHash === undefined) return true
  const { passwordOrganizationId: confinedTo } = person
  return confinedTo !== undefined && confinedTo !== id && !shown
}

/**
 * Joins an organization by an invitation, once. Somebody new gets the password; of somebody who has one, it stays as it
 * is. A password that was set by a link which an admin was shown opens that one organization, for nobody knows who set
 * it. Throws `invalid_link` or `already_member`.
 */
export async function acceptInvitation(
  access: AccessStore,
  token: string,
  passwordHash: string | undefined,
  context: Context,
): Promise<Membership> {
  return access.transaction(async (access) => {
    const { link, organization, needsPassword: isNeeded } = await openInvitation(access, token)
    if (isNeeded && passwordHash === undefined) throw missingPassword()
    await requireNoMember(access, organization, link.email)
    const role = await findRole(access, organization, link.role ?? '')
    // A role that was deleted since is none to give.
    if (role === undefined) throw invalidLink()
    await access.links.setUsed(link.id)
    const person = (await access.people.find(link.email)) ?? (await access.people.create(link.email))
    const by = { actor: personActor(person), context }
    if (isNeeded && passwordHash !== undefined)
      await replacePassword(access, by, person, passwordHash, link.shown ? organization.id : undefined)
    await access.memberships.create(organization.id, person.personId, role.id, link.name ?? '')
    const membership = await requireMember(access, organization, person.personId)
    await note(access, {
      organizationId: organization.id,
      action: 'invitation.accepted',
      by,
      resource: invitationResource(link),
      metadata: { invited_by: link.createdBy },
    })
    await note(access, {
      organizationId: organization.id,
      action: 'person.added',
      by,
      resource: personResource(membership),
      after: personShape(membership),
    })
    return membership
  })
}

/** Throws `invalid_request` unless the password may be set. */
export function requireNewPassword(password: string | undefined, email: string): string {
  if (password === undefined) throw missingPassword()
  requireGoodPassword(password, email)
  return password
}

/** An invitation as the API shows it; never its link. */
export async function invitationShape(
  access: AccessRecords,
  organization: Organization,
  link: Link,
): Promise<JsonObject> {
  return {
    object: 'invitation',
    id: link.id,
    email: link.email,
    name: link.name ?? '',
    role: (await findRole(access, organization, link.role ?? ''))?.name ?? null,
    created_by: link.createdBy,
    created_at: timeText(link.createdAt),
    expires_at: timeText(link.expiresAt),
  }
}

function missingPassword(): AppError {
  return new AppError('invalid_request', {
    param: 'password',
    hint: 'Choose a password of at least 12 characters.',
  })
}

function invitationResource({ id, email }: Link): Resource {
  return { type: 'invitation', id, label: email }
}
