import assert from 'node:assert/strict'
import { AppError, type Mode, type Resource } from '@counterfoil/core'
import type { AccessRecords, AccessStore, KeyRequest, NewKey } from '../access-store.js'
import { type ApiKey, randomBase62 } from '../api-key.js'
import { isPlatformOnly, permissionOfScope, permissionsOfScopes, type Scope } from '../permissions.js'
import { makeKey } from '../stored-key.js'
import type { StoredKey } from '../tables/keys-table.js'
import type { Membership } from '../tables/memberships-table.js'
import { isPlatform, type Organization } from '../tables/organizations-table.js'
import { makeViewerToken, viewerFilter } from '../viewer-token.js'
import { type Doer, requireHolds } from './doer.js'
import { note } from './note.js'
import { keyShape, timeText } from './shapes.js'

/** An organization's keys as people see them, with who made each. */
export async function keysOf(access: AccessStore, organization: Organization): Promise<readonly ApiKey[]> {
  return withOwners(access, await access.apiKeys.list(organization.id))
}

/** The key with this id. Throws `not_found`, the same for another organization's key as for none. */
export async function requireKey(
  access: AccessRecords,
  organization: Organization,
  keyId: string,
): Promise<ApiKey> {
  return withOwner(access, await requireStored(access, organization, keyId))
}

/**
 * Makes a key, a key pair, or a personal token of the person it names; what proves it is in the answer and nowhere else. Throws
 * `permission_denied` when the key would permit more than its maker holds.
 */
export async function createKey(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  request: Omit<KeyRequest, 'organization'>,
): Promise<NewKey> {
  const foreign = request.scopes.find((scope) => isPlatformOnly(scope) && !isPlatform(organization))
  if (foreign !== undefined) {
    throw new AppError('invalid_request', {
      param: 'scopes',
      hint: `${foreign} is for keys of the platform's own organization alone.`,
    })
  }
  return access.transaction(async (access) => {
    // A personal token never does more than its person's role permits; a key stands for all that its scopes name.
    const given =
      request.kind === 'personal_token'
        ? request.scopes.map(permissionOfScope)
        : permissionsOfScopes(request.scopes)
    requireHolds(by, given)
    const made = await makeKey(access, { ...request, organization })
    if (made.key.kind === 'personal_token' && organization.viewTokensAgain) {
      const sealed = access.secrets?.seal('personal_token', made.key.keyId, made.token)
      if (sealed !== undefined) await access.apiKeys.sealToken(made.key.keyId, sealed)
    }
    await noteKey(access, by, made.key, 'created')
    return made
  })
}

/** Revokes a key or a personal token; takes effect on the next request. Throws `not_found`. */
export async function revokeKey(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  keyId: string,
): Promise<void> {
  await access.transaction(async (access) => {
    const key = await requireKey(access, organization, keyId)
    if (!(await access.apiKeys.revoke(keyId))) {
      throw new AppError('not_found', { hint: 'This key was revoked before.' })
    }
    await noteKey(access, by, key, 'revoked')
  })
}

export interface TokenRequest {
  readonly name: string
  readonly mode: Mode
  readonly scopes: readonly Scope[]
  readonly expiresAt?: number
}

/** Makes a personal token: it does what its scopes and the person's role at the time of use both permit. */
export async function createPersonalToken(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  { personId }: Pick<Membership, 'personId'>,
  request: TokenRequest,
): Promise<NewKey> {
  return createKey(access, by, organization, { ...request, kind: 'personal_token', personId })
}

/** The personal tokens of one person that were not deleted. */
export async function personalTokensOf(
  access: AccessRecords,
  organization: Organization,
  personId: string,
): Promise<readonly ApiKey[]> {
  const keys = await access.apiKeys.list(organization.id)
  return withOwners(
    access,
    keys.filter((key) => isTokenOf(key, personId) && key.revokedAt === undefined),
  )
}

/** Deletes a personal token of the person's own; takes effect on the next request. Throws `not_found`. */
export async function deletePersonalToken(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  tokenId: string,
): Promise<void> {
  await requirePersonalToken(access, organization, personId, tokenId)
  await revokeKey(access, by, organization, tokenId)
}

/**
 * Shows a personal token again, to the person whose it is, where the organization has switched that on. Throws
 * `token_not_viewable` where it has not, or had not when the token was made.
 */
export async function viewPersonalToken(
  access: AccessStore,
  by: Doer,
  organization: Organization,
  personId: string,
  tokenId: string,
): Promise<string> {
  return access.transaction(async (access) => {
    const key = await requirePersonalToken(access, organization, personId, tokenId)
    const sealed = organization.viewTokensAgain ? await access.apiKeys.sealedToken(tokenId) : undefined
    if (sealed === undefined || access.secrets === undefined) {
      throw new AppError('token_not_viewable', {
        hint: organization.viewTokensAgain
          ? 'It was made before the organization switched this on. Make a new one.'
          : 'Only organizations that switch on view_tokens_again show them again. Make a new one.',
      })
    }
    const token = access.secrets.open('personal_token', tokenId, sealed)
    await note(access, {
      organizationId: organization.id,
      mode: key.mode,
      action: 'personal_token.viewed',
      by,
      resource: keyResource(key),
    })
    return token
  })
}

export interface ViewerRequest {
  readonly mode: Mode
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  readonly viewer: string
  /** Search text without times; empty for everything. */
  readonly query: string
  readonly mayExport: boolean
}

/** A token for somebody to look at entries for a while, made by an API key and gone with it. Throws `invalid_request`. */
export async function createViewerToken(
  access: AccessStore,
  by: Doer,
  maker: ApiKey,
  request: ViewerRequest,
): Promise<string> {
  const { mode, expiresAt, viewer, query, mayExport } = request
  const narrowing = viewerFilter(query)
  if (typeof narrowing === 'string')
    throw new AppError('invalid_request', { param: 'query', hint: narrowing })
  assert(access.secrets !== undefined, 'viewer tokens are made where the master key is')
  const seconds = Math.floor(expiresAt / 1_000)
  const id = randomBase62(12)
  const grant = { id, keyId: maker.keyId, mode, expiresAt: seconds, viewer, query, mayExport }
  const token = makeViewerToken(access.secrets, grant)
  await access.transaction((access) =>
    note(access, {
      organizationId: maker.organizationId,
      mode,
      action: 'viewer_token.created',
      by,
      resource: {
        type: 'viewer_token',
        id: `${maker.keyId}/${id}`,
        ...(viewer === '' ? {} : { label: viewer }),
      },
      after: { mode, query, may_export: mayExport, expires_at: timeText(seconds * 1_000) },
    }),
  )
  return token
}

/** The person's own token with this id. Throws `not_found`. */
export async function requirePersonalToken(
  access: AccessRecords,
  organization: Organization,
  personId: string,
  tokenId: string,
): Promise<ApiKey> {
  const token = (await personalTokensOf(access, organization, personId)).find(
    ({ keyId }) => keyId === tokenId,
  )
  if (token !== undefined) return token
  throw new AppError('not_found', { hint: 'You have no such personal token.' })
}

async function requireStored(
  access: AccessRecords,
  organization: Organization,
  keyId: string,
): Promise<StoredKey> {
  const key = await access.apiKeys.find(keyId)
  if (key !== undefined && key.organizationId === organization.id) return key
  throw new AppError('not_found', { hint: 'There is no such key in this organization.' })
}

function isTokenOf({ kind, personId }: StoredKey, of: string): boolean {
  return kind === 'personal_token' && personId === of
}

async function withOwners(access: AccessRecords, keys: readonly StoredKey[]): Promise<readonly ApiKey[]> {
  const owned: ApiKey[] = []
  for (const key of keys) owned.push(await withOwner(access, key))
  return owned
}

async function withOwner(access: AccessRecords, { personId, ...key }: StoredKey): Promise<ApiKey> {
  const membership =
    personId === undefined ? undefined : await access.memberships.find(key.organizationId, personId)
  return membership === undefined
    ? key
    : { ...key, owner: { personId: membership.personId, email: membership.email } }
}

async function noteKey(
  access: AccessRecords,
  by: Doer,
  key: ApiKey,
  what: 'created' | 'revoked',
): Promise<void> {
  const personal = key.kind === 'personal_token'
  const action = personal
    ? (`personal_token.${what === 'created' ? 'created' : 'deleted'}` as const)
    : (`api_key.${what}` as const)
  await note(access, {
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
