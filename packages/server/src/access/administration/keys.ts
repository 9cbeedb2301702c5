import { AppError, type Mode, type Resource } from '@counterfoil/core'
import type { AccessStore, KeyRequest, NewKey } from '../access-store.js'
import type { ApiKey } from '../api-key.js'
import { isPlatformOnly, permissionOfScope, permissionsOfScopes, type Scope } from '../permissions.js'
import type { StoredKey } from '../tables/keys-table.js'
import type { Membership } from '../tables/memberships-table.js'
import { isPlatform, type Organization } from '../tables/organizations-table.js'
import { type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { keyShape } from './shapes.js'

/** An organization's keys as people see them, with who made each. */
export function keysOf(access: AccessStore, organization: Organization): readonly ApiKey[] {
  return access.apiKeys.list(organization.id).map((key) => withOwner(access, key))
}

/** The key with this id. Throws `not_found`, the same for another organization's key as for none. */
export function requireKey(access: AccessStore, organization: Organization, keyId: string): ApiKey {
  return withOwner(access, requireStored(access, organization, keyId))
}

/**
 * Makes a key, a key pair, or a personal token of the person it names; what proves it is in the answer and nowhere else. Throws
 * `permission_denied` when the key would permit more than its maker holds.
 */
export function createKey(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  request: Omit<KeyRequest, 'organization'>,
): NewKey {
  const foreign = request.scopes.find((scope) => isPlatformOnly(scope) && !isPlatform(organization))
  if (foreign !== undefined) {
    throw new AppError('invalid_request', {
      param: 'scopes',
      hint: `${foreign} is for keys of the platform's own organization alone.`,
    })
  }
  return access.transaction(() => {
    // A personal token never does more than its person's role permits; a key stands for all that its scopes name.
    const given =
      request.kind === 'personal_token'
        ? request.scopes.map(permissionOfScope)
        : permissionsOfScopes(request.scopes)
    requireHolds(by, given)
    const made = access.createKey({ ...request, organization })
    noteKey(access, by, made.key, 'created')
    return made
  })
}

/** Revokes a key or a personal token; takes effect on the next request. Throws `not_found`. */
export function revokeKey(access: AccessStore, by: Doer, organization: Organization, keyId: string): void {
  access.transaction(() => {
    const key = requireKey(access, organization, keyId)
    if (!access.apiKeys.revoke(keyId)) {
      throw new AppError('not_found', { hint: 'This key was revoked before.' })
    }
    noteKey(access, by, key, 'revoked')
  })
}

export interface TokenRequest {
  readonly name: string
  readonly mode: Mode
  readonly scopes: readonly Scope[]
  readonly expiresAt?: number
}

/** Makes a personal token: it does what its scopes and the person's role at the time of use both permit. */
export function createPersonalToken(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  { personId }: Pick<Membership, 'personId'>,
  request: TokenRequest,
): NewKey {
  return createKey(access, by, organization, { ...request, kind: 'personal_token', personId })
}

/** The personal tokens of one person that were not deleted. */
export function personalTokensOf(
  access: AccessStore,
  organization: Organization,
  personId: string,
): readonly ApiKey[] {
  return access.apiKeys
    .list(organization.id)
    .filter((key) => isTokenOf(key, personId) && key.revokedAt === undefined)
    .map((key) => withOwner(access, key))
}

/** Deletes a personal token of the person's own; takes effect on the next request. Throws `not_found`. */
export function deletePersonalToken(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  tokenId: string,
): void {
  requirePersonalToken(access, organization, personId, tokenId)
  revokeKey(access, by, organization, tokenId)
}

/** The person's own token with this id. Throws `not_found`. */
export function requirePersonalToken(
  access: AccessStore,
  organization: Organization,
  personId: string,
  tokenId: string,
): ApiKey {
  const token = personalTokensOf(access, organization, personId).find(({ keyId }) => keyId === tokenId)
  if (token !== undefined) return token
  throw new AppError('not_found', { hint: 'You have no such personal token.' })
}

function requireStored(access: AccessStore, organization: Organization, keyId: string): StoredKey {
  const key = access.apiKeys.find(keyId)
  if (key !== undefined && key.organizationId === organization.id) return key
  throw new AppError('not_found', { hint: 'There is no such key in this organization.' })
}

function isTokenOf({ kind, personId }: StoredKey, of: string): boolean {
  return kind === 'personal_token' && personId === of
}

function withOwner(access: AccessStore, { personId, ...key }: StoredKey): ApiKey {
  const membership =
    personId === undefined ? undefined : access.memberships.find(key.organizationId, personId)
  return membership === undefined
    ? key
    : { ...key, owner: { personId: membership.personId, email: membership.email } }
}

function noteKey(access: AccessStore, by: Doer, key: ApiKey, what: 'created' | 'revoked'): void {
  const personal = key.kind === 'personal_token'
  const action = personal
    ? (`personal_token.${what === 'created' ? 'created' : 'deleted'}` as const)
    : (`api_key.${what}` as const)
  note(access, {
    organizationId: key.organizationId,
    mode: key.mode,
    action,
    by,
    resource: keyResource(key),
    ...(what === 'created' ? { after: keyShape(key) } : { before: keyShape(key) }),
  })
}

export function keyResource({ kind, keyId, name }: ApiKey): Resource {
  const type = kind === 'personal_token' ? 'personal_token' : 'api_key'
  return { type, id: keyId, ...(name === '' ? {} : { label: name }) }
}
