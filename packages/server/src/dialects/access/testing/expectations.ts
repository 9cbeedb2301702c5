import { randomUUID } from 'node:crypto'
import type { AccessStore, Organization } from '../../../access/access-store.js'
import type { Permission } from '../../../access/permissions.js'
import type { Secrets } from '../../../access/secrets.js'
import { LIFECYCLE } from './lifecycle-expectations.js'
import { makePerson, makeRole, makeSupportAccess, type PrincipalName, type TestPrincipal } from './world.js'

// What the tests expect, written down by hand and not derived from the code under test.

const PEOPLE_ADMINISTRATORS = ['owner', 'admin', 'owner_b', 'operator', 'operator_supporting'] as const
const ADMINISTRATORS = [...PEOPLE_ADMINISTRATORS, 'key_access', 'key_test', 'key_b'] as const
const ACCESS_READERS = [...ADMINISTRATORS, 'auditor', 'key_access_read'] as const
const ENTRY_READERS = [
  ...PEOPLE_ADMINISTRATORS,
  'auditor',
  'key_read',
  'key_test',
  'key_b',
  'key_platform',
  'token_admin',
] as const
const OPERATORS = ['operator', 'operator_supporting'] as const

/** Who has each permission in their own organization. */
export const WHO_HAS: Readonly<Record<Permission, readonly PrincipalName[]>> = {
  'entries.record': [...PEOPLE_ADMINISTRATORS, 'key_write', 'key_test', 'key_b'],
  'entries.read': [...ENTRY_READERS, 'custom', 'viewer'],
  'entries.read_own': [
    ...PEOPLE_ADMINISTRATORS,
    'auditor',
    'member',
    'key_own',
    'key_access',
    'key_test',
    'key_b',
  ],
  'entries.export': ENTRY_READERS,
  'entries.verify': ENTRY_READERS,
  'entries.erase': ['owner', 'owner_b'],
  'retention.read': [...PEOPLE_ADMINISTRATORS, 'auditor'],
  'retention.manage': ['owner', 'owner_b'],
  'organization.read': [...ACCESS_READERS, 'member'],
  'organization.update': ADMINISTRATORS,
  'people.read': [...ACCESS_READERS, 'custom'],
  'people.manage': ADMINISTRATORS,
  'owners.manage': ['owner', 'owner_b', ...OPERATORS],
  'sso.manage': ['owner', 'owner_b', ...OPERATORS],
  'roles.read': ACCESS_READERS,
  'roles.manage': ADMINISTRATORS,
  'workspaces.read': [...ACCESS_READERS, 'member', 'custom'],
  'workspaces.manage': [...ADMINISTRATORS, 'custom'],
  'api_keys.read': ACCESS_READERS,
  'api_keys.manage': ADMINISTRATORS,
  'personal_tokens.manage': PEOPLE_ADMINISTRATORS,
  'viewer_tokens.create': [...PEOPLE_ADMINISTRATORS, 'key_test', 'key_b'],
  'support_accesses.read': ACCESS_READERS,
  'support_accesses.end': ADMINISTRATORS,
  'catalogue.read': [...ACCESS_READERS, 'member'],
  'catalogue.review': ENTRY_READERS,
  'catalogue.manage': ADMINISTRATORS,
  'platform.organizations.read': [...OPERATORS, 'key_platform'],
  'platform.organizations.manage': [...OPERATORS, 'key_platform'],
  'platform.logs.read': [...OPERATORS, 'key_platform'],
  'platform.logs.manage': OPERATORS,
  'platform.record': [...OPERATORS, 'key_platform'],
  'platform.support': OPERATORS,
}

/** What a path's id names, and so whose it must be for the request to find it. */
export type ObjectKind =
  | 'person'
  | 'role'
  | 'workspace'
  | 'api_key'
  | 'personal_token'
  | 'support_access'
  | 'own_support_access'
  | 'organization'
  | 'new_organization'
  | 'suspended_organization'
  | 'session'
  | 'invitation'
  | 'own_session'
  | 'own_saved_view'
  | 'catalogue_action'
  | 'catalogue_group'
  | 'entry'

export interface Expectation {
  /** `public` asks for nobody; `anybody` for a principal; entries are found through scopes, which operators may cross with. */
  readonly needs: Permission | readonly Permission[] | 'public' | 'anybody'
  readonly ok: number
  readonly object?: ObjectKind
  readonly body?: (principal: TestPrincipal) => unknown
  /** Entries about ourselves that a success commits. */
  readonly notes?: number
  /** People have the permission, to pass it on, but the route takes keys alone. */
  readonly keysOnly?: true
  /** For people who are signed in: keys are answered with 400. */
  readonly sessionsOnly?: true
  /** Whether the route is about entries and takes the header of operators. */
  readonly entries?: true
  /** The path names an organization, which must be the caller's own whoever it is. */
  readonly entity?: true
  /** Failures have a vendor's shape, without our codes. */
  readonly shape?: 'vendor'
  /** A GraphQL document that goes in the path. */
  readonly query?: string
}

const name = () => `n-${randomUUID()}`
const read = (needs: Permission, object?: ObjectKind): Expectation => ({
  needs,
  ok: 200,
  ...(object === undefined ? {} : { object }),
})
const remove = (needs: Permission, object: ObjectKind): Expectation => ({ needs, ok: 204, object, notes: 1 })
const READS_ENTRIES = { needs: ['entries.read', 'entries.read_own'], ok: 200, entries: true } as const
const VENDOR_READS = { ...READS_ENTRIES, shape: 'vendor' } as const
const VENDOR_EXPORTS = { ...VENDOR_READS, needs: ['entries.export', 'entries.read_own'] } as const
const NATIVE_DOCUMENT = '{ auditLogs(first: 1) { edges { node { id } } } }'
const memberRole = ({ home }: TestPrincipal) => (home === 'platform' ? 'auditor' : 'member')

/** The routes of a log's evidence below a prefix. The matrix asks for a tile that there is not. */
function evidence(prefix: string, expectation: Expectation): Readonly<Record<string, Expectation>> {
  return {
    [`GET ${prefix}`]: expectation,
    [`GET ${prefix}/checkpoint`]: expectation,
    [`GET ${prefix}/vkey`]: expectation,
    [`GET ${prefix}/policy`]: expectation,
    [`GET ${prefix}/min-index`]: expectation,
    [`GET ${prefix}/prune-record`]: { ...expectation, ok: 404 },
    [`GET ${prefix}/consistency`]: expectation,
    [`GET ${prefix}/tile/*`]: { ...expectation, ok: 404 },
  }
}

/** Every route there is. One that is missing here fails the test. */
export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  'GET /healthz': { needs: 'public', ok: 200 },
  'GET /readyz': { needs: 'public', ok: 200 },
  'GET /metrics': { needs: 'public', ok: 200 },
  'GET /openapi.json': { needs: 'public', ok: 200 },
  'GET /viewer/counterfoil-viewer.js': { needs: 'public', ok: 200 },
  'GET /': { needs: 'public', ok: 200 },
  'GET /icon.svg': { needs: 'public', ok: 200 },
  'GET /assets/*': { needs: 'public', ok: 404 },
  'POST /v1/sessions': { needs: 'public', ok: 400, body: () => ({ email: 'a@b.c' }) },
  'DELETE /v1/sessions/current': { needs: 'anybody', ok: 204, notes: 1, sessionsOnly: true },
  // Sessions of the matrix are tokens: only a browser's moves.
  'PATCH /v1/sessions/current': { needs: 'anybody', ok: 400, body: () => ({ mode: 'live' }) },
  'GET /v1/sessions': read('people.manage'),
  'DELETE /v1/sessions/:id': remove('people.manage', 'session'),
  'DELETE /v1/people/:id/sessions': remove('people.manage', 'person'),
  'GET /v1/me/sessions': { needs: 'anybody', ok: 200, sessionsOnly: true },
  'DELETE /v1/me/sessions/:id': {
    needs: 'anybody',
    ok: 204,
    object: 'own_session',
    notes: 1,
    sessionsOnly: true,
  },
  'POST /v1/audit_log_entries': {
    needs: 'entries.record',
    ok: 201,
    entries: true,
    body: () => ({ action: 'matrix.cell' }),
  },
  'GET /v1/audit_log_entries': READS_ENTRIES,
  'GET /v1/audit_log_entries/histogram': READS_ENTRIES,
  'GET /v1/audit_log_entries/facets': READS_ENTRIES,
  'GET /v1/audit_log_entries/export': { ...READS_ENTRIES, needs: ['entries.export', 'entries.read_own'] },
  'GET /v1/audit_log_entries/:id/disclosure': { ...READS_ENTRIES, object: 'entry' },
  'GET /v1/audit_log_entries/:id': { ...READS_ENTRIES, object: 'entry' },
  'GET /v1/audit_log_entries/:id/proof': { ...READS_ENTRIES, object: 'entry' },
  'GET /v1/log/export': { needs: 'entries.export', ok: 200, entries: true },
  ...evidence('/v1/log', { needs: 'entries.verify', ok: 200, entries: true }),
  // Published logs are for whoever asks; none is published here.
  ...evidence('/log/:organization/:mode/:epoch', { needs: 'public', ok: 404 }),
  'POST /v1/audit_log_entries/verify': { needs: 'entries.verify', ok: 200, entries: true },
  'GET /v1/activity': READS_ENTRIES,
  'GET /v1/activity/:id': { ...READS_ENTRIES, object: 'entry' },
  'GET /v1/resources/:type/:id/activity': READS_ENTRIES,
  'GET /v1/entities/:entity_id/audit_log_entries': { ...READS_ENTRIES, entity: true },
  'GET /v1/entities/:entity_id/audit_log_entries/:id': { ...READS_ENTRIES, entity: true, object: 'entry' },
  'POST /v1/entities/:entity_id/audit_log_entries/verify': {
    needs: 'entries.verify',
    ok: 200,
    entries: true,
    entity: true,
  },
  'GET /v1/entities/:entity_id/activity': { ...READS_ENTRIES, entity: true },
  'GET /v1/entities/:entity_id/activity/:id': { ...READS_ENTRIES, entity: true, object: 'entry' },
  'GET /v1/entities/:entity_id/resources/:type/:id/activity': { ...READS_ENTRIES, entity: true },
  'GET /api/event_history': VENDOR_READS,
  'GET /v2/audit-logs': { ...VENDOR_READS, needs: 'entries.read' },
  'GET /audit-log': VENDOR_READS,
  'GET /audit-log/export': VENDOR_EXPORTS,
  'GET /audit-logs/export': VENDOR_EXPORTS,
  'GET /graphql': { ...VENDOR_READS, query: NATIVE_DOCUMENT },
  'POST /graphql': { ...VENDOR_READS, body: () => ({ query: NATIVE_DOCUMENT }) },
  'POST /api/v1/:companyToken/graphql': {
    ...VENDOR_READS,
    body: () => ({ query: '{ getAuditLogs { auditLogs { id } } }' }),
  },
  ...LIFECYCLE,
  'GET /v1/organization': read('organization.read'),
  'PATCH /v1/organization': {
    needs: 'organization.update',
    ok: 200,
    body: () => ({ name: 'Another name' }),
    notes: 1,
  },
  'GET /v1/permissions': read('roles.read'),
  'GET /v1/roles': read('roles.read'),
  'POST /v1/roles': {
    needs: 'roles.manage',
    ok: 201,
    body: () => ({ name: name(), permissions: ['workspaces.read'] }),
    notes: 1,
  },
  'PATCH /v1/roles/:id': {
    needs: 'roles.manage',
    ok: 200,
    object: 'role',
    body: () => ({ description: 'x' }),
    notes: 1,
  },
  'DELETE /v1/roles/:id': remove('roles.manage', 'role'),
  'GET /v1/workspaces': read('workspaces.read'),
  'POST /v1/workspaces': { needs: 'workspaces.manage', ok: 201, body: () => ({ slug: name() }), notes: 1 },
  'PATCH /v1/workspaces/:id': {
    needs: 'workspaces.manage',
    ok: 200,
    object: 'workspace',
    body: () => ({ name: 'W' }),
    notes: 1,
  },
  'DELETE /v1/workspaces/:id': remove('workspaces.manage', 'workspace'),
  'GET /v1/saved_views': { needs: 'anybody', ok: 200, sessionsOnly: true },
  'POST /v1/saved_views': {
    needs: 'anybody',
    ok: 201,
    body: () => ({ name: name(), query: '?q=a', shared: true }),
    notes: 1,
    sessionsOnly: true,
  },
  'DELETE /v1/saved_views/:id': {
    needs: 'anybody',
    ok: 204,
    object: 'own_saved_view',
    notes: 1,
    sessionsOnly: true,
  },
  'GET /v1/people': read('people.read'),
  'POST /v1/people': {
    needs: 'people.manage',
    ok: 201,
    body: (principal) => ({ email: `${name()}@example.com`, role: memberRole(principal) }),
    notes: 1,
  },
  'GET /v1/people/:id': read('people.read', 'person'),
  'PATCH /v1/people/:id': {
    needs: 'people.manage',
    ok: 200,
    object: 'person',
    body: (principal) => ({ role: memberRole(principal) }),
    notes: 1,
  },
  'DELETE /v1/people/:id': remove('people.manage', 'person'),
  'GET /v1/api_keys': read('api_keys.read'),
  'POST /v1/api_keys': {
    needs: 'api_keys.manage',
    ok: 201,
    body: () => ({ name: 'k', mode: 'live', scopes: ['access:read'] }),
    notes: 1,
  },
  'GET /v1/api_keys/:id': read('api_keys.read', 'api_key'),
  'DELETE /v1/api_keys/:id': remove('api_keys.manage', 'api_key'),
  'GET /v1/me': { needs: 'anybody', ok: 200 },
  'PATCH /v1/me': { needs: 'anybody', ok: 200, body: () => ({ name: name() }), notes: 1, sessionsOnly: true },
  'GET /v1/me/personal_tokens': read('personal_tokens.manage'),
  'POST /v1/me/personal_tokens': {
    needs: 'personal_tokens.manage',
    ok: 201,
    body: () => ({ name: 't' }),
    notes: 1,
  },
  'DELETE /v1/me/personal_tokens/:id': remove('personal_tokens.manage', 'personal_token'),
  'POST /v1/me/personal_tokens/:id/reveal': {
    needs: 'personal_tokens.manage',
    ok: 201,
    object: 'personal_token',
    notes: 1,
  },
  'POST /v1/viewer_tokens': {
    needs: 'viewer_tokens.create',
    ok: 201,
    body: () => ({}),
    notes: 1,
    keysOnly: true,
  },
  'GET /v1/invitations': read('people.read'),
  'POST /v1/invitations': {
    needs: 'people.manage',
    ok: 201,
    body: (principal) => ({ email: `${name()}@example.com`, role: memberRole(principal) }),
    notes: 1,
  },
  'DELETE /v1/invitations/:id': remove('people.manage', 'invitation'),
  'POST /v1/invitations/open': { needs: 'public', ok: 404, body: () => ({ token: 'x' }) },
  'POST /v1/invitations/accept': { needs: 'public', ok: 404, body: () => ({ token: 'x' }) },
  'POST /v1/people/:id/password_reset': { needs: 'people.manage', ok: 201, object: 'person', notes: 1 },
  'POST /v1/password_resets': { needs: 'public', ok: 400, body: () => ({ email: 'nobody' }) },
  'POST /v1/password_resets/use': { needs: 'public', ok: 404, body: () => ({ token: 'x', password: 'x' }) },
  'POST /v1/me/password': {
    needs: 'anybody',
    ok: 400,
    body: () => ({ current_password: 'x', password: 'short' }),
    sessionsOnly: true,
  },
  'POST /v1/sessions/second_factor': {
    needs: 'public',
    ok: 401,
    body: () => ({ pending_token: 'x', code: '1' }),
  },
  'POST /v1/sessions/second_factor/enrol': { needs: 'public', ok: 401, body: () => ({ pending_token: 'x' }) },
  // Without the password, which nobody in the matrix has.
  'POST /v1/me/second_factor': { needs: 'anybody', ok: 400, body: () => ({}), sessionsOnly: true },
  'POST /v1/me/second_factor/confirm': {
    needs: 'anybody',
    ok: 409,
    body: () => ({ code: '1' }),
    sessionsOnly: true,
  },
  'POST /v1/me/second_factor/recovery_codes': {
    needs: 'anybody',
    ok: 400,
    body: () => ({}),
    sessionsOnly: true,
  },
  'POST /v1/me/second_factor/disable': { needs: 'anybody', ok: 400, body: () => ({}), sessionsOnly: true },
  // None is set; naming a provider asks it, which sso.test.ts does.
  'GET /v1/sso': { needs: 'sso.manage', ok: 404 },
  'PUT /v1/sso': {
    needs: 'sso.manage',
    ok: 502,
    body: () => ({ issuer: 'https://127.0.0.1/', client_id: 'c', domains: ['example.com'] }),
  },
  'DELETE /v1/sso': { needs: 'sso.manage', ok: 404 },
  'GET /v1/sso/:slug/start': { needs: 'public', ok: 404 },
  'GET /v1/sso/:slug/callback': { needs: 'public', ok: 404 },
  'GET /v1/catalogue': read('catalogue.read'),
  'GET /v1/catalogue/unknown_actions': read('catalogue.review'),
  'GET /v1/catalogue/flags': read('catalogue.review'),
  'GET /v1/catalogue/ready': read('catalogue.read'),
  'GET /v1/catalogue/actions': read('catalogue.read'),
  'GET /v1/catalogue/actions/:id': read('catalogue.read', 'catalogue_action'),
  // Any name may be set: there is no other organization's thing to be found by it.
  'PUT /v1/catalogue/actions/:id': {
    needs: 'catalogue.manage',
    ok: 200,
    body: () => ({ group: 'G', metadata_schema: { required: [name()] } }),
    notes: 1,
  },
  'DELETE /v1/catalogue/actions/:id': remove('catalogue.manage', 'catalogue_action'),
  'GET /v1/catalogue/groups': read('catalogue.read'),
  'PUT /v1/catalogue/groups/:id': {
    needs: 'catalogue.manage',
    ok: 200,
    body: () => ({ description: 'x' }),
    notes: 1,
  },
  'DELETE /v1/catalogue/groups/:id': remove('catalogue.manage', 'catalogue_group'),
  'GET /v1/catalogue/policies': read('catalogue.read'),
  'PUT /v1/catalogue/policies': {
    needs: 'catalogue.manage',
    ok: 200,
    body: () => ({ mode: 'test', unknown_action: 'flag' }),
    notes: 1,
  },
  'POST /v1/catalogue/imports': {
    needs: 'catalogue.manage',
    ok: 201,
    body: () => ({ vendor: 'arcus' }),
    notes: 1,
  },
  'GET /v1/support_accesses': read('support_accesses.read'),
  'DELETE /v1/support_accesses/:id': remove('support_accesses.end', 'support_access'),
  'GET /v1/platform/organizations': read('platform.organizations.read'),
  'POST /v1/platform/organizations': {
    needs: 'platform.organizations.manage',
    ok: 201,
    body: () => ({ slug: name() }),
    // The new organization's log and the platform's.
    notes: 2,
  },
  'GET /v1/platform/organizations/:id': read('platform.organizations.read', 'organization'),
  'POST /v1/platform/organizations/:id/suspension': {
    needs: 'platform.organizations.manage',
    ok: 201,
    object: 'new_organization',
    body: () => ({ reason: 'unpaid' }),
    notes: 2,
  },
  'DELETE /v1/platform/organizations/:id/suspension': {
    ...remove('platform.organizations.manage', 'suspended_organization'),
    notes: 2,
  },
  'POST /v1/platform/organizations/:id/support_accesses': {
    needs: 'platform.support',
    ok: 201,
    object: 'organization',
    body: () => ({ reason: 'a test of the matrix', expires_in_seconds: 60 }),
    notes: 1,
  },
  'GET /v1/platform/support_accesses': read('platform.support'),
  'DELETE /v1/platform/support_accesses/:id': remove('platform.support', 'own_support_access'),
}

/** Makes a new thing of a kind in an organization, and gives its id. */
export async function makeObject(
  access: AccessStore,
  organization: Organization,
  kind: Exclude<ObjectKind, 'entry'>,
  personId: string | undefined,
): Promise<string> {
  const owner = personId ?? randomUUID()
  switch (kind) {
    case 'person':
      return makePerson(access, organization, 'member')
    case 'role':
      return makeRole(access, organization, ['workspaces.read'])
    case 'workspace':
      return (await access.workspaces.create(organization.id, name(), 'W')).id
    case 'api_key':
      return (await access.createKey({ organization, mode: 'live', scopes: ['audit:read'], name: '' })).key
        .keyId
    case 'personal_token': {
      const token = { kind: 'personal_token', mode: 'live', scopes: ['audit:read'], name: '' } as const
      const { key, token: text } = await access.apiKeys.create({ organization, ...token, personId: owner })
      await access.apiKeys.sealToken(
        key.keyId,
        (access.secrets as Secrets).seal('personal_token', key.keyId, text),
      )
      return key.keyId
    }
    case 'support_access':
      return (await makeSupportAccess(access, organization, randomUUID())).id
    case 'session': {
      const member = await makePerson(access, organization, 'member')
      return (await access.sessions.create(member, organization.id, 'live')).sessionId
    }
    case 'invitation':
      return (
        await access.links.create({
          kind: 'invitation',
          organizationId: organization.id,
          email: `${name()}@example.com`,
          role: 'member',
          shown: true,
          createdBy: 'somebody',
        })
      ).link.id
    case 'catalogue_action': {
      const action = { action: name(), group: undefined, description: '' }
      await access.catalogue.setAction({ ...action, organizationId: organization.id })
      return action.action
    }
    case 'catalogue_group': {
      const group = { name: name(), description: '' }
      await access.catalogue.setGroup(organization.id, group)
      return group.name
    }
    case 'own_saved_view': {
      const view = {
        organizationId: organization.id,
        personId: owner,
        name: name(),
        query: '',
        isShared: true,
      }
      return (await access.savedViews.create(view)).id
    }
    case 'own_session':
      return (await access.sessions.create(owner, organization.id, 'live')).sessionId
    case 'own_support_access':
      return (await makeSupportAccess(access, organization, owner)).id
    case 'organization':
      return organization.id
    case 'new_organization':
      return (await access.createOrganization(name())).id
    case 'suspended_organization': {
      const { id } = await access.createOrganization(name())
      await access.tenants.setSuspended(id, Date.now())
      return id
    }
  }
}
