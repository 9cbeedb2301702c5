import type { Mode } from '@counterfoil/core'
import type { AccessTables } from './access-store.js'
import type { ApiKey } from './api-key.js'
import { scopesOfPermissions } from './permissions.js'
import type { Membership } from './tables/memberships-table.js'
import type { Organization } from './tables/organizations-table.js'
import type { Session, SessionProof } from './tables/sessions-table.js'

/** Why a session leads nowhere. Each is an error code. */
export type SessionRefusal =
  | 'session_ended'
  | 'not_found'
  | 'second_factor_required'
  | 'sso_required'
  | 'organization_suspended'

/** What a session lets its person do in an organization of theirs, as of this moment. */
export async function toSessionKey(
  tables: AccessTables,
  session: Session,
  organization: Organization | undefined,
  mode: Mode,
): Promise<ApiKey | SessionRefusal> {
  const membership =
    organization === undefined ? undefined : await tables.memberships.find(organization.id, session.personId)
  if (organization === undefined || membership === undefined) {
    // Whether it is another organization that does not exist, or one that the person is not in, makes no difference.
    return organization?.id === session.organizationId ? 'session_ended' : 'not_found'
  }
  if (session.createdAt <= membership.sessionsEndedAt) return 'session_ended'
  const refusal = await refusedEntrance(tables, session, organization)
  return refusal ?? keyOf(session, membership, mode)
}

/** Why what somebody proved does not lead into an organization of theirs; undefined when it does. */
export async function refusedEntrance(
  { sso }: AccessTables,
  { method, secondFactor, confinedTo }: Omit<SessionProof, 'form'>,
  { id, secondFactorRequired, suspendedAt }: Organization,
): Promise<'not_found' | 'second_factor_required' | 'sso_required' | 'organization_suspended' | undefined> {
  if (confinedTo !== undefined && confinedTo !== id) return 'not_found'
  if (suspendedAt !== undefined) return 'organization_suspended'
  // Who signed in at the organization's own provider gave whatever factors it asks for.
  if (method === 'sso') return undefined
  if ((await sso.find(id))?.required === true) return 'sso_required'
  return secondFactorRequired && !secondFactor ? 'second_factor_required' : undefined
}

function keyOf(session: Session, membership: Membership, mode: Mode): ApiKey {
  const { permissions, personId, email } = membership
  return {
    keyId: session.sessionId,
    kind: 'session',
    organizationId: membership.organizationId,
    mode,
    scopes: scopesOfPermissions(permissions),
    permissions,
    name: email,
    rateClass: 'standard',
    createdAt: session.createdAt,
    expiresAt: session.expiresAt,
    owner: { personId, email },
    role: membership.role,
    session,
  }
}
