import { AppError, type Context, type Mode } from '@counterfoil/core'
import type { AccessRecords, AccessStore, NewSession } from '../access-store.js'
import type { ApiKey } from '../api-key.js'
import type { Membership } from '../tables/memberships-table.js'
import type { Organization } from '../tables/organizations-table.js'
import type { Session, SessionProof } from '../tables/sessions-table.js'
import { actorOf, type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { personResource, requireMember } from './people.js'

/** Starts a session of somebody who has proved who they are. */
export async function startSession(
  access: AccessStore,
  membership: Membership,
  mode: Mode,
  proof: SessionProof,
  context: Context,
): Promise<NewSession> {
  return access.transaction(async (access) => {
    const { personId, organizationId, roleName } = membership
    // Every way to sign in looks before; this is the last one, in the very transaction.
    if (await access.tenants.isSuspended(organizationId)) throw organizationSuspended()
    const { ip_address: ipAddress, user_agent: userAgent } = context
    const session = await access.sessions.create(personId, organizationId, mode, {
      ...proof,
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(userAgent === undefined ? {} : { userAgent }),
    })
    await note(access, {
      organizationId,
      mode,
      action: 'session.created',
      by: { actor: personActor(membership), context },
      resource: { type: 'session', id: session.sessionId },
      metadata: { role: roleName, method: proof.method, second_factor: proof.secondFactor },
    })
    return session
  })
}

/** The actor of somebody who is about to sign in, or does something by a link. */
export function personActor({ personId, email }: Pick<Membership, 'personId' | 'email'>) {
  return { type: 'user', id: personId, label: email, email } as const
}

/** Ends a session. */
export async function endSession(access: AccessStore, key: ApiKey, context: Context): Promise<void> {
  await access.transaction(async (access) => {
    await access.sessions.remove(key.keyId)
    await note(access, {
      organizationId: key.organizationId,
      mode: key.mode,
      action: 'session.ended',
      by: { actor: actorOf(key), context },
      resource: { type: 'session', id: key.keyId },
    })
  })
}

/** Moves a session to another organization or mode of its person, where `key` says that it leads; it gets a new id. */
export async function moveSession(
  access: AccessStore,
  by: Doer,
  key: ApiKey,
  mode: Mode,
): Promise<NewSession> {
  return access.transaction(async (access) => {
    const session = await requireSession(access, key.keyId)
    const moved = await access.sessions.renew(session, { organizationId: key.organizationId, mode })
    await note(access, {
      organizationId: key.organizationId,
      mode,
      action: 'session.moved',
      by,
      resource: { type: 'session', id: moved.sessionId },
      // Of another organization, nothing is told.
      metadata: { from_mode: session.mode },
    })
    return moved
  })
}

/** Ends one of the caller's own sessions, wherever it is. Throws `not_found`. */
export async function revokeOwnSession(
  access: AccessStore,
  by: Doer,
  key: ApiKey,
  sessionId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const session = (await visibleSessions(access, key)).find((one) => one.sessionId === sessionId)
    if (session === undefined) throw noSuchSession()
    await revoke(access, by, session)
  })
}

/** The caller's own sessions that this one may know of: all, or those in the organization that it is confined to. */
export async function visibleSessions(
  access: AccessRecords,
  { owner, session }: ApiKey,
): Promise<readonly Session[]> {
  const confinedTo = session?.confinedTo
  return (await access.sessions.ofPerson(owner?.personId ?? '')).filter(
    ({ organizationId }) => confinedTo === undefined || organizationId === confinedTo,
  )
}

/** Ends a session that is in the organization. Throws `not_found`, or `permission_denied` for somebody with more rights. */
export async function revokeSession(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  sessionId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const session = (await access.sessions.ofOrganization(organization.id)).find(
      (one) => one.sessionId === sessionId,
    )
    if (session === undefined) throw noSuchSession()
    requireHolds(by, (await requireMember(access, organization, session.personId)).permissions)
    await revoke(access, by, session)
  })
}

/** Ends whatever sessions of a person reach the organization, also those that are in another one now. */
export async function revokeSessionsOf(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const membership = await requireMember(access, organization, personId)
    requireHolds(by, membership.permissions)
    await access.sessions.removeOf(personId, organization.id)
    await access.memberships.endSessions(organization.id, personId, access.now())
    await note(access, {
      organizationId: organization.id,
      action: 'session.revoked',
      by,
      resource: personResource(membership),
      metadata: { sessions: 'all' },
    })
  })
}

/** For somebody who has a key or a password of the organization; nobody else learns of it. */
export function organizationSuspended(): AppError {
  return new AppError('organization_suspended', {
    hint: 'Ask whoever runs this installation. Nothing of the log is lost.',
  })
}

async function revoke(
  access: AccessRecords,
  by: Doer,
  { sessionId, organizationId, personId }: Session,
): Promise<void> {
  await access.sessions.remove(sessionId)
  await note(access, {
    organizationId,
    action: 'session.revoked',
    by,
    resource: { type: 'session', id: sessionId },
    metadata: { person_id: personId },
  })
}

/** The session itself. Throws `session_ended`. */
export async function requireSession(access: AccessRecords, sessionId: string): Promise<Session> {
  const session = await access.sessions.find(sessionId)
  if (session === undefined) throw new AppError('session_ended', { hint: 'Sign in again.' })
  return session
}

function noSuchSession(): AppError {
  return new AppError('not_found', { hint: 'There is no such session.' })
}

/** Why a sign-in was refused, as the entry about it tells. */
export type SignInRefusal =
  | 'invalid_sign_in'
  | 'invalid_code'
  | 'sso_required'
  | 'sso_failed'
  | 'organization_suspended'

/**
 * Records that a sign-in was refused: in every organization of the person, or, when nobody has the address, in the
 * platform's own log. The address is what somebody typed and proves nothing; text of another form than an address is
 * not recorded, for it may be a password in the wrong field.
 */
export async function noteRefusedSignIn(
  access: AccessStore,
  email: string | undefined,
  memberships: readonly Membership[],
  context: Context,
  errorCode: SignInRefusal = 'invalid_sign_in',
): Promise<void> {
  await access.transaction(async (access) => {
    const refused = {
      action: 'session.refused',
      by: { actor: { type: 'anonymous', ...(email === undefined ? {} : { label: email }) }, context },
      outcome: 'denied',
      errorCode,
    } as const
    if (memberships.length === 0) {
      await note(access, {
        ...refused,
        organizationId: (await access.tenants.platform()).id,
        metadata: { reason: 'unknown' },
      })
    }
    for (const membership of memberships) {
      await note(access, {
        ...refused,
        organizationId: membership.organizationId,
        resource: personResource(membership),
      })
    }
  })
}
