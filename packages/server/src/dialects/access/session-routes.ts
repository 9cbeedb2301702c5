import { AppError, type JsonObject, MODES } from '@counterfoil/core'
import {
  endSession,
  moveSession,
  revokeOwnSession,
  revokeSession,
  revokeSessionsOf,
  visibleSessions,
} from '../../access/administration/sessions.js'
import { sessionShape } from '../../access/administration/shapes.js'
import type { ApiKey } from '../../access/api-key.js'
import { toSessionKey } from '../../access/session-keys.js'
import { choiceMember, optional, textMember } from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute, listOf } from './admin-route.js'

const MOVE_MEMBERS = {
  organization: optional(textMember('Slug or id.', 100)),
  mode: optional(choiceMember('Log to look at.', MODES)),
} as const

const ownRoutes = [
  adminRoute({
    method: 'DELETE',
    path: '/v1/sessions/current',
    operationId: 'signOut',
    summary: 'Sign out: the session of this request ends.',
    handle: async ({ access, key, by, cookie }) => {
      requireSignedIn(key)
      await endSession(access, key, by.context ?? {})
      cookie.drop()
      return undefined
    },
  }),
  adminRoute({
    method: 'PATCH',
    path: '/v1/sessions/current',
    operationId: 'moveSession',
    summary: 'Browsers: go on in another organization of yours, or in the other mode; the cookie is renewed.',
    members: MOVE_MEMBERS,
    answer: 'CurrentSession',
    handle: move,
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/me/sessions',
    operationId: 'listOwnSessions',
    summary: 'Where you are signed in, the newest first.',
    answer: 'SessionList',
    handle: async ({ access, key }) => {
      requireSignedIn(key)
      return listOf((await visibleSessions(access, key)).map((session) => sessionShape(session, key.keyId)))
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/me/sessions/{id}',
    operationId: 'revokeOwnSession',
    summary: 'End one of your sessions; takes effect on its next request.',
    handle: async ({ access, by, key, id }) => {
      requireSignedIn(key)
      await revokeOwnSession(access, by, key, id)
      return undefined
    },
  }),
]

const adminRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/sessions',
    operationId: 'listSessions',
    summary: 'Who is signed in to the organization, the newest first.',
    permission: 'people.manage',
    answer: 'SessionList',
    handle: async ({ access, organization, key }) => {
      const people = new Map(
        (await access.memberships.list(organization.id)).map(({ personId, email }) => [personId, email]),
      )
      return listOf(
        (await access.sessions.ofOrganization(organization.id)).map((session) =>
          sessionShape(session, key.keyId, people.get(session.personId)),
        ),
      )
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    operationId: 'revokeSession',
    summary: 'End a session; takes effect on its next request.',
    permission: 'people.manage',
    handle: async ({ access, by, organization, id }) => {
      await revokeSession(access, by, organization, id)
      return undefined
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/people/{id}/sessions',
    operationId: 'revokeSessionsOfPerson',
    summary: 'Sign a person out of the organization everywhere.',
    permission: 'people.manage',
    handle: async ({ access, by, organization, id }) => {
      await revokeSessionsOf(access, by, organization, id)
      return undefined
    },
  }),
]

export const SESSION_ROUTES: readonly AdminRoute[] = [...ownRoutes, ...adminRoutes]

async function move({
  access,
  by,
  key,
  members,
  cookie,
}: AdminCall<typeof MOVE_MEMBERS>): Promise<JsonObject> {
  requireSignedIn(key)
  if (key.session?.form !== 'cookie') {
    throw new AppError('invalid_request', {
      hint: "Only a browser's session moves; sign in to the other organization for another token.",
    })
  }
  const session = await access.sessions.find(key.keyId)
  const organization = await access.tenants.find(members.organization ?? key.organizationId)
  const moved =
    session === undefined
      ? 'session_ended'
      : await toSessionKey(access, session, organization, members.mode ?? key.mode)
  if (typeof moved === 'string') {
    throw new AppError(moved, {
      ...(moved === 'not_found'
        ? { param: 'organization', hint: 'There is no such organization for you.' }
        : {}),
    })
  }
  const renewed = await moveSession(access, by, moved, moved.mode)
  cookie.send(renewed)
  return {
    object: 'current_session',
    id: renewed.sessionId,
    organization_id: moved.organizationId,
    mode: moved.mode,
    expires_at: new Date(renewed.expiresAt).toISOString(),
  }
}

/** Throws `invalid_request` for a key: it has no session. */
export function requireSignedIn({ kind }: ApiKey): void {
  if (kind === 'session') return
  throw new AppError('invalid_request', {
    hint: 'This is for people who are signed in; a key has no session.',
  })
}
