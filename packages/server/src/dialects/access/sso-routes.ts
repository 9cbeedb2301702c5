import {
  clientSecretOf,
  removeSso,
  requireSso,
  type SsoChange,
  setSso,
  ssoShape,
} from '../../access/administration/sso.js'
import { type AdminRoute, adminRoute } from './admin-route.js'
import { SSO_MEMBERS } from './sso-members.js'

/** For owners: whoever names the provider decides who somebody is. */
export const SSO_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'GET',
    path: '/v1/sso',
    operationId: 'retrieveSso',
    summary: "The organization's single sign-on; never its client secret.",
    permission: 'sso.manage',
    answer: 'Sso',
    handle: async ({ access, organization }) =>
      ssoShape(access, organization, await requireSso(access, organization)),
  }),
  adminRoute({
    method: 'PUT',
    path: '/v1/sso',
    operationId: 'setSso',
    summary:
      'Set single sign-on at an OpenID provider, which must answer. Its redirect URI is /v1/sso/{slug}/callback.',
    permission: 'sso.manage',
    members: SSO_MEMBERS,
    answer: 'Sso',
    handle: async ({ access, by, organization, members, signIn }) => {
      const { issuer, client_id: clientId, client_secret: given, domains } = members
      const before = await access.sso.find(organization.id)
      const kept = before?.issuer === issuer ? clientSecretOf(access, before) : undefined
      await signIn.openId.check({ issuer, clientId, clientSecret: given ?? kept })
      const change: SsoChange = {
        issuer,
        clientId,
        ...(given === undefined ? {} : { clientSecret: given }),
        domains: [...new Set(domains)],
        defaultRole: members.default_role ?? 'member',
        autoCreate: members.auto_create ?? false,
        required: members.required ?? false,
      }
      return ssoShape(access, organization, await setSso(access, by, organization, change))
    },
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/sso',
    operationId: 'removeSso',
    summary: 'Remove single sign-on; people sign in with passwords again.',
    permission: 'sso.manage',
    handle: async ({ access, by, organization }) => {
      await removeSso(access, by, organization)
      return undefined
    },
  }),
]
