import { AppError, type JsonObject, MODES } from '@counterfoil/core'
import type { AccessStore } from '../../access/access-store.js'
import {
  createPersonalToken,
  createViewerToken,
  deletePersonalToken,
  personalTokensOf,
  viewPersonalToken,
} from '../../access/administration/keys.js'
import { renamePerson } from '../../access/administration/people.js'
import { secondFactorState } from '../../access/administration/second-factor.js'
import { keyShape, personShape, timeText } from '../../access/administration/shapes.js'
import type { ApiKey, Owner } from '../../access/api-key.js'
import type { Scope } from '../../access/permissions.js'
import {
  booleanMember,
  choiceMember,
  choicesMember,
  futureTimeMember,
  integerMember,
  optional,
  textMember,
} from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'
import { organizationsOf } from './session-answer.js'
import { requireSignedIn } from './session-routes.js'

const VIEWER_SECONDS_MAX = 86_400
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
    method: 'PATCH',
    path: '/v1/me',
    operationId: 'renameMe',
    summary: 'Change how this organization calls you.',
    members: { name: textMember('Empty for none.', 200, 0) },
    answer: 'Person',
    handle: async ({ access, by, organization, key, members: { name } }) => {
      requireSignedIn(key)
      return personShape(await renamePerson(access, by, organization, requirePerson(key).personId, name))
    },
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/me/personal_tokens',
    operationId: 'listPersonalTokens',
    summary: 'Your own personal tokens.',
    permission: 'personal_tokens.manage',
    answer: 'PersonalTokenList',
    handle: async ({ access, organization, key }) =>
      listOf((await personalTokensOf(access, organization, requirePerson(key).personId)).map(keyShape)),
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
    handle: async ({ access, by, key: owner, organization, members }) => {
      const { name, mode, scopes, expires_at: expiresAt } = members
      const { key, token } = await createPersonalToken(access, by, organization, requirePerson(owner), {
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
    handle: async ({ access, by, key, organization, id }) => {
      await deletePersonalToken(access, by, organization, requirePerson(key).personId, id)
      return undefined
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/me/personal_tokens/{id}/reveal',
    operationId: 'viewPersonalToken',
    summary: 'Show a personal token again, where the organization has switched view_tokens_again on.',
    permission: 'personal_tokens.manage',
    answer: 'RevealedToken',
    handle: async ({ access, by, key, organization, id }) => ({
      object: 'revealed_token',
      id,
      token: await viewPersonalToken(access, by, organization, requirePerson(key).personId, id),
    }),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/viewer_tokens',
    operationId: 'createViewerToken',
    summary: 'API keys: make a short-lived token that reads, for a page that embeds the log.',
    permission: 'viewer_tokens.create',
    members: {
      expires_in_seconds: optional(integerMember('An hour when left out.', 60, VIEWER_SECONDS_MAX)),
      query: optional(textMember('Search text without times; every read is narrowed to it.', 2_000)),
      viewer: optional(textMember('Who is going to look; entries about it name them.', 200)),
      may_export: optional(booleanMember('Whether it may export; not unless it says so.')),
    },
    answer: 'ViewerToken',
    handle: async ({ access, by, key, members }) => {
      if (key.kind !== 'api_key' && key.kind !== 'key_pair') {
        throw new AppError('permission_denied', {
          hint: 'Viewer tokens are made with an API key: they are gone when it is revoked.',
          details: { required: 'viewer_tokens.create' },
        })
      }
      const { expires_in_seconds: seconds, query = '', viewer = '', may_export: mayExport = false } = members
      const expiresAt = Date.now() + (seconds ?? 3_600) * 1_000
      const token = await createViewerToken(access, by, key, {
        mode: key.mode,
        expiresAt,
        viewer,
        query,
        mayExport,
      })
      return {
        object: 'viewer_token',
        token,
        mode: key.mode,
        query,
        may_export: mayExport,
        expires_at: timeText(expiresAt),
      }
    },
  }),
]

async function toMe({ access, key, principal, organization }: AdminCall): Promise<JsonObject> {
  const { owner, role, keyId, mode, scopes, permissions } = key
  const membership =
    owner === undefined || role === undefined
      ? undefined
      : await access.memberships.find(organization.id, owner.personId)
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
    ...(await signedInAs(access, key)),
  }
}

/** What a page has to know of somebody who is signed in; nothing of it for keys and tokens. */
async function signedInAs(access: AccessStore, { owner, session, expiresAt }: ApiKey): Promise<JsonObject> {
  if (owner === undefined || session === undefined)
    return { organizations: null, session: null, second_factor: null }
  const { form, method, secondFactor } = session
  return {
    organizations: (await organizationsOf(access, owner.personId, session)).map((one) => ({ ...one })),
    session: {
      form,
      method,
      second_factor: secondFactor,
      expires_at: expiresAt === undefined ? null : timeText(expiresAt),
    },
    second_factor: await secondFactorState(access, owner.personId),
  }
}

/** The person of a session or personal token; the permission alone says that there is one. */
function requirePerson({ owner }: ApiKey): Owner {
  if (owner !== undefined) return owner
  throw new AppError('permission_denied', { hint: 'Only a person has personal tokens.' })
}
