import { AppError, type JsonObject, MODES } from '@counterfoil/core'
import {
  createPersonalToken,
  deletePersonalToken,
  personalTokensOf,
} from '../../access/administration/keys.js'
import { endSession } from '../../access/administration/sessions.js'
import { keyShape } from '../../access/administration/shapes.js'
import type { ApiKey, Owner } from '../../access/api-key.js'
import type { Scope } from '../../access/permissions.js'
import { choiceMember, choicesMember, futureTimeMember, optional, textMember } from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'

const TOKEN_SCOPES = ['audit:read', 'audit:read:own', 'audit:write'] as const satisfies readonly Scope[]

export const PROFILE_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/me',
    operationId: 'retrieveMe',
    summary: 'Who this key, token or session is, and what it may do.',
    answer: 'Me',
    handle: toMe,
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/sessions/current',
    operationId: 'signOut',
    summary: 'Sign out: the session of this request ends.',
    handle: ({ access, key, by }) => {
      if (key.kind !== 'session') {
        throw new AppError('invalid_request', {
          hint: 'Only a session can be signed out; revoke a key instead.',
        })
      }
      endSession(access, key, by.context ?? {})
      return undefined
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/me/personal_tokens',
    operationId: 'listPersonalTokens',
    summary: 'Your own personal tokens.',
    permission: 'personal_tokens.manage',
    answer: 'PersonalTokenList',
    handle: ({ access, organization, key }) =>
      listOf(personalTokensOf(access, organization, requirePerson(key).personId).map(keyShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/me/personal_tokens',
    operationId: 'createPersonalToken',
    summary: 'Make a personal token. It does what its scopes and your role both permit when it is used.',
    permission: 'personal_tokens.manage',
    members: {
      name: textMember('What the token is for.', 200),
      mode: optional(choiceMember('Log that the token works on; live when left out.', MODES)),
      scopes: optional(choicesMember('What the token may do; audit:read when left out.', TOKEN_SCOPES)),
      expires_at: optional(futureTimeMember('Never when left out.')),
    },
    answer: 'NewPersonalToken',
    handle: ({ access, by, key: owner, organization, members }) => {
      const { name, mode, scopes, expires_at: expiresAt } = members
      const { key, token } = createPersonalToken(access, by, organization, requirePerson(owner), {
        name,
        mode: mode ?? 'live',
        scopes: scopes ?? ['audit:read'],
        ...(expiresAt === undefined ? {} : { expiresAt }),
      })
      return { ...keyShape(key), token }
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/me/personal_tokens/{id}',
    operationId: 'deletePersonalToken',
    summary: 'Delete a personal token; takes effect on the next request.',
    permission: 'personal_tokens.manage',
    handle: ({ access, by, key, organization, id }) => {
      deletePersonalToken(access, by, organization, requirePerson(key).personId, id)
      return undefined
    },
  }),
]

function toMe({ access, key, principal, organization }: AdminCall): JsonObject {
  const { owner, role, keyId, mode, scopes, permissions } = key
  const membership =
    owner === undefined || role === undefined
      ? undefined
      : access.memberships.find(organization.id, owner.personId)
  return {
    object: 'me',
    kind: principal.kind,
    id: keyId,
    organization: { id: organization.id, slug: organization.slug, name: organization.name },
    mode,
    person:
      membership === undefined
        ? null
        : { id: membership.personId, email: membership.email, name: membership.name },
    role: membership?.roleName ?? null,
    scopes: [...scopes],
    permissions: [...permissions],
  }
}

/** The person of a session or personal token; the permission alone says that there is one. */
function requirePerson({ owner }: ApiKey): Owner {
  if (owner !== undefined) return owner
  throw new AppError('permission_denied', { hint: 'Only a person has personal tokens.' })
}
