import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  acceptInvitation,
  openInvitation,
  requireNewPassword,
} from '../../access/administration/invitations.js'
import { openReset, requestOwnReset, useReset } from '../../access/administration/passwords.js'
import { requireEmail } from '../../access/administration/people.js'
import { findRole } from '../../access/administration/roles.js'
import { timeText } from '../../access/administration/shapes.js'
import { linkUrl } from '../../access/link-url.js'
import { type Members, type MemberValues, optional, readMembers, textMember } from '../../http/members.js'
import { requestContext } from '../../http/request-context.js'
import { type RouteContext, sendJson } from '../../http/route.js'
import { resetMail } from '../../mail/messages.js'
import { PASSWORD } from './sign-in.js'

const token = textMember('What follows # in the link.', 200)
export const LINK_USE_MEMBERS = {
  '/v1/invitations/open': { token },
  '/v1/invitations/accept': { token, password: optional(PASSWORD) },
  '/v1/password_resets': { email: textMember('E-mail address.', 254, 3) },
  '/v1/password_resets/use': { token, password: PASSWORD },
} as const satisfies Readonly<Record<string, Members>>

/**
 * What somebody does who has a link, or has lost their password: without any key. Nothing here starts a session: who has
 * joined, or has a new password, signs in with it.
 */
export function addLinkUse(server: FastifyInstance, context: RouteContext): void {
  addInvitationUse(server, context)
  addResetUse(server, context)
}

function addInvitationUse(server: FastifyInstance, context: RouteContext): void {
  const { access, selfAudit, signIn } = context
  server.post('/v1/invitations/open', async (request, reply) => {
    const { link, organization, needsPassword } = await openInvitation(
      access,
      readUse(context, '/v1/invitations/open', request).token,
    )
    return sendJson(
      reply,
      200,
      JSON.stringify({
        object: 'open_invitation',
        email: link.email,
        organization: { slug: organization.slug, name: organization.name },
        role: (await findRole(access, organization, link.role ?? ''))?.name ?? null,
        needs_password: needsPassword,
        expires_at: timeText(link.expiresAt),
      }),
    )
  })
  server.post('/v1/invitations/accept', async (request, reply) => {
    const members = readUse(context, '/v1/invitations/accept', request)
    const { link, needsPassword } = await openInvitation(access, members.token)
    const passwordHash = needsPassword
      ? await signIn.passwords.hash(requireNewPassword(members.password, link.email))
      : undefined
    const membership = await acceptInvitation(access, members.token, passwordHash, requestContext(request))
    await selfAudit.settled()
    return sendJson(
      reply,
      201,
      JSON.stringify({
        object: 'accepted_invitation',
        email: membership.email,
        organization_id: membership.organizationId,
        role: membership.roleName,
      }),
    )
  })
}

function addResetUse(server: FastifyInstance, context: RouteContext): void {
  const { access, selfAudit, signIn } = context
  server.post('/v1/password_resets', async (request, reply) => {
    const email = requireEmail(readUse(context, '/v1/password_resets', request).email)
    signIn.throttles.accounts.take(`reset ${email}`)
    const made = await requestOwnReset(access, email, signIn.mailer !== undefined, requestContext(request))
    // Not waited for: how long a mail server takes would tell whether anybody has the address.
    if (made !== undefined && signIn.mailer !== undefined) {
      signIn.mailer
        .send(resetMail(email, linkUrl(signIn.publicUrl(), 'password-reset', made.token)))
        .catch((error: unknown) =>
          request.log.error({ err: error, requestId: request.id }, 'a mail was not sent'),
        )
    }
    await selfAudit.settled()
    return sendJson(
      reply,
      202,
      JSON.stringify({ object: 'password_reset_request', mailed: signIn.mailer !== undefined }),
    )
  })
  server.post('/v1/password_resets/use', async (request, reply) => {
    const { token: given, password } = readUse(context, '/v1/password_resets/use', request)
    const { email } = await openReset(access, given)
    const passwordHash = await signIn.passwords.hash(requireNewPassword(password, email))
    await useReset(access, given, passwordHash, requestContext(request))
    await selfAudit.settled()
    return reply.code(204).send()
  })
}

type UsePath = keyof typeof LINK_USE_MEMBERS

/** The members of a body, as one more attempt from its address. */
function readUse<Path extends UsePath>(
  { signIn }: RouteContext,
  path: Path,
  request: FastifyRequest,
): MemberValues<(typeof LINK_USE_MEMBERS)[Path]> {
  signIn.throttles.addresses.take(request.ip)
  const members: Members = LINK_USE_MEMBERS[path]
  return readMembers(members, request.body) as MemberValues<(typeof LINK_USE_MEMBERS)[Path]>
}
