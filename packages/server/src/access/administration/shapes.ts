import type { Json, JsonObject, Mode } from '@counterfoil/core'
import type { ApiKey } from '../api-key.js'
import { type Permission, scopeOfPermission, sentenceOfPermission } from '../permissions.js'
import type { CatalogueAction, CatalogueGroup, CataloguePolicies } from '../tables/catalogue-table.js'
import type { Erasure } from '../tables/erasures-table.js'
import type { Membership } from '../tables/memberships-table.js'
import type { Organization } from '../tables/organizations-table.js'
import type { SavedView } from '../tables/saved-views-table.js'
import type { Session } from '../tables/sessions-table.js'
import { isActive, type SupportAccess } from '../tables/support-accesses-table.js'
import type { Workspace } from '../tables/workspaces-table.js'
import { seqsDigest } from './erasures.js'
import type { Role } from './roles.js'

// How things look in the API, in the output of the command line and in the entries about them. Nothing is spread, so
// that a column that is added later does not become public by itself.

export function organizationShape(organization: Organization): JsonObject {
  return {
    object: 'organization',
    id: organization.id,
    slug: organization.slug,
    name: organization.name,
    view_tokens_again: organization.viewTokensAgain,
    second_factor_required: organization.secondFactorRequired,
    suspended_at: organization.suspendedAt === undefined ? null : timeText(organization.suspendedAt),
    public_evidence: organization.publicEvidence,
    created_at: timeText(organization.createdAt),
  }
}

export function erasureShape(erasure: Erasure): JsonObject {
  return {
    object: 'erasure',
    id: erasure.id,
    mode: erasure.log.mode,
    cause: erasure.cause,
    status: erasureStatus(erasure),
    sections: [...erasure.sections],
    entries: erasure.entries,
    seqs: erasure.runs.map(([first, last]) => [first, last]),
    seqs_digest: seqsDigest(erasure.runs),
    reason: erasure.reason,
    legal_basis: erasure.legalBasis,
    entry_id: erasure.entryId,
    requested_by: erasure.requestedBy.label ?? erasure.requestedBy.id ?? null,
    requested_at: timeText(erasure.requestedAt),
    carried_out_at: erasure.carriedOutAt === undefined ? null : timeText(erasure.carriedOutAt),
    certificate: erasure.certificate ?? null,
    failure: erasure.failure ?? null,
  }
}

function erasureStatus({ carriedOutAt, failure }: Erasure): 'carried_out' | 'failed' | 'pending' {
  if (carriedOutAt !== undefined) return 'carried_out'
  return failure === undefined ? 'pending' : 'failed'
}

export function personShape(membership: Membership): JsonObject {
  return {
    object: 'person',
    id: membership.personId,
    email: membership.email,
    name: membership.name,
    role: membership.roleName,
    created_at: timeText(membership.createdAt),
  }
}

export function roleShape(role: Role): JsonObject {
  return {
    object: 'role',
    id: role.id,
    name: role.name,
    description: role.description,
    built_in: role.builtIn,
    permissions: [...role.permissions],
  }
}

/** What can be allowed, for whoever makes a role. */
export function permissionShape(name: Permission): JsonObject {
  return {
    object: 'permission',
    name,
    description: sentenceOfPermission(name),
    scope: scopeOfPermission(name) ?? null,
  }
}

export function workspaceShape(workspace: Workspace): JsonObject {
  return {
    object: 'workspace',
    id: workspace.id,
    slug: workspace.slug,
    name: workspace.name,
    created_at: timeText(workspace.createdAt),
  }
}

export function savedViewShape(view: SavedView): JsonObject {
  return {
    object: 'saved_view',
    id: view.id,
    name: view.name,
    query: view.query,
    shared: view.isShared,
    person_id: view.personId,
    created_at: timeText(view.createdAt),
  }
}

export function keyShape(key: ApiKey): JsonObject {
  return {
    object: key.kind === 'personal_token' ? 'personal_token' : 'api_key',
    id: key.keyId,
    kind: key.kind,
    name: key.name,
    mode: key.mode,
    scopes: [...key.scopes],
    rate: key.rateClass,
    status: statusOf(key),
    created_by: key.owner?.email ?? null,
    allowed_addresses: key.allowedAddresses === undefined ? null : [...key.allowedAddresses],
    created_at: timeText(key.createdAt),
    expires_at: optionalTime(key.expiresAt),
    last_used_at: optionalTime(key.lastUsedAt),
    revoked_at: optionalTime(key.revokedAt),
  }
}

export function supportAccessShape(access: SupportAccess): JsonObject {
  return {
    object: 'support_access',
    id: access.id,
    organization_id: access.organizationId,
    operator: access.email,
    reason: access.reason,
    active: isActive(access, Date.now()),
    created_at: timeText(access.createdAt),
    expires_at: timeText(access.expiresAt),
    ended_at: optionalTime(access.endedAt),
  }
}

/** A session; `email` is left out where it is the reader's own. */
export function sessionShape(session: Session, currentId: string, email?: string): JsonObject {
  return {
    object: 'session',
    id: session.sessionId,
    person_id: session.personId,
    ...(email === undefined ? {} : { email }),
    organization_id: session.organizationId,
    form: session.form,
    method: session.method,
    second_factor: session.secondFactor,
    current: session.sessionId === currentId,
    ip_address: session.ipAddress ?? null,
    user_agent: session.userAgent ?? null,
    created_at: timeText(session.createdAt),
    last_used_at: timeText(session.lastUsedAt),
    expires_at: timeText(session.expiresAt),
  }
}

export function catalogueActionShape(action: CatalogueAction): JsonObject {
  return {
    object: 'catalogue_action',
    action: action.action,
    group: action.group ?? null,
    description: action.description,
    schema_version: action.version,
    metadata_schema: action.schema === undefined ? null : (JSON.parse(action.schema) as Json),
    updated_at: timeText(action.updatedAt),
  }
}

export function catalogueGroupShape({ name, description }: CatalogueGroup): JsonObject {
  return { object: 'catalogue_group', name, description }
}

export function cataloguePolicyShape(mode: Mode, policies: CataloguePolicies): JsonObject {
  return {
    object: 'catalogue_policy',
    mode,
    unknown_action: policies.unknown_action,
    metadata_mismatch: policies.metadata_mismatch,
  }
}

function statusOf({ revokedAt, expiresAt }: ApiKey): 'active' | 'revoked' | 'expired' {
  if (revokedAt !== undefined) return 'revoked'
  return expiresAt !== undefined && expiresAt <= Date.now() ? 'expired' : 'active'
}

function optionalTime(time: number | undefined): string | null {
  return time === undefined ? null : timeText(time)
}

/** RFC 3339 in UTC. */
export function timeText(time: number): string {
  return new Date(time).toISOString()
}
