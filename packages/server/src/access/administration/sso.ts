import { AppError, type Context, type JsonObject } from '@counterfoil/core'
import type { AccessRecords, AccessStore } from '../access-store.js'
import type { Membership } from '../tables/memberships-table.js'
import type { Organization } from '../tables/organizations-table.js'
import { normaliseEmail } from '../tables/people-table.js'
import type { Sso } from '../tables/sso-table.js'
import { type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { personResource, requireMember } from './people.js'
import { findRole, requireRole } from './roles.js'
import { personActor } from './sessions.js'
import { personShape, timeText } from './shapes.js'

/** How an organization's people sign in at their own provider, as it is set. */
export interface SsoChange {
  readonly issuer: string
  readonly clientId: string
  /** The one there is stays when left out. */
  readonly clientSecret?: string
  readonly domains: readonly string[]
  /** Name of a role. */
  readonly defaultRole: string
  readonly autoCreate: boolean
  readonly required: boolean
}

/** Sets the organization's provider. Throws `invalid_request` or `permission_denied`. */
export async function setSso(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  change: SsoChange,
): Promise<Sso> {
  const { issuer, clientId, clientSecret, domains, autoCreate, required } = change
  return access.transaction(async (access) => {
    const before = await access.sso.find(organization.id)
    const role = await requireRole(access, organization, change.defaultRole, 'default_role')
    requireHolds(by, role.permissions)
    const sealedSecret = sealedSecretOf(access, organization, before, issuer, clientSecret)
    await access.sso.set({
      organizationId: organization.id,
      issuer,
      clientId,
      ...(sealedSecret === undefined ? {} : { sealedSecret }),
      domains,
      defaultRole: role.id,
      autoCreate,
      required,
    })
    const after = (await access.sso.find(organization.id)) as Sso
    await note(access, {
      organizationId: organization.id,
      action: 'sso.updated',
      by,
      resource: { type: 'sso', id: organization.id },
      ...(before === undefined ? {} : { before: await ssoShape(access, organization, before) }),
      after: await ssoShape(access, organization, after),
      metadata: { client_secret_changed: clientSecret !== undefined },
    })
    return after
  })
}

/** Removes the organization's provider; people sign in with passwords again. Throws `not_found`. */
export async function removeSso(access: AccessStore, by: Doer, organization: Organization): Promise<void> {
  await access.transaction(async (access) => {
    const before = await requireSso(access, organization)
    await access.sso.remove(organization.id)
    await note(access, {
      organizationId: organization.id,
      action: 'sso.removed',
      by,
      resource: { type: 'sso', id: organization.id },
      before: await ssoShape(access, organization, before),
    })
  })
}

/** The organization's provider. Throws `not_found`. */
export async function requireSso(access: AccessRecords, organization: Organization): Promise<Sso> {
  const sso = await access.sso.find(organization.id)
  if (sso !== undefined) return sso
  throw new AppError('not_found', { hint: 'No single sign-on is set.' })
}

/** The provider as the API shows it; never the client secret. */
export async function ssoShape(
  access: AccessRecords,
  organization: Organization,
  sso: Sso,
): Promise<JsonObject> {
  return {
    object: 'sso',
    issuer: sso.issuer,
    client_id: sso.clientId,
    has_client_secret: sso.sealedSecret !== undefined,
    domains: [...sso.domains],
    default_role: (await findRole(access, organization, sso.defaultRole))?.name ?? null,
    auto_create: sso.autoCreate,
    required: sso.required,
    updated_at: timeText(sso.updatedAt),
  }
}

/** The client secret in the open, for the provider; undefined for none. */
export function clientSecretOf(
  { secrets }: AccessStore,
  { organizationId, sealedSecret }: Sso,
): string | undefined {
  return sealedSecret === undefined ? undefined : secrets?.open('sso_secret', organizationId, sealedSecret)
}

/** Who a provider says that somebody is. */
export interface SsoIdentity {
  readonly subject: string
  readonly verifiedEmail: string | undefined
  readonly name: string
}

/** Why the organization does not let somebody in whom its provider knows. */
export type SsoRefusal =
  | 'email_not_verified'
  | 'domain_not_allowed'
  | 'unknown_person'
  | 'other_subject'
  | 'no_role'

/**
 * The member of the organization whom its provider vouches for: the one its subject was before, or the one with the
 * verified address, or, where that is switched on, somebody new. It vouches for nobody in any other organization.
 */
export async function admitSso(
  access: AccessStore,
  organization: Organization,
  sso: Sso,
  identity: SsoIdentity,
  context: Context,
): Promise<Membership | SsoRefusal> {
  return access.transaction(async (access) => {
    const known = await access.memberships.find(
      organization.id,
      (await access.sso.findSubject(sso, identity.subject)) ?? '',
    )
    if (known !== undefined) return isAllowed(sso, known.email) ? known : 'domain_not_allowed'
    const email = normaliseEmail(identity.verifiedEmail ?? '')
    if (email === undefined) return 'email_not_verified'
    if (!isAllowed(sso, email)) return 'domain_not_allowed'
    const member = await access.memberships.findByEmail(organization.id, email)
    if (member === undefined && !sso.autoCreate) return 'unknown_person'
    // An address that was given to somebody else since is still the account of who had it before.
    if (member !== undefined && (await access.sso.findSubjectOf(sso, member.personId)) !== undefined)
      return 'other_subject'
    const admitted = member ?? (await join(access, organization, sso, email, identity.name, context))
    if (typeof admitted !== 'string') await access.sso.setSubject(sso, identity.subject, admitted.personId)
    return admitted
  })
}

/** Records that a sign-in at the provider led to nothing. What the provider says of an address proves nothing here. */
export async function noteRefusedSso(
  access: AccessStore,
  organization: Organization,
  reason: SsoRefusal | 'provider' | 'state',
  email: string | undefined,
  context: Context,
): Promise<void> {
  const label = normaliseEmail(email ?? '')
  await access.transaction((access) =>
    note(access, {
      organizationId: organization.id,
      action: 'session.refused',
      by: { actor: { type: 'anonymous', ...(label === undefined ? {} : { label }) }, context },
      outcome: 'denied',
      errorCode: 'sso_failed',
      metadata: { method: 'sso', reason },
    }),
  )
}

async function join(
  access: AccessRecords,
  organization: Organization,
  sso: Sso,
  email: string,
  name: string,
  context: Context,
): Promise<Membership | SsoRefusal> {
  const role = await findRole(access, organization, sso.defaultRole)
  if (role === undefined) return 'no_role'
  const person = (await access.people.find(email)) ?? (await access.people.create(email))
  // One line of text, as for everybody.
  const called = name.replace(/[\p{Cc}\p{Surrogate}]/gu, '').slice(0, 200)
  await access.memberships.create(organization.id, person.personId, role.id, called)
  const membership = await requireMember(access, organization, person.personId)
  await note(access, {
    organizationId: organization.id,
    action: 'person.added',
    by: { actor: personActor(membership), context },
    resource: personResource(membership),
    after: personShape(membership),
    metadata: { method: 'sso' },
  })
  return membership
}

/** Domains are whole ones: a subdomain is another one. */
function isAllowed({ domains }: Sso, email: string): boolean {
  return domains.includes(email.slice(email.lastIndexOf('@') + 1))
}

/** A secret is for the provider it was given for: it is not sent to another one that somebody names later. */
function sealedSecretOf(
  { secrets }: AccessRecords,
  { id }: Organization,
  before: Sso | undefined,
  issuer: string,
  clientSecret: string | undefined,
): Uint8Array | undefined {
  if (clientSecret === undefined) return before?.issuer === issuer ? before.sealedSecret : undefined
  if (secrets === undefined)
    throw new AppError('wrong_master_key', { hint: 'The master key is not open here.' })
  return secrets.seal('sso_secret', id, clientSecret)
}
