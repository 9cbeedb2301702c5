import type { JsonObject } from '@counterfoil/core'
import { invitationShape, invite, withdrawInvitation } from '../../access/administration/invitations.js'
import { requestResetBy } from '../../access/administration/passwords.js'
import { timeText } from '../../access/administration/shapes.js'
import { linkUrl } from '../../access/link-url.js'
import { optional, textMember } from '../../http/members.js'
import type { SignInContext } from '../../http/sign-in-context.js'
import type { Mail } from '../../mail/mailer.js'
import { invitationMail, resetMail } from '../../mail/messages.js'
import { type AdminRoute, adminRoute, listOf } from './admin-route.js'

export const LINK_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/invitations',
    operationId: 'listInvitations',
    summary: 'Invitations that can still be accepted, the newest first; never their links.',
    permission: 'people.read',
    answer: 'InvitationList',
    handle: async ({ access, organization }) => {
      const invitations = await access.links.invitations(organization.id)
      return listOf(
        await Promise.all(invitations.map((invitation) => invitationShape(access, organization, invitation))),
      )
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/invitations',
    operationId: 'invite',
    summary:
      'Invite an address. With a mail server the link goes to the address, without one it is in the answer: pass it on.',
    permission: 'people.manage',
    members: {
      email: textMember('E-mail address.', 254, 3),
      role: textMember('Name of a role that permits nothing that you lack.', 63),
      name: optional(textMember('How you call the person.', 200, 0)),
    },
    answer: 'NewInvitation',
    handle: async ({ access, by, organization, members: { email, role, name }, signIn }) => {
      const shown = signIn.mailer === undefined
      const asked = { email, role, name: name ?? '', shown }
      const { invitation, token } = await invite(access, by, organization, asked)
      const shape = await invitationShape(access, organization, invitation)
      const { label = 'Somebody' } = by.actor
      return withLink(signIn, shape, linkUrl(signIn.publicUrl(), 'invitation', token), (link) =>
        invitationMail(invitation.email, organization.name, label, link),
      )
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/invitations/{id}',
    operationId: 'withdrawInvitation',
    summary: 'Take an invitation back; its link is worth nothing from then on.',
    permission: 'people.manage',
    handle: async ({ access, by, organization, id }) => {
      await withdrawInvitation(access, by, organization, id)
      return undefined
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/people/{id}/password_reset',
    operationId: 'resetPassword',
    summary:
      'Give a person a link to set a new password: mailed to them, or without a mail server in the answer.',
    permission: 'people.manage',
    answer: 'PasswordReset',
    handle: async ({ access, by, organization, id, signIn }) => {
      const { link: made, token } = await requestResetBy(
        access,
        by,
        organization,
        id,
        signIn.mailer === undefined,
      )
      const shape = { object: 'password_reset', email: made.email, expires_at: timeText(made.expiresAt) }
      return withLink(signIn, shape, linkUrl(signIn.publicUrl(), 'password-reset', token), (link) =>
        resetMail(made.email, link),
      )
    },
  }),
]

/** Mails the link, or else shows it. Throws `mail_failed`. */
async function withLink(
  { mailer }: SignInContext,
  shape: JsonObject,
  link: string,
  toMail: (link: string) => Mail,
): Promise<JsonObject> {
  if (mailer === undefined) return { ...shape, mailed: false, link }
  await mailer.send(toMail(link))
  return { ...shape, mailed: true, link: null }
}
