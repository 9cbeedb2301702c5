import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Organization } from '../../access/access-store.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { PASSWORD, person } from './testing/people.js'
import { makePerson } from './testing/world.js'

const LOG = '/v1/audit_log_entries'
let server: TestServer
let operator: string
let platformKey: string

beforeAll(async () => {
  server = await openTestServer()
  const { access } = server.counterfoil
  const platform = await access.tenants.platform()
  operator = (
    await access.sessions.create(await makePerson(access, platform, 'operator'), platform.id, 'live')
  ).token
  platformKey = (
    await access.createKey({
      organization: platform,
      mode: 'live',
      scopes: ['platform:audit:write'],
      name: '',
    })
  ).token
})
afterAll(() => server.close())

const suspension = (slug: string) => `/v1/platform/organizations/${slug}/suspension`
const suspend = (slug: string) => server.call(operator, 'POST', suspension(slug), { reason: 'unpaid bills' })

describe('a suspended organization', () => {
  it('is kept out with every key at the next request, and let in again with all it had', async () => {
    const { access } = server.counterfoil
    const key = await server.makeKey({ slug: 'acme' })
    const organization = (await access.findOrganization('acme'))!
    const pair = await access.createKey({
      organization,
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
      kind: 'key_pair',
    })
    await server.call(key, 'POST', LOG, { action: 'before.suspension' })
    const asked = [
      () => server.call(key, 'GET', LOG),
      () => server.call(key, 'POST', LOG, { action: 'while.suspended' }),
      () => server.call(key, 'GET', '/v1/me'),
      () => server.call(key, 'GET', '/audit-log'),
      () => server.call(key, 'GET', '/v2/audit-logs'),
      () =>
        server.call(
          undefined,
          'POST',
          '/graphql',
          { query: '{ __typename }' },
          { authorization: `Bearer ${key}` },
        ),
      () =>
        server.call(
          undefined,
          'POST',
          '/api/v1/company/graphql',
          { query: '{ __typename }' },
          {
            'x-api-key': pair.key.keyId,
            'x-api-secret': pair.token,
          },
        ),
    ]
    const before = await Promise.all(asked.map((ask) => ask()))
    const { status, body } = await suspend('acme')
    expect([status, body.suspended_at]).toEqual([201, expect.stringMatching(/^\d{4}-/)])
    for (const ask of asked.slice(0, 6)) expect((await ask()).status).toBe(403)
    expect((await asked[6]!()).status).not.toBe(200)
    expect((await asked[0]!()).body).toMatchObject({ code: 'organization_suspended' })
    expect((await server.call(operator, 'DELETE', suspension('acme'))).status).toBe(204)
    const after = await Promise.all(asked.map((ask) => ask()))
    expect(after.map((answer) => answer.status)).toEqual(before.map((answer) => answer.status))
    const { body: log } = await server.call(key, 'GET', LOG)
    expect(log.data.map(({ action }: { action: string }) => action)).toEqual([
      'while.suspended',
      'organization.resumed',
      'organization.suspended',
      'while.suspended',
      'before.suspension',
    ])
    expect(log.data[2]).toMatchObject({ metadata: { reason: 'unpaid bills' }, category: 'access' })
  })

  it('lets nobody sign in, and tells why to whoever has the password alone', async () => {
    const { access, selfAudit } = server.counterfoil
    await person(server, 'ada@example.com', { globex: 'admin' })
    const globex = (await access.findOrganization('globex')) as Organization
    const auditor = (
      await access.sessions.create(await makePerson(access, globex, 'auditor'), globex.id, 'live')
    ).token
    const signIn = (password: string) =>
      server.call(undefined, 'POST', '/v1/sessions', { email: 'ada@example.com', password })
    const { body: session } = await signIn(PASSWORD)
    expect((await server.call(session.token, 'GET', '/v1/me')).status).toBe(200)
    await suspend('globex')
    expect((await server.call(session.token, 'GET', '/v1/me')).status).toBe(401)
    expect((await signIn(PASSWORD)).body).toMatchObject({ code: 'organization_suspended' })
    expect((await signIn('a wrong password 12')).body).toMatchObject({ code: 'invalid_sign_in' })
    await server.call(operator, 'DELETE', suspension('globex'))
    expect((await server.call(session.token, 'GET', '/v1/me')).status).toBe(200)
    await selfAudit.settled()
    const { body: log } = await server.call(auditor, 'GET', `${LOG}?action=session.refused`)
    expect(log.data.map(({ error_code }: { error_code: string }) => error_code).toSorted()).toEqual([
      'invalid_sign_in',
      'organization_suspended',
    ])
  })

  it('is recorded for by the platform, which goes on', async () => {
    await server.makeKey({ slug: 'recorded' })
    await suspend('recorded')
    const { status } = await server.call(
      platformKey,
      'POST',
      LOG,
      { action: 'bill.sent' },
      {
        'counterfoil-organization': 'recorded',
      },
    )
    expect(status).toBe(201)
  })

  it('cannot be suspended twice, nor let in when it is in; the platform itself not at all', async () => {
    await server.makeKey({ slug: 'twice' })
    expect((await server.call(operator, 'DELETE', suspension('twice'))).body.code).toBe('not_suspended')
    await suspend('twice')
    expect((await suspend('twice')).body.code).toBe('already_suspended')
    expect((await suspend('_platform')).status).toBe(404)
    expect((await server.call(operator, 'POST', suspension('twice'), {})).status).toBe(400)
  })
})
