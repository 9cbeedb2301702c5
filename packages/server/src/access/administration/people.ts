import { AppError, type Resource } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Membership } from '../tables/memberships-table.js'
import { isPlatform, type Organization } from '../tables/organizations-table.js'
import { normaliseEmail } from '../tables/people-table.js'
import { type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { requireRole } from './roles.js'
import { personShape } from './shapes.js'

export interface NewMember {
  readonly email: string
  readonly role: string
  /** How the organization calls the person; empty for none. */
  readonly name: string
  /**
   * The first password of a person who is new. Only for whoever runs the installation: an organization that could set
   * one would hold the key to every other that adds the person later.
   */
  readonly passwordHash?: string
}

/**
 * Adds a person to an organization. Whether another organization knows the address already makes no difference that
 * could be seen. Throws `already_member`, `invalid_request` or `permission_denied`.
 */
export async function addPerson(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  { email: text, role: roleName, name, passwordHash }: NewMember,
): Promise<Membership> {
  const email = requireEmail(text)
  return access.transaction(async (access) => {
    const role = await requireRole(access, organization, roleName)
    requireHolds(by, role.permissions)
    await requireNoMember(access, organization, email)
    const person = (await access.people.find(email)) ?? (await access.people.create(email))
    if (passwordHash !== undefined && person.passwordHash === undefined)
      await access.people.setPassword(person.personId, passwordHash)
    await access.memberships.create(organization.id, person.personId, role.id, name)
    const membership = await requireMember(access, organization, person.personId)
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

/** Gives a person another role; it holds with their next request. Throws `last_owner` when nobody would be left. */
export async function changeRole(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  roleName: string,
): Promise<Membership> {
  return access.transaction(async (access) => {
    const before = await requireMember(access, organization, personId)
    const role = await requireRole(access, organization, roleName)
    requireHolds(by, [...before.permissions, ...role.permissions])
    if (role.id !== before.role) await requireAnotherOwner(access, organization, before)
    await access.memberships.setRole(organization.id, personId, role.id)
    const after = await requireMember(access, organization, personId)
    await note(access, {
      organizationId: organization.id,
      action: 'person.role_changed',
      by,
      resource: personResource(after),
      before: personShape(before),
      after: personShape(after),
    })
    return after
  })
}

/** Gives a person another name in an organization; nothing is recorded of one that stays. */
export async function renamePerson(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  name: string,
): Promise<Membership> {
  return access.transaction(async (access) => {
    const before = await requireMember(access, organization, personId)
    if (before.name === name) return before
    await access.memberships.setName(organization.id, personId, name)
    const after = await requireMember(access, organization, personId)
    await note(access, {
      organizationId: organization.id,
      action: 'person.renamed',
      by,
      resource: personResource(after),
      before: personShape(before),
      after: personShape(after),
    })
    return after
  })
}

/** Takes a person out of an organization: their sessions and personal tokens there end with it. */
export async function removePerson(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const before = await requireMember(access, organization, personId)
    requireHolds(by, before.permissions)
    await requireAnotherOwner(access, organization, before)
    await access.sessions.removeOf(personId, organization.id)
    const tokens = await access.apiKeys.revokePersonalTokensOf(organization.id, personId)
    await access.memberships.remove(organization.id, personId)
    await access.people.removeIfNowhere(personId)
    await note(access, {
      organizationId: organization.id,
      action: 'person.removed',
      by,
      resource: personResource(before),
      before: personShape(before),
      metadata: { personal_tokens_revoked: tokens },
    })
  })
}

/** The person in this organization. Throws `not_found`, the same for another organization's person as for nobody. */
export async function requireMember(
  access: AccessRecords,
  organization: Organization,
  personId: string,
): Promise<Membership> {
  const membership = await access.memberships.find(organization.id, personId)
  if (membership !== undefined) return membership
  throw new AppError('not_found', { hint: 'There is no such person in this organization.' })
}

/** Throws `already_member` for an address that belongs to the organization. */
export async function requireNoMember(
  access: AccessRecords,
  organization: Organization,
  email: string,
): Promise<void> {
  if ((await access.memberships.findByEmail(organization.id, email)) === undefined) return
  throw new AppError('already_member', {
    param: 'email',
    hint: `${email} belongs to this organization already; change the role instead.`,
  })
}

/** The normalised address. Throws `invalid_request`. */
export function requireEmail(text: string): string {
  const email = normaliseEmail(text)
  if (email !== undefined) return email
  throw new AppError('invalid_request', {
    param: 'email',
    hint: '"email" must be an e-mail address such as ada@example.com.',
  })
}

/** An organization without an owner, and a platform without an operator, could not be mended from inside. */
async function requireAnotherOwner(
  access: AccessRecords,
  organization: Organization,
  membership: Membership,
): Promise<void> {
  const needed = isPlatform(organization) ? 'operator' : 'owner'
  if (membership.role !== needed || (await access.memberships.countWithRole(organization.id, needed)) > 1)
    return
  throw new AppError('last_owner', {
    hint: `${membership.email} is the last ${needed}. Make somebody else ${needed} first.`,
  })
}

export function personResource({ personId, email }: Pick<Membership, 'personId' | 'email'>): Resource {
  return { type: 'person', id: personId, label: email }
}
