import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { note } from '../../access/administration/note.js'
import { hashPassword } from '../../access/password.js'
import { notedExport } from '../../http/export-note.js'
import { type Dialect, requireCaller } from '../../http/route.js'
import { type Answer, openTestServer, type TestServer } from '../../testing/test-server.js'
import { DIALECTS } from '../registry.js'
import { makePerson, makeRole } from './testing/world.js'

const LOG = '/v1/audit_log_entries'
const PASSWORD = 'correct horse battery staple'
let passwordHash: string
beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD)
})

/** An endless response, as an export to a slow reader or a tail is one. */
const STREAMING: Dialect = {
  name: 'streaming',
  openapi: { paths: {}, schemas: {} },
  routes: [
    (server, context) => {
      server.get('/endless', async (request, reply) => {
        const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
        return reply.send(Readable.from(notedExport(context, request, caller, 'test', forever())))
      })
    },
  ],
}
async function* forever(): AsyncIterable<Uint8Array> {
  for (;;) {
    yield new Uint8Array(65_536).fill(0x61)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({ trusted_proxies: '127.0.0.1' }, undefined, {
    dialects: [...DIALECTS, STREAMING],
  })
})
afterAll(() => server.close())

const access = () => server.counterfoil.access
const organization = async (slug: string) =>
  (await access().findOrganization(slug)) ?? (await access().createOrganization(slug))

/** Somebody with a password. */
async function person(slug: string, role: string, email: string): Promise<string> {
  const known = (await access().people.find(email)) ?? (await access().people.create(email))
  await access().people.setPassword(known.personId, passwordHash)
  await access().memberships.create((await organization(slug)).id, known.personId, role, '')
  return known.personId
}
const signIn = (email: string, more: object = {}, headers?: Record<string, string>): Promise<Answer> =>
  server.call(undefined, 'POST', '/v1/sessions', { email, password: PASSWORD, ...more }, headers)
const sessionOf = async (slug: string, personId: string) =>
  (await access().sessions.create(personId, (await organization(slug)).id, 'live')).token
const ownerOf = async (slug: string) =>
  sessionOf(slug, await makePerson(access(), await organization(slug), 'owner'))
const entriesOf = async (slug: string, query: string) => {
  const token = await server.makeKey({ slug, scopes: ['audit:read'] })
  return (await server.call(token, 'GET', `${LOG}?${query}&expand[]=data.actor&expand[]=data.diff`)).body.data
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] as number
}

describe('signing in', () => {
  it('gives a session of the person, the organization and the role', async () => {
    const personId = await person('acme', 'auditor', 'ada@example.com')
    const { status, body } = await signIn(' Ada@Example.com ')
    expect(status).toBe(201)
    expect(body).toMatchObject({
      object: 'session',
      person_id: personId,
      role: 'auditor',
      organization_id: (await organization('acme')).id,
    })
    const me = await server.call(body.token, 'GET', '/v1/me')
    expect(me.body).toMatchObject({ kind: 'person', role: 'auditor', person: { email: 'ada@example.com' } })
    expect(me.body.permissions).not.toContain('people.manage')
  })

  it('leads to the organization that is named, of those the person belongs to', async () => {
    await person('acme', 'member', 'two@example.com')
    await person('globex', 'admin', 'two@example.com')
    expect((await signIn('two@example.com')).body.role).toBe('member')
    const { body } = await signIn('two@example.com', { organization: 'globex' })
    expect(body).toMatchObject({ role: 'admin', organization_id: (await organization('globex')).id })
    expect(body.organizations.map(({ slug }: { slug: string }) => slug)).toEqual(['acme', 'globex'])
    await organization('hooli')
    const elsewhere = await signIn('two@example.com', { organization: 'hooli' })
    const nowhere = await signIn('two@example.com', { organization: 'nowhere' })
    expect([elsewhere.status, nowhere.status]).toEqual([401, 401])
    expect({ ...elsewhere.body, request_id: '' }).toEqual({ ...nowhere.body, request_id: '' })
  })

  it('refuses a wrong password and an unknown address with the same words, and records both', async () => {
    await person('acme', 'member', 'grace@example.com')
    const context = { 'user-agent': 'matrix/1' }
    const wrong = await server.call(
      undefined,
      'POST',
      '/v1/sessions',
      { email: 'grace@example.com', password: 'x' },
      context,
    )
    const unknown = await signIn('nobody@example.com')
    await server.counterfoil.selfAudit.settled()
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect({ ...wrong.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' })
    const [refused] = await entriesOf('acme', 'action=session.refused&actor_label=grace@example.com')
    expect(refused).toMatchObject({
      category: 'authentication',
      outcome: 'denied',
      actor: { type: 'anonymous' },
      ip_address: '127.0.0.1',
      user_agent: 'matrix/1',
      request_id: wrong.body.request_id,
    })
    expect(await entriesOf('acme', 'actor_label=nobody@example.com')).toEqual([])
    expect(await entriesOf('_platform', 'actor_label=nobody@example.com')).toHaveLength(1)
  })

  it('takes as long for an address that nobody has', async () => {
    const known: number[] = []
    const unknown: number[] = []
    const timed = async (email: string, i: number) => {
      const start = performance.now()
      const headers = { 'x-forwarded-for': `192.0.3.${i}` }
      expect((await signIn(email, { password: 'wrong' }, headers)).status).toBe(401)
      return performance.now() - start
    }
    for (let i = 0; i < 40; i++) {
      await person('acme', 'member', `timed${i}@example.com`)
      known.push(await timed(`timed${i}@example.com`, i))
      unknown.push(await timed(`untimed${i}@example.com`, i))
    }
    const ratio = median(known) / median(unknown)
    // Without the work that is done for nobody, it would be some ten times.
    expect(ratio).toBeGreaterThan(0.6)
    expect(ratio).toBeLessThan(1.7)
  })

  it('is held to five a minute for an account, from whichever address', async () => {
    await person('acme', 'member', 'slow@example.com')
    const answers: number[] = []
    for (let i = 0; i < 6; i++) {
      const headers = { 'x-forwarded-for': `192.0.2.${i}` }
      answers.push((await signIn('slow@example.com', { password: 'no' }, headers)).status)
    }
    expect(answers).toEqual([401, 401, 401, 401, 401, 429])
  })

  it('is held to fifty a minute for an address, whichever the account', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.99' }
    const answers = await Promise.all(
      Array.from({ length: 51 }, (_, i) => signIn(`many${i}@example.com`, {}, headers)),
    )
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1)
  })
})

describe('what people may do', () => {
  it('changes with their next request when their role does', async () => {
    const personId = await makePerson(access(), await organization('acme'), 'auditor')
    const token = await sessionOf('acme', personId)
    await server.call(await server.makeKey(), 'POST', LOG, { action: 'by.somebody_else' })
    const path = `${LOG}?action=by.*`
    expect((await server.call(token, 'GET', path)).body.data).toHaveLength(1)
    const owner = await ownerOf('acme')
    await server.call(owner, 'PATCH', `/v1/people/${personId}`, { role: 'member' })
    expect((await server.call(token, 'GET', path)).body.data).toEqual([])
    await server.call(owner, 'DELETE', `/v1/people/${personId}`)
    expect((await server.call(token, 'GET', LOG)).status).toBe(401)
  })

  it('never reaches further than the one who gave it', async () => {
    const admin = await sessionOf('acme', await makePerson(access(), await organization('acme'), 'admin'))
    const owner = await makePerson(access(), await organization('acme'), 'owner')
    await makePerson(access(), await organization('acme'), 'owner')
    const refusedFor = (required: string) => ({ status: 403, body: { code: 'permission_denied', required } })
    // The first of what an owner may do and an admin may not.
    const refused = refusedFor('entries.erase')
    const add = { email: 'new-owner@example.com', role: 'owner' }
    expect(await server.call(admin, 'POST', '/v1/people', add)).toMatchObject(refused)
    expect(await server.call(admin, 'PATCH', `/v1/people/${owner}`, { role: 'member' })).toMatchObject(
      refused,
    )
    expect(await server.call(admin, 'DELETE', `/v1/people/${owner}`)).toMatchObject(refused)
    const role = { name: 'sly', permissions: ['owners.manage'] }
    expect(await server.call(admin, 'POST', '/v1/roles', role)).toMatchObject(refusedFor('owners.manage'))
    const limited = await makeRole(access(), await organization('acme'), ['api_keys.manage'])
    const keyMaker = await sessionOf('acme', await makePerson(access(), await organization('acme'), limited))
    const key = { name: 'k', mode: 'live', scopes: ['audit:read'] }
    expect((await server.call(keyMaker, 'POST', '/v1/api_keys', key)).status).toBe(403)
    const platform = { name: 'k', mode: 'live', scopes: ['platform:write'] }
    expect((await server.call(await ownerOf('acme'), 'POST', '/v1/api_keys', platform)).status).toBe(400)
  })

  it('cannot take the last owner away', async () => {
    const personId = await makePerson(access(), await organization('single'), 'owner')
    const token = await sessionOf('single', personId)
    const refused = { status: 409, body: { code: 'last_owner' } }
    expect(await server.call(token, 'DELETE', `/v1/people/${personId}`)).toMatchObject(refused)
    expect(await server.call(token, 'PATCH', `/v1/people/${personId}`, { role: 'admin' })).toMatchObject(
      refused,
    )
  })

  it('shows one who sees their own activity what they did, by id or e-mail address', async () => {
    const writer = await server.makeKey({ slug: 'own', scopes: ['audit:write'] })
    const personId = await person('own', 'member', 'own@example.com')
    const actors = [
      { type: 'user', id: personId },
      { type: 'user', id: 'u_1', email: 'own@example.com' },
      { type: 'user', id: 'u_2', email: 'other@example.com' },
      { type: 'service', id: personId },
      { type: 'user' },
    ]
    const entries = actors.map((actor, i) => ({ action: `own.a${i}`, actor }))
    await server.call(writer, 'POST', LOG, [...entries, { action: 'own.nobody' }])
    const { body } = await server.call(await sessionOf('own', personId), 'GET', `${LOG}?action=own.*`)
    expect(body.data.map(({ action }: { action: string }) => action).toSorted()).toEqual(['own.a0', 'own.a1'])
  })

  it("gives a personal token no more than its person's role has when it is used", async () => {
    const personId = await makePerson(access(), await organization('acme'), 'admin')
    const made = await server.call(await sessionOf('acme', personId), 'POST', '/v1/me/personal_tokens', {
      name: 't',
    })
    expect((await server.call(made.body.token, 'GET', LOG)).status).toBe(200)
    const { id } = await organization('acme')
    await access().transaction((access) => access.memberships.setRole(id, personId, 'member'))
    expect((await server.call(made.body.token, 'GET', LOG)).status).toBe(403)
  })
})

describe('what a page about people needs', () => {
  it('is every permission in a sentence; those of the platform are shown to the platform alone', async () => {
    const listed = await server.call(await ownerOf('acme'), 'GET', '/v1/permissions')
    const { data } = listed.body
    expect(data.find(({ name }: { name: string }) => name === 'people.manage')).toEqual({
      object: 'permission',
      name: 'people.manage',
      description: 'Add and remove people, change their roles.',
      scope: 'access:write',
    })
    expect(data.filter(({ name }: { name: string }) => name.startsWith('platform'))).toEqual([])
  })

  it('is a name that one gives oneself, in one organization, and that is recorded', async () => {
    const ada = await ownerOf('renaming')
    const renamed = await server.call(ada, 'PATCH', '/v1/me', { name: 'Ada L.' })
    expect([renamed.status, renamed.body.name]).toEqual([200, 'Ada L.'])
    expect((await server.call(ada, 'GET', '/v1/me')).body.person.name).toBe('Ada L.')
    expect((await server.call(ada, 'PATCH', '/v1/me', { name: 'Ada L.' })).status).toBe(200)
    const entries = await entriesOf('renaming', 'action=person.renamed')
    expect(entries.map((entry: { after_state: { name: string } }) => entry.after_state.name)).toEqual([
      'Ada L.',
    ])
  })
})

describe('keys', () => {
  it('work from their addresses only, and a forwarded address counts only behind a proxy that is named', async () => {
    const { token } = await access().createKey({
      organization: await organization('acme'),
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
      allowedAddresses: ['198.51.100.0/24', '2001:db8::1'],
    })
    const from = async (forwarded: string) =>
      (await server.call(token, 'GET', LOG, undefined, { 'x-forwarded-for': forwarded })).status
    expect((await server.call(token, 'GET', LOG)).body.code).toBe('ip_not_allowlisted')
    expect(await from('198.51.100.7')).toBe(200)
    expect(await from('2001:db8:0::1')).toBe(200)
    expect(await from('203.0.113.1, 198.51.100.7')).toBe(200)
    for (const forwarded of ['203.0.113.1', '198.51.100.7, 203.0.113.1', 'nonsense', '198.51.101.7'])
      expect(await from(forwarded)).toBe(403)
    const direct = await openTestServer()
    const key = await direct.counterfoil.access.createKey({
      organization: await direct.counterfoil.access.createOrganization('acme'),
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
      allowedAddresses: ['198.51.100.0/24'],
    })
    const spoofed = await direct.call(key.token, 'GET', LOG, undefined, { 'x-forwarded-for': '198.51.100.7' })
    expect(spoofed.status).toBe(403)
    await direct.close()
  })

  it('note when they were used, off the request path', async () => {
    const made = await access().createKey({
      organization: await organization('acme'),
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
    })
    await server.call(made.token, 'GET', LOG)
    expect((await access().apiKeys.find(made.key.keyId))?.lastUsedAt).toBe(undefined)
    const restarted = await server.restart()
    server = restarted
    expect((await access().apiKeys.find(made.key.keyId))?.lastUsedAt).toBeGreaterThan(Date.now() - 60_000)
  })

  it.each(['revoked', 'signed out', 'given another role'])(
    'cut off a response that goes on when they are %s, however slowly it is read',
    async (how) => {
      const personId = await makePerson(access(), await organization('acme'), 'auditor')
      const key = await access().createKey({
        organization: await organization('acme'),
        mode: 'live',
        scopes: ['audit:read'],
        name: '',
      })
      const token = how === 'revoked' ? key.token : await sessionOf('acme', personId)
      const running = await fetch(`${server.url}/endless`, { headers: { authorization: `Bearer ${token}` } })
      const reader = (running.body as ReadableStream<Uint8Array>).getReader()
      await reader.read()
      if (how === 'revoked') await access().revokeKey(key.key.keyId)
      else if (how === 'signed out') await server.call(token, 'DELETE', '/v1/sessions/current')
      else await access().memberships.setRole((await organization('acme')).id, personId, 'member')
      const since = performance.now()
      // What is in the pipes already comes first; a slow reader takes a piece now and then.
      await expect(
        (async () => {
          for (;;) {
            if ((await reader.read()).done) throw new Error('ended as if it were whole')
            await new Promise((resolve) => setTimeout(resolve, 20))
          }
        })(),
      ).rejects.toThrow(/terminated|aborted|closed/i)
      expect(performance.now() - since).toBeLessThan(5_000)
    },
  )
})

describe('support', () => {
  it('lets an operator read for a while, which the organization sees, and may end', async () => {
    await organization('acme')
    const personId = await makePerson(access(), await access().tenants.platform(), 'operator')
    const operator = (
      await access().sessions.create(personId, (await access().tenants.platform()).id, 'live')
    ).token
    const header = { 'counterfoil-organization': 'acme' }
    const read = () => server.call(operator, 'GET', `${LOG}?limit=1`, undefined, header)
    expect((await read()).body.code).toBe('support_access_required')
    const path = `/v1/platform/organizations/acme/support_accesses`
    const { status, body } = await server.call(operator, 'POST', path, {
      reason: 'ticket 4711, missing entry',
    })
    expect(status).toBe(201)
    expect((await read()).status).toBe(200)
    const owner = await ownerOf('acme')
    const list = await server.call(owner, 'GET', '/v1/support_accesses')
    expect(list.body.data[0]).toMatchObject({
      id: body.id,
      active: true,
      reason: 'ticket 4711, missing entry',
    })
    expect((await server.call(owner, 'DELETE', `/v1/support_accesses/${body.id}`)).status).toBe(204)
    expect((await read()).status).toBe(403)
    const actions = (await entriesOf('acme', `actor_id=${personId}`)).map(
      ({ action }: { action: string }) => action,
    )
    expect(actions).toEqual(['log.read', 'support_access.started'])
  })

  it('lets a platform key record for any organization, and read none', async () => {
    const { token } = await access().createKey({
      organization: await access().tenants.platform(),
      mode: 'live',
      scopes: ['platform:audit:write', 'audit:read'],
      name: '',
    })
    const header = { 'counterfoil-organization': (await organization('acme')).id }
    const { body, status } = await server.call(token, 'POST', LOG, { action: 'by.platform' }, header)
    expect(status).toBe(201)
    expect((await entriesOf('acme', 'action=by.platform'))[0].id).toBe(body.id)
    expect((await server.call(token, 'GET', LOG, undefined, header)).body.code).toBe(
      'support_access_required',
    )
  })
})

describe('viewer tokens', () => {
  it('show what their query selects, export only when they may, and end with their key', async () => {
    const slug = 'embedder'
    const writer = await server.makeKey({ slug, scopes: ['audit:write'] })
    const entries = ['order.created', 'order.sent', 'invoice.paid'].map((action) => ({ action }))
    const { body: recorded } = await server.call(writer, 'POST', LOG, entries)
    const maker = await access().createKey({
      organization: await organization(slug),
      mode: 'live',
      scopes: ['viewer_tokens:create'],
      name: 'page',
    })
    const make = (body: object) => server.call(maker.token, 'POST', '/v1/viewer_tokens', body)
    const { body } = await make({ query: 'action:order', viewer: 'u_77', expires_in_seconds: 60 })
    const view = (path: string) => server.call(body.token, 'GET', `${LOG}${path}`)
    const seen = (await view('')).body.data.map(({ action }: { action: string }) => action)
    expect(seen).toEqual(['order.sent', 'order.created'])
    expect((await view('?action=invoice.paid')).body.data).toEqual([])
    expect((await view('/facets?field=action')).body.data.action).toHaveLength(2)
    expect((await view(`/${recorded.data[0].id}`)).status).toBe(200)
    expect((await view(`/${recorded.data[2].id}`)).status).toBe(404)
    expect((await server.call(body.token, 'GET', '/endless')).status).toBe(403)
    expect((await server.call(body.token, 'POST', LOG, { action: 'a.a' })).status).toBe(403)
    expect((await server.call(body.token, 'GET', '/v1/people')).status).toBe(403)
    expect((await make({ query: 'since:1h' })).body.param).toBe('query')
    expect((await make({ query: 'action:(' })).body.param).toBe('query')
    for (let i = 8; i < body.token.length; i += 7) {
      const edited = body.token.slice(0, i) + (body.token[i] === 'A' ? 'B' : 'A') + body.token.slice(i + 1)
      expect((await server.call(edited, 'GET', LOG)).status).toBe(401)
    }
    await access().revokeKey(maker.key.keyId)
    expect((await view('')).status).toBe(401)
  })
})

describe('the log of ourselves', () => {
  it('tells who changed what, from what to what, from where', async () => {
    const owner = await ownerOf('noted')
    const { body: role } = await server.call(owner, 'POST', '/v1/roles', {
      name: 'helpdesk',
      permissions: ['entries.read'],
    })
    await server.call(owner, 'PATCH', `/v1/roles/${role.id}`, {
      permissions: ['entries.read', 'people.read'],
    })
    const [entry] = await entriesOf('noted', 'action=role.updated')
    expect(entry).toMatchObject({
      category: 'access',
      actor: { type: 'user' },
      resource: { type: 'role', id: role.id, label: 'helpdesk' },
      source: { name: 'counterfoil' },
      diff: [{ op: 'add', path: '/permissions/1', value: 'people.read' }],
      request_id: expect.stringMatching(/^req_/),
    })
  })

  it('notes a reader once, and an export before its first row', async () => {
    const reader = await ownerOf('readers')
    await server.call(await server.makeKey({ slug: 'readers' }), 'POST', LOG, { action: 'a.a' })
    for (let i = 0; i < 3; i++) await server.call(reader, 'GET', LOG)
    const headers = { authorization: `Bearer ${reader}` }
    const running = await fetch(`${server.url}/endless?q=x`, { headers })
    const body = (running.body as ReadableStream<Uint8Array>).getReader()
    await body.read()
    await body.cancel()
    await server.counterfoil.selfAudit.settled()
    expect(await entriesOf('readers', 'action=log.read')).toHaveLength(1)
    expect(await entriesOf('readers', 'action=log.exported')).toMatchObject([
      { category: 'export', metadata: { format: 'test', query: '?q=x' } },
    ])
  })

  it('loses nothing and doubles nothing when the process ends between the store and the journal', async () => {
    const { directory, counterfoil } = server
    const owner = await ownerOf('crash')
    // As after a crash that came before the journal: committed with its change, not handed over.
    const { id: organizationId } = await organization('crash')
    const waiting = await counterfoil.access.transaction(async (access) => {
      const by = { actor: { type: 'system' } } as const
      await note(access, { organizationId, action: 'workspace.created', by })
      return access.outbox.oldest(10)
    })
    await counterfoil.selfAudit.settled()
    // As after a crash that came after the journal and before the outbox was told.
    for (const { log, json } of waiting) await counterfoil.access.outbox.add(log, json)
    server = await server.restart()
    expect(server.directory).toBe(directory)
    await server.counterfoil.selfAudit.settled()
    expect(await server.counterfoil.access.outbox.oldest(10)).toEqual([])
    expect(await entriesOf('crash', 'action=workspace.created')).toHaveLength(1)
    expect((await server.call(owner, 'GET', '/v1/me')).status).toBe(200)
  })

  it('rolls a change back when the entry about it cannot be', async () => {
    const { id: organizationId } = await organization('acme')
    const before = (await access().workspaces.list(organizationId)).length
    await expect(
      access().transaction(async (access) => {
        await access.workspaces.create(organizationId, 'never', 'n')
        const by = { actor: { type: 'user', id: 'x'.repeat(2_000) } } as const
        await note(access, { organizationId, action: 'workspace.created', by })
      }),
    ).rejects.toThrow()
    expect(await access().workspaces.list(organizationId)).toHaveLength(before)
  })
})
