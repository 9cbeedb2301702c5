import type { Context, Mode } from '@counterfoil/core'
import type { AccessStore, NewSession } from '../access-store.js'
import type { ApiKey } from '../api-key.js'
import type { Membership } from '../tables/memberships-table.js'
import { actorOf } from './doer.js'
import { note } from './note.js'
import { personResource } from './people.js'

/** Starts a session of somebody who has proved who they are. */
export function startSession(
  access: AccessStore,
  membership: Membership,
  mode: Mode,
  context: Context,
): NewSession {
  return access.transaction(() => {
    const { personId, organizationId, email, roleName } = membership
    const session = access.sessions.create(personId, organizationId, mode)
    note(access, {
      organizationId,
      mode,
      action: 'session.created',
      by: { actor: { type: 'user', id: personId, label: email, email }, context },
      resource: { type: 'session', id: session.sessionId },
      metadata: { role: roleName },
    })
    return session
  })
}

/** Ends a session. */
export function endSession(access: AccessStore, key: ApiKey, context: Context): void {
  access.transaction(() => {
    access.sessions.remove(key.keyId)
    note(access, {
      organizationId: key.organizationId,
      mode: key.mode,
      action: 'session.ended',
      by: { actor: actorOf(key), context },
      resource: { type: 'session', id: key.keyId },
    })
  })
}

/**
 * Records that a sign-in was refused: in every organization of the person, or, when nobody has the address, in the
 * platform's own log. The address is what somebody typed and proves nothing; text of another form than an address is
 * not recorded, for it may be a password in the wrong field.
 */
export function noteRefusedSignIn(
  access: AccessStore,
  email: string | undefined,
  memberships: readonly Membership[],
  context: Context,
): void {
  access.transaction(() => {
    const refused = {
      action: 'session.refused',
      by: { actor: { type: 'anonymous', ...(email === undefined ? {} : { label: email }) }, context },
      outcome: 'denied',
      errorCode: 'invalid_sign_in',
    } as const
    if (memberships.length === 0) {
      note(access, {
        ...refused,
        organizationId: access.tenants.platform().id,
        metadata: { reason: 'unknown' },
      })
    }
    for (const membership of memberships) {
      note(access, {
        ...refused,
        organizationId: membership.organizationId,
        resource: personResource(membership),
      })
    }
  })
}
