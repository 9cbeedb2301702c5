import { AppError, type Mode } from '@counterfoil/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../../access/access-store.js'
import { endSession, startSession } from '../../access/administration/sessions.js'
import { timeText } from '../../access/administration/shapes.js'
import { refusedEntrance } from '../../access/session-keys.js'
import type { Membership } from '../../access/tables/memberships-table.js'
import type { SessionProof } from '../../access/tables/sessions-table.js'
import { requestContext } from '../../http/request-context.js'
import { type RouteContext, sendJson } from '../../http/route.js'
import { sendSessionCookie, sessionCookieOf } from '../../http/session-cookie.js'

/** Where somebody who has proved who they are wants to be. */
export interface Destination {
  readonly membership: Membership
  readonly mode: Mode
  readonly proof: SessionProof
}

/** Starts the session that was asked for and answers it: its token, or the cookie that holds it. */
export async function answerSession(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { membership, mode, proof }: Destination,
  more: object = {},
): Promise<FastifyReply> {
  const session = await beginSession(context, request, reply, { membership, mode, proof })
  await context.selfAudit.settled()
  const { personId, organizationId, roleName } = membership
  return sendJson(
    reply,
    201,
    JSON.stringify({
      object: 'session',
      ...(proof.form === 'token' ? { token: session.token } : {}),
      mode,
      organization_id: organizationId,
      person_id: personId,
      role: roleName,
      organizations: await organizationsOf(context.access, personId, proof),
      expires_at: timeText(session.expiresAt),
      ...more,
    }),
  )
}

/** Starts a session; a browser's gets a cookie, and the session that it had before ends. */
export async function beginSession(
  { access }: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { membership, mode, proof }: Destination,
) {
  const from = requestContext(request)
  const session = await startSession(access, membership, mode, proof, from)
  if (proof.form === 'cookie') {
    await endCookieSession(access, request)
    sendSessionCookie(request, reply, session.token, session.expiresAt)
  }
  return session
}

/** The id that a browser came with is worth nothing after it has signed in anew. */
async function endCookieSession(access: AccessStore, request: FastifyRequest): Promise<void> {
  const cookie = sessionCookieOf(request)
  const key = cookie === undefined ? 'session_ended' : await access.authenticateCookie(cookie)
  if (typeof key !== 'string') await endSession(access, key, requestContext(request))
}

/** Organizations that what a person has proved leads to. */
export async function organizationsOf(
  access: AccessStore,
  personId: string,
  proof: Omit<SessionProof, 'form'>,
): Promise<
  readonly { readonly id: string; readonly slug: string; readonly name: string; readonly role: string }[]
> {
  const open = []
  for (const { organizationId, roleName } of await access.memberships.ofPerson(personId)) {
    const organization = await access.findOrganization(organizationId)
    if (organization === undefined || (await refusedEntrance(access, proof, organization)) === 'not_found')
      continue
    const { id, slug, name } = organization
    open.push({ id, slug, name, role: roleName })
  }
  return open
}

/** Throws `sso_required` that says where to sign in instead. */
export function ssoRequired(slug: string): AppError {
  return new AppError('sso_required', {
    hint: `Sign in with GET /v1/sso/${slug}/start.`,
    details: { start: `/v1/sso/${slug}/start` },
  })
}
