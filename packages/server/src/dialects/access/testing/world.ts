import { randomUUID } from 'node:crypto'
import type { Mode } from '@counterfoil/core'
import type { AccessStore, Organization } from '../../../access/access-store.js'
import { doerOf } from '../../../access/administration/doer.js'
import { createViewerToken } from '../../../access/administration/keys.js'
import type { ApiKey } from '../../../access/api-key.js'
import type { Permission, Scope } from '../../../access/permissions.js'
import type { SupportAccess } from '../../../access/tables/support-accesses-table.js'
import type { TestServer } from '../../../testing/test-server.js'

export const PRINCIPALS = [
  'none',
  'malformed',
  'unknown',
  'expired_key',
  'revoked_key',
  'key_elsewhere',
  'key_suspended',
  'person_suspended',
  'key_read',
  'key_own',
  'key_write',
  'key_access',
  'key_access_read',
  'key_test',
  'key_b',
  'viewer',
  'revoked_viewer',
  'key_platform',
  'owner',
  'admin',
  'auditor',
  'member',
  'custom',
  'owner_b',
  'token_admin',
  'removed_person',
  'operator',
  'operator_supporting',
] as const
export type PrincipalName = (typeof PRINCIPALS)[number]

export interface TestPrincipal {
  readonly token: string | undefined
  readonly home: 'a' | 'b' | 'platform'
  readonly mode: Mode
  readonly personId?: string
}

/** Two customers with everything in them, the platform, and somebody of every kind. */
export interface World {
  readonly a: Organization
  readonly b: Organization
  readonly platform: Organization
  readonly principals: Readonly<Record<PrincipalName, TestPrincipal>>
  /** An entry in the live log of each customer. */
  readonly entries: Readonly<Record<'a' | 'b', string>>
}

const ALL_CUSTOMER_SCOPES: readonly Scope[] = [
  'audit:write',
  'audit:read',
  'audit:read:own',
  'access:read',
  'access:write',
  'viewer_tokens:create',
]

export async function makeWorld(server: TestServer): Promise<World> {
  const { access } = server.counterfoil
  const a = await access.createOrganization('acme')
  const b = await access.createOrganization('globex')
  const platform = await access.tenants.platform()
  const role = await makeRole(access, a, [
    'workspaces.manage',
    'workspaces.read',
    'people.read',
    'entries.read',
  ])
  const principals = {
    ...(await keyPrincipals(access, a, b, platform)),
    ...(await peoplePrincipals(access, a, b, role)),
  }
  const entries = {
    a: await recordOne(server, access, a),
    b: await recordOne(server, access, b),
  }
  for (const { id } of [a, b, platform]) await access.tenants.update(id, { viewTokensAgain: true })
  const operators = await operatorPrincipals(access, a, platform)
  const suspended = await suspendedPrincipals(access)
  return { a, b, platform, entries, principals: { ...principals, ...operators, ...suspended } }
}

async function keyPrincipals(access: AccessStore, a: Organization, b: Organization, platform: Organization) {
  const key = (
    organization: Organization,
    scopes: readonly Scope[],
    more: { mode?: Mode; expiresAt?: number; allowedAddresses?: readonly string[] } = {},
  ) => access.createKey({ organization, mode: 'live', scopes, name: 'key', ...more })
  const inA = (token: string | undefined, mode: Mode = 'live'): TestPrincipal => ({ token, home: 'a', mode })
  const revoked = await key(a, ALL_CUSTOMER_SCOPES)
  const viewer = (maker: ApiKey) =>
    createViewerToken(access, doerOf(maker, {}), maker, {
      mode: 'live',
      expiresAt: Date.now() + 3_600_000,
      viewer: 'somebody',
      query: '',
      mayExport: false,
    })
  const revokedViewer = await viewer(revoked.key)
  await access.revokeKey(revoked.key.keyId)
  return {
    none: inA(undefined),
    malformed: inA('cf_live_nonsense'),
    unknown: inA(randomUUID()),
    expired_key: inA((await key(a, ALL_CUSTOMER_SCOPES, { expiresAt: Date.now() - 1 })).token),
    revoked_key: inA(revoked.token),
    key_elsewhere: inA(
      (await key(a, ALL_CUSTOMER_SCOPES, { allowedAddresses: ['10.0.0.0/8', '2001:db8::/32'] })).token,
    ),
    key_read: inA((await key(a, ['audit:read'])).token),
    key_own: inA((await key(a, ['audit:read:own'])).token),
    key_write: inA((await key(a, ['audit:write'])).token),
    key_access: inA((await key(a, ['access:read', 'access:write', 'audit:read:own'])).token),
    key_access_read: inA((await key(a, ['access:read'])).token),
    key_test: inA((await key(a, ALL_CUSTOMER_SCOPES, { mode: 'test' })).token, 'test'),
    viewer: inA(await viewer((await key(a, ['viewer_tokens:create'])).key)),
    revoked_viewer: inA(revokedViewer),
    key_b: { token: (await key(b, ALL_CUSTOMER_SCOPES)).token, home: 'b', mode: 'live' },
    key_platform: {
      token: (await key(platform, ['platform:read', 'platform:write', 'platform:audit:write', 'audit:read']))
        .token,
      home: 'platform',
      mode: 'live',
    },
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

async function peoplePrincipals(access: AccessStore, a: Organization, b: Organization, customRole: string) {
  const owner = await makePerson(access, a, 'owner')
  // A second owner, so that the first is not the last.
  await makePerson(access, a, 'owner')
  const admin = await makePerson(access, a, 'admin')
  const removed = await makePerson(access, a, 'owner')
  const session = async (organization: Organization, personId: string): Promise<TestPrincipal> => ({
    token: (await access.sessions.create(personId, organization.id, 'live')).token,
    home: organization === a ? 'a' : 'b',
    mode: 'live',
    personId,
  })
  const removedSession = await session(a, removed)
  await access.memberships.remove(a.id, removed)
  const token = await access.createKey({
    organization: a,
    mode: 'live',
    scopes: ['audit:read'],
    name: 'script',
    kind: 'personal_token',
    personId: admin,
  })
  return {
    owner: await session(a, owner),
    admin: await session(a, admin),
    auditor: await session(a, await makePerson(access, a, 'auditor')),
    member: await session(a, await makePerson(access, a, 'member')),
    custom: await session(a, await makePerson(access, a, customRole)),
    owner_b: await session(b, await makePerson(access, b, 'owner')),
    token_admin: { token: token.token, home: 'a', mode: 'live', personId: admin },
    removed_person: removedSession,
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

/** Of an organization that is suspended when all was made; they are about nothing there, nor anywhere else. */
async function suspendedPrincipals(access: AccessStore) {
  const organization = await access.createOrganization('suspended')
  const owner = await makePerson(access, organization, 'owner')
  const key = await access.createKey({ organization, mode: 'live', scopes: ALL_CUSTOMER_SCOPES, name: '' })
  const session = await access.sessions.create(owner, organization.id, 'live')
  await access.tenants.setSuspended(organization.id, Date.now())
  return {
    key_suspended: { token: key.token, home: 'a', mode: 'live' },
    person_suspended: { token: session.token, home: 'a', mode: 'live', personId: owner },
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

async function operatorPrincipals(access: AccessStore, a: Organization, platform: Organization) {
  const operator = async (personId: string): Promise<TestPrincipal> => ({
    token: (await access.sessions.create(personId, platform.id, 'live')).token,
    home: 'platform',
    mode: 'live',
    personId,
  })
  const supporting = await makePerson(access, platform, 'operator')
  await makeSupportAccess(access, a, supporting)
  return {
    operator: await operator(await makePerson(access, platform, 'operator')),
    operator_supporting: await operator(supporting),
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

/** A new person with a role; gives their id. */
export async function makePerson(
  access: AccessStore,
  organization: Organization,
  role: string,
): Promise<string> {
  const { personId } = await access.people.create(`${randomUUID()}@example.com`)
  await access.memberships.create(organization.id, personId, role, 'Somebody')
  return personId
}

/** A new role of the organization's own; gives its id. */
export async function makeRole(
  access: AccessStore,
  organization: Organization,
  permissions: readonly Permission[],
): Promise<string> {
  const name = `role-${randomUUID()}`
  return (await access.roles.create({ organizationId: organization.id, name, description: '', permissions }))
    .id
}

export async function makeSupportAccess(
  access: AccessStore,
  organization: Organization,
  personId: string,
): Promise<SupportAccess> {
  return access.supportAccesses.create({
    organizationId: organization.id,
    personId,
    email: 'operator@example.com',
    reason: 'a test of what operators may do',
    expiresAt: Date.now() + 600_000,
  })
}

async function recordOne(
  server: TestServer,
  access: AccessStore,
  organization: Organization,
): Promise<string> {
  const { token } = await access.createKey({ organization, mode: 'live', scopes: ['audit:write'], name: '' })
  const { body } = await server.call(token, 'POST', '/v1/audit_log_entries', { action: 'order.created' })
  return body.id as string
}
