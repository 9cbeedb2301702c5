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
  const a = access.createOrganization('acme')
  const b = access.createOrganization('globex')
  const platform = access.tenants.platform()
  const role = makeRole(access, a, ['workspaces.manage', 'workspaces.read', 'people.read', 'entries.read'])
  const principals = { ...keyPrincipals(access, a, b, platform), ...peoplePrincipals(access, a, b, role) }
  const entries = {
    a: await recordOne(server, access, a),
    b: await recordOne(server, access, b),
  }
  for (const { id } of [a, b, platform]) access.tenants.update(id, { viewTokensAgain: true })
  const operators = operatorPrincipals(access, a, platform)
  const suspended = suspendedPrincipals(access)
  return { a, b, platform, entries, principals: { ...principals, ...operators, ...suspended } }
}

function keyPrincipals(access: AccessStore, a: Organization, b: Organization, platform: Organization) {
  const key = (
    organization: Organization,
    scopes: readonly Scope[],
    more: { mode?: Mode; expiresAt?: number; allowedAddresses?: readonly string[] } = {},
  ) => access.createKey({ organization, mode: 'live', scopes, name: 'key', ...more })
  const inA = (token: string | undefined, mode: Mode = 'live'): TestPrincipal => ({ token, home: 'a', mode })
  const revoked = key(a, ALL_CUSTOMER_SCOPES)
  const viewer = (maker: ApiKey) =>
    createViewerToken(access, doerOf(maker, {}), maker, {
      mode: 'live',
      expiresAt: Date.now() + 3_600_000,
      viewer: 'somebody',
      query: '',
      mayExport: false,
    })
  const revokedViewer = viewer(revoked.key)
  access.revokeKey(revoked.key.keyId)
  return {
    none: inA(undefined),
    malformed: inA('cf_live_nonsense'),
    unknown: inA(randomUUID()),
    expired_key: inA(key(a, ALL_CUSTOMER_SCOPES, { expiresAt: Date.now() - 1 }).token),
    revoked_key: inA(revoked.token),
    key_elsewhere: inA(
      key(a, ALL_CUSTOMER_SCOPES, { allowedAddresses: ['10.0.0.0/8', '2001:db8::/32'] }).token,
    ),
    key_read: inA(key(a, ['audit:read']).token),
    key_own: inA(key(a, ['audit:read:own']).token),
    key_write: inA(key(a, ['audit:write']).token),
    key_access: inA(key(a, ['access:read', 'access:write', 'audit:read:own']).token),
    key_access_read: inA(key(a, ['access:read']).token),
    key_test: inA(key(a, ALL_CUSTOMER_SCOPES, { mode: 'test' }).token, 'test'),
    viewer: inA(viewer(key(a, ['viewer_tokens:create']).key)),
    revoked_viewer: inA(revokedViewer),
    key_b: { token: key(b, ALL_CUSTOMER_SCOPES).token, home: 'b', mode: 'live' },
    key_platform: {
      token: key(platform, ['platform:read', 'platform:write', 'platform:audit:write', 'audit:read']).token,
      home: 'platform',
      mode: 'live',
    },
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

function peoplePrincipals(access: AccessStore, a: Organization, b: Organization, customRole: string) {
  const owner = makePerson(access, a, 'owner')
  // A second owner, so that the first is not the last.
  makePerson(access, a, 'owner')
  const admin = makePerson(access, a, 'admin')
  const removed = makePerson(access, a, 'owner')
  const session = (organization: Organization, personId: string): TestPrincipal => ({
    token: access.sessions.create(personId, organization.id, 'live').token,
    home: organization === a ? 'a' : 'b',
    mode: 'live',
    personId,
  })
  const removedSession = session(a, removed)
  access.memberships.remove(a.id, removed)
  const token = access.createKey({
    organization: a,
    mode: 'live',
    scopes: ['audit:read'],
    name: 'script',
    kind: 'personal_token',
    personId: admin,
  })
  return {
    owner: session(a, owner),
    admin: session(a, admin),
    auditor: session(a, makePerson(access, a, 'auditor')),
    member: session(a, makePerson(access, a, 'member')),
    custom: session(a, makePerson(access, a, customRole)),
    owner_b: session(b, makePerson(access, b, 'owner')),
    token_admin: { token: token.token, home: 'a', mode: 'live', personId: admin },
    removed_person: removedSession,
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

/** Of an organization that is suspended when all was made; they are about nothing there, nor anywhere else. */
function suspendedPrincipals(access: AccessStore) {
  const organization = access.createOrganization('suspended')
  const owner = makePerson(access, organization, 'owner')
  const key = access.createKey({ organization, mode: 'live', scopes: ALL_CUSTOMER_SCOPES, name: '' })
  const session = access.sessions.create(owner, organization.id, 'live')
  access.tenants.setSuspended(organization.id, Date.now())
  return {
    key_suspended: { token: key.token, home: 'a', mode: 'live' },
    person_suspended: { token: session.token, home: 'a', mode: 'live', personId: owner },
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

function operatorPrincipals(access: AccessStore, a: Organization, platform: Organization) {
  const operator = (personId: string): TestPrincipal => ({
    token: access.sessions.create(personId, platform.id, 'live').token,
    home: 'platform',
    mode: 'live',
    personId,
  })
  const supporting = makePerson(access, platform, 'operator')
  makeSupportAccess(access, a, supporting)
  return {
    operator: operator(makePerson(access, platform, 'operator')),
    operator_supporting: operator(supporting),
  } as const satisfies Partial<Record<PrincipalName, TestPrincipal>>
}

/** A new person with a role; gives their id. */
export function makePerson(access: AccessStore, organization: Organization, role: string): string {
  const { personId } = access.people.create(`${randomUUID()}@example.com`)
  access.memberships.create(organization.id, personId, role, 'Somebody')
  return personId
}

/** A new role of the organization's own; gives its id. */
export function makeRole(
  access: AccessStore,
  organization: Organization,
  permissions: readonly Permission[],
): string {
  const name = `role-${randomUUID()}`
  return access.roles.create({ organizationId: organization.id, name, description: '', permissions }).id
}

export function makeSupportAccess(
  access: AccessStore,
  organization: Organization,
  personId: string,
): SupportAccess {
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
  const { token } = access.createKey({ organization, mode: 'live', scopes: ['audit:write'], name: '' })
  const { body } = await server.call(token, 'POST', '/v1/audit_log_entries', { action: 'order.created' })
  return body.id as string
}
