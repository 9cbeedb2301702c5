import { AppError, type Resource } from '@counterfoil/core'
import type { AccessStore } from '../access-store.js'
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
export function addPerson(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  { email: text, role: roleName, name, passwordHash }: NewMember,
): Membership {
  const email = requireEmail(text)
  return access.transaction(() => {
    const role = requireRole(access, organization, roleName)
    requireHolds(by, role.permissions)
    requireNoMember(access, organization, email)
    const person = access.people.find(email) ?? access.people.create(email)
    if (passwordHash !== undefined && person.passwordHash === undefined)
      access.people.setPassword(person.personId, passwordHash)
    access.memberships.create(organization.id, person.personId, role.id, name)
    const membership = requireMember(access, organization, person.personId)
    note(access, {
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
export function changeRole(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  roleName: string,
): Membership {
  return access.transaction(() => {
    const before = requireMember(access, organization, personId)
    const role = requireRole(access, organization, roleName)
    requireHolds(by, [...before.permissions, ...role.permissions])
    if (role.id !== before.role) requireAnotherOwner(access, organization, before)
    access.memberships.setRole(organization.id, personId, role.id)
    const after = requireMember(access, organization, personId)
    note(access, {
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
export function renamePerson(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  name: string,
): Membership {
  return access.transaction(() => {
    const before = requireMember(access, organization, personId)
    if (before.name === name) return before
    access.memberships.setName(organization.id, personId, name)
    const after = requireMember(access, organization, personId)
    note(access, {
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
export function removePerson(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
): void {
  access.transaction(() => {
    const before = requireMember(access, organization, personId)
    requireHolds(by, before.permissions)
    requireAnotherOwner(access, organization, before)
    access.sessions.removeOf(personId, organization.id)
    const tokens = access.apiKeys.revokePersonalTokensOf(organization.id, personId)
    access.memberships.remove(organization.id, personId)
    access.people.removeIfNowhere(personId)
    note(access, {
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
export function requireMember(access: AccessStore, organization: Organization, personId: string): Membership {
  const membership = access.memberships.find(organization.id, personId)
  if (membership !== undefined) return membership
  throw new AppError('not_found', { hint: 'There is no such person in this organization.' })
}

/** Throws `already_member` for an address that belongs to the organization. */
export function requireNoMember(access: AccessStore, organization: Organization, email: string): void {
  if (access.memberships.findByEmail(organization.id, email) === undefined) return
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
function requireAnotherOwner(access: AccessStore, organization: Organization, membership: Membership): void {
  const needed = isPlatform(organization) ? 'operator' : 'owner'
  if (membership.role !== needed || access.memberships.countWithRole(organization.id, needed) > 1) return
  throw new AppError('last_owner', {
    hint: `${membership.email} is the last ${needed}. Make somebody else ${needed} first.`,
  })
}

export function personResource({ personId, email }: Pick<Membership, 'personId' | 'email'>): Resource {
  return { type: 'person', id: personId, label: email }
}
