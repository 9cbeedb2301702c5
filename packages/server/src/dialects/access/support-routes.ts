import { AppError } from '@counterfoil/core'
import type { AccessStore } from '../../access/access-store.js'
import {
  createOrganization,
  resumeOrganization,
  suspendOrganization,
} from '../../access/administration/organizations.js'
import { organizationShape, supportAccessShape } from '../../access/administration/shapes.js'
import { endSupportAccess, startSupportAccess } from '../../access/administration/support.js'
import type { Owner } from '../../access/api-key.js'
import type { Organization } from '../../access/tables/organizations-table.js'
import { integerMember, optional, textMember } from '../../http/members.js'
import { type AdminRoute, adminRoute, listOf } from './admin-route.js'

const SUPPORT_SECONDS_MAX = 7 * 86_400

const supportRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/support_accesses',
    operationId: 'listSupportAccesses',
    summary: 'When operators of the platform could read the entries, why, and who; newest first.',
    permission: 'support_accesses.read',
    answer: 'SupportAccessList',
    handle: async ({ access, organization }) =>
      listOf((await access.supportAccesses.list(organization.id)).map(supportAccessShape)),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/support_accesses/{id}',
    operationId: 'endSupportAccess',
    summary: 'End an access for support; takes effect on the next request.',
    permission: 'support_accesses.end',
    handle: async ({ access, by, organization, id }) => {
      await endSupportAccess(access, by, id, { organizationId: organization.id })
      return undefined
    },
  }),
]

const platformRoutes = [
  adminRoute({
    method: 'GET',
    path: '/v1/platform/organizations',
    operationId: 'listOrganizations',
    summary: 'Operators: every organization.',
    permission: 'platform.organizations.read',
    answer: 'OrganizationList',
    handle: async ({ access }) => listOf((await access.tenants.list()).map(organizationShape)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/platform/organizations',
    operationId: 'createOrganization',
    summary: 'Operators: make an organization.',
    permission: 'platform.organizations.manage',
    members: {
      slug: textMember('Lower-case letters, digits and hyphens.', 63),
      name: optional(textMember('Name for people.', 200)),
    },
    answer: 'Organization',
    handle: async ({ access, by, members: { slug, name } }) =>
      organizationShape(await createOrganization(access, by, slug, name)),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/platform/organizations/{id}',
    operationId: 'retrieveAnyOrganization',
    summary: 'Operators: one organization, by id or slug.',
    permission: 'platform.organizations.read',
    answer: 'Organization',
    handle: async ({ access, id }) => organizationShape(await requireCustomer(access, id)),
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/platform/organizations/{id}/suspension',
    operationId: 'suspendOrganization',
    summary: 'Operators: suspend an organization. Nobody gets in and its keys do nothing; its entries stay.',
    permission: 'platform.organizations.manage',
    members: { reason: textMember('Why; the organization reads it afterwards.', 1_000) },
    answer: 'Organization',
    handle: async ({ access, by, id, members: { reason } }) =>
      organizationShape(
        await suspendOrganization(access, by, (await requireCustomer(access, id)).id, reason),
      ),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/platform/organizations/{id}/suspension',
    operationId: 'resumeOrganization',
    summary: 'Operators: let a suspended organization in again.',
    permission: 'platform.organizations.manage',
    handle: async ({ access, by, id }) => {
      await resumeOrganization(access, by, (await requireCustomer(access, id)).id)
      return undefined
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/platform/organizations/{id}/support_accesses',
    operationId: 'startSupportAccess',
    summary: 'Operators: read the entries of an organization for a while. It sees who, why and until when.',
    permission: 'platform.support',
    members: {
      reason: textMember('Why; the organization reads it.', 1_000, 10),
      expires_in_seconds: optional(integerMember('An hour when left out.', 60, SUPPORT_SECONDS_MAX)),
    },
    answer: 'SupportAccess',
    handle: async ({ access, by, key, id, members: { reason, expires_in_seconds: seconds } }) =>
      supportAccessShape(
        await startSupportAccess(access, by, key.owner as Owner, await requireCustomer(access, id), {
          reason,
          expiresAt: Date.now() + (seconds ?? 3_600) * 1_000,
        }),
      ),
  }),
  adminRoute({
    method: 'GET',
    path: '/v1/platform/support_accesses',
    operationId: 'listOwnSupportAccesses',
    summary: 'Operators: the accesses for support that you started, newest first.',
    permission: 'platform.support',
    answer: 'SupportAccessList',
    handle: async ({ access, key }) =>
      listOf((await access.supportAccesses.ofPerson((key.owner as Owner).personId)).map(supportAccessShape)),
  }),
  adminRoute({
    method: 'DELETE',
    path: '/v1/platform/support_accesses/{id}',
    operationId: 'endOwnSupportAccess',
    summary: 'Operators: end an access for support of your own before its time.',
    permission: 'platform.support',
    handle: async ({ access, by, key, id }) => {
      await endSupportAccess(access, by, id, { personId: (key.owner as Owner).personId })
      return undefined
    },
  }),
]

export const SUPPORT_ROUTES: readonly AdminRoute[] = [...supportRoutes, ...platformRoutes]

async function requireCustomer(access: AccessStore, slugOrId: string): Promise<Organization> {
  const organization = (await access.tenants.list()).find(
    ({ id, slug }) => id === slugOrId || slug === slugOrId,
  )
  if (organization !== undefined) return organization
  throw new AppError('not_found', { hint: 'There is no such organization.' })
}
