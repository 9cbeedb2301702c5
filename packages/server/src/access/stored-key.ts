import type { AccessTables } from './access-store.js'
import type { ApiKey, Owner } from './api-key.js'
import { permissionsOfScopes, scopesOfPermissions } from './permissions.js'
import type { KeyRequest, NewKey, StoredKey } from './tables/keys-table.js'
import type { Membership } from './tables/memberships-table.js'

/** Makes a key and gives it with its person. */
export async function makeKey(access: AccessTables, request: KeyRequest): Promise<NewKey> {
  const { key, ...rest } = await access.apiKeys.create(request)
  return { ...rest, key: (await completeKey(access, key)) ?? withoutPersonId(key) }
}

/**
 * A stored key with its person; undefined when the person's leaving has ended it. A personal token is never worth more than
 * its person's role is now, and nothing once they have left; a key that a person made for a program outlives their leaving.
 */
export async function completeKey(
  { memberships }: AccessTables,
  { personId, ...key }: StoredKey,
): Promise<ApiKey | undefined> {
  if (personId === undefined) return key
  const membership = await memberships.find(key.organizationId, personId)
  if (key.kind !== 'personal_token')
    return membership === undefined ? key : { ...key, owner: toOwner(membership) }
  if (membership === undefined) return undefined
  const permissions = permissionsOfScopes(key.scopes).filter((permission) =>
    membership.permissions.includes(permission),
  )
  return {
    ...key,
    scopes: scopesOfPermissions(permissions),
    permissions,
    owner: toOwner(membership),
    role: membership.role,
  }
}

export function withoutPersonId({ personId: _, ...key }: StoredKey): ApiKey {
  return key
}

function toOwner({ personId, email }: Membership): Owner {
  return { personId, email }
}
