import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { Browser, OWN_PAGE } from './testing/browser.js'
import { CHEAP, entriesOf as entriesIn, NO_LIMITS, PASSWORD, person } from './testing/people.js'

const LOG = '/v1/audit_log_entries'
const MINUTE_MS = 60_000

let server: TestServer
let nowMs = Date.now()
beforeAll(async () => {
  server = await openTestServer({}, undefined, {
    now: () => nowMs,
    hashingCost: CHEAP,
    signInLimits: NO_LIMITS,
  })
  const { access } = server.counterfoil
  for (const slug of ['acme', 'globex']) await access.createOrganization(slug)
  await person(server, 'ada@example.com', { acme: 'owner', globex: 'member' })
})
afterAll(() => server.close())

async function signedIn(email = 'ada@example.com', more: object = {}): Promise<Browser> {
  const browser = new Browser(server)
  const { status } = await browser.call('POST', '/v1/sessions', {
    email,
    password: PASSWORD,
    cookie: true,
    ...more,
  })
  expect(status).toBe(201)
  return browser
}
const entriesOf = (slug: string, query: string) => entriesIn(server, slug, query)

describe('the cookie of a session', () => {
  it('is not in the answer, and has every attribute that keeps it to this host and out of scripts', async () => {
    const browser = new Browser(server)
    const credentials = { email: 'ada@example.com', password: PASSWORD, cookie: true }
    const local = await browser.call('POST', '/v1/sessions', credentials)
    expect(local.body.token).toBe(undefined)
    expect(local.setCookies).toEqual([
      expect.stringMatching(
        /^counterfoil=cf_session_live_\w{12}_\w{49}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
      ),
    ])
    // Anywhere but on the machine itself.
    const headers = { host: 'audit.example.com' }
    const remote = await new Browser(server).call('POST', '/v1/sessions', credentials, headers)
    const proxied = await new Browser(server).call('POST', '/v1/sessions', credentials, { via: '1.1 proxy' })
    for (const { setCookies } of [remote, proxied]) {
      expect(setCookies).toEqual([
        expect.stringMatching(
          /^__Host-counterfoil=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
        ),
      ])
    }
    expect((await browser.call('GET', LOG)).status).toBe(200)
  })

  it('has 256 random bits that are on disk as a hash alone', async () => {
    const { session = '' } = await signedIn()
    const secret = session.split('_')[4] as string
    expect(62 ** 43).toBeGreaterThan(2 ** 256)
    expect(secret).toHaveLength(43 + 6)
    const row = await server.counterfoil.access.sessions.find(session.split('_')[3] as string)
    expect(row?.secretHash).toHaveLength(32)
    expect(JSON.stringify(row)).not.toContain(secret.slice(0, 43))
  })

  it('is no bearer token, and a bearer token is no cookie', async () => {
    const browser = await signedIn()
    expect((await server.call(browser.session, 'GET', '/v1/me')).status).toBe(401)
    const { body } = await server.call(undefined, 'POST', '/v1/sessions', {
      email: 'ada@example.com',
      password: PASSWORD,
    })
    browser.cookies.set('counterfoil', body.token)
    const refused = { status: 401, body: { code: 'session_ended' } }
    expect(await browser.call('GET', '/v1/me')).toMatchObject(refused)
    expect((await server.call(body.token, 'GET', '/v1/me')).status).toBe(200)
  })

  it('counts only when there is one of it, under the name that is due', async () => {
    const { session } = await signedIn()
    const none = { status: 401, body: { code: 'missing_api_key' } }
    for (const cookie of [
      `counterfoil=${session}; counterfoil=x`,
      `__Host-counterfoil=${session}`,
      `Counterfoil=${session}`,
    ])
      expect(await new Browser(server).send('GET', '/v1/me', undefined, { cookie })).toMatchObject(none)
    const remote = { cookie: `counterfoil=${session}`, host: 'audit.example.com' }
    expect(await new Browser(server).send('GET', '/v1/me', undefined, remote)).toMatchObject(none)
    const due = { cookie: `a=b; __Host-counterfoil=${session}`, host: 'audit.example.com' }
    expect((await new Browser(server).send('GET', '/v1/me', undefined, due)).status).toBe(200)
  })

  it('is another one after signing in: an id that somebody planted, or the one of before, is worth nothing', async () => {
    const browser = await signedIn()
    const before = browser.session
    const signIn = { email: 'ada@example.com', password: PASSWORD, cookie: true }
    await browser.call('POST', '/v1/sessions', signIn)
    expect(browser.session).not.toBe(before)
    const old = new Browser(server)
    old.cookies.set('counterfoil', before as string)
    expect((await old.call('GET', '/v1/me')).body.code).toBe('session_ended')
    const fixed = new Browser(server)
    fixed.cookies.set('counterfoil', 'cf_session_live_planted')
    await fixed.call('POST', '/v1/sessions', signIn)
    expect(fixed.session).not.toBe('cf_session_live_planted')
    expect((await fixed.call('GET', '/v1/me')).status).toBe(200)
  })
})

describe('a session in a browser', () => {
  it('goes to another organization and mode of its person by headers, and nowhere else', async () => {
    const browser = await signedIn()
    const me = async (headers: Record<string, string>) =>
      (await browser.call('GET', '/v1/me', undefined, headers)).body
    expect(await me({})).toMatchObject({ mode: 'live', role: 'owner', organization: { slug: 'acme' } })
    expect(await me({ 'x-organization': 'globex', 'counterfoil-mode': 'test' })).toMatchObject({
      mode: 'test',
      role: 'member',
      organization: { slug: 'globex' },
      organizations: [{ slug: 'acme' }, { slug: 'globex' }],
    })
    ;(await server.counterfoil.access.findOrganization('hooli')) ??
      (await server.counterfoil.access.createOrganization('hooli'))
    const [hooli, nowhere] = [
      await me({ 'x-organization': 'hooli' }),
      await me({ 'x-organization': 'nowhere' }),
    ]
    expect(hooli.code).toBe('not_found')
    expect({ ...hooli, request_id: '' }).toEqual({ ...nowhere, request_id: '' })
    expect((await me({ 'counterfoil-mode': 'both' })).param).toBe('Counterfoil-Mode')
  })

  it('moves there for good with a new id', async () => {
    const browser = await signedIn()
    const before = browser.session
    const moved = await browser.call('PATCH', '/v1/sessions/current', {
      organization: 'globex',
      mode: 'test',
    })
    expect(moved).toMatchObject({ status: 200, body: { mode: 'test' } })
    expect(browser.session).not.toBe(before)
    expect((await browser.call('GET', '/v1/me')).body).toMatchObject({
      mode: 'test',
      organization: { slug: 'globex' },
    })
    const old = new Browser(server)
    old.cookies.set('counterfoil', before as string)
    expect((await old.call('GET', '/v1/me')).status).toBe(401)
    expect((await browser.call('PATCH', '/v1/sessions/current', { organization: 'hooli' })).status).toBe(404)
  })

  it('ends when nothing is done for half an hour, and after twelve hours whatever is done', async () => {
    const browser = await signedIn()
    const idle = await signedIn()
    const start = nowMs
    const alive = async (one: Browser) => (await one.call('GET', '/v1/me')).status === 200
    nowMs = start + 30 * MINUTE_MS - 1
    expect(await alive(browser)).toBe(true)
    nowMs = start + 30 * MINUTE_MS
    expect([await alive(idle), await alive(browser)]).toEqual([false, true])
    while (nowMs + 29 * MINUTE_MS < start + 12 * 60 * MINUTE_MS) {
      nowMs += 29 * MINUTE_MS
      expect(await alive(browser)).toBe(true)
    }
    nowMs = start + 12 * 60 * MINUTE_MS - 1
    expect(await alive(browser)).toBe(true)
    nowMs = start + 12 * 60 * MINUTE_MS
    expect(await alive(browser)).toBe(false)
  })

  it('ends on the server when its person signs out, and the entry says so', async () => {
    const browser = await signedIn()
    const { session } = browser
    const out = await browser.call('DELETE', '/v1/sessions/current')
    expect(out.status).toBe(204)
    expect(out.setCookies[0]).toMatch(/^counterfoil=; Path=\/; Max-Age=0;/)
    expect(browser.session).toBe(undefined)
    browser.cookies.set('counterfoil', session as string)
    expect((await browser.call('GET', '/v1/me')).body.code).toBe('session_ended')
    const id = (session as string).split('_')[3]
    expect(await entriesOf('acme', `action=session.ended&resource_id=${id}`)).toHaveLength(1)
  })

  it('is listed and ended by its person, and by an admin, with the next request', async () => {
    await person(server, 'grace@example.com', { acme: 'member', globex: 'admin' })
    const [first, second, third] = [
      await signedIn('grace@example.com'),
      await signedIn('grace@example.com'),
      await signedIn('grace@example.com', { organization: 'globex' }),
    ] as [Browser, Browser, Browser]
    const { body } = await first.call('GET', '/v1/me/sessions')
    expect(body.data.map(({ current }: { current: boolean }) => current).filter(Boolean)).toHaveLength(1)
    expect(body.data).toHaveLength(3)
    const other = second.session?.split('_')[3]
    expect((await first.call('DELETE', `/v1/me/sessions/${other}`)).status).toBe(204)
    expect((await second.call('GET', '/v1/me')).status).toBe(401)
    const admin = await signedIn()
    const seen = (await admin.call('GET', '/v1/sessions')).body.data
    expect(seen.filter(({ email }: { email: string }) => email === 'grace@example.com')).toHaveLength(1)
    // The session in the other organization is none that this one's admin can name, though it reaches here.
    expect((await admin.call('DELETE', `/v1/sessions/${third.session?.split('_')[3]}`)).status).toBe(404)
    expect((await third.call('GET', '/v1/me', undefined, { 'x-organization': 'acme' })).status).toBe(200)
    const { personId } = (await server.counterfoil.access.people.find('grace@example.com')) as {
      personId: string
    }
    nowMs += 1
    expect((await admin.call('DELETE', `/v1/people/${personId}/sessions`)).status).toBe(204)
    expect((await first.call('GET', '/v1/me')).status).toBe(401)
    expect((await third.call('GET', '/v1/me')).status).toBe(200)
    expect((await third.call('GET', '/v1/me', undefined, { 'x-organization': 'acme' })).status).toBe(401)
    expect(await entriesOf('acme', 'action=session.revoked')).toHaveLength(2)
  })

  it('that a long answer goes by is asked about where the answer is, not where the session is', async () => {
    await person(server, 'long@example.com', { acme: 'member', globex: 'auditor' })
    const { access } = server.counterfoil
    const { session = '' } = await signedIn('long@example.com')
    const key = await access.authenticateCookie(session, { organization: 'globex', mode: 'test' })
    if (typeof key === 'string') throw new Error(key)
    expect(await access.refresh(key)).toEqual(key)
    const globex = (await access.findOrganization('globex'))?.id ?? ''
    await access.memberships.setRole(globex, key.owner?.personId ?? '', 'member')
    expect(await access.refresh(key)).toMatchObject({ organizationId: globex, mode: 'test', role: 'member' })
    await access.memberships.remove(globex, key.owner?.personId ?? '')
    expect(await access.refresh(key)).toBe(undefined)
    expect(typeof (await access.authenticateCookie(session))).toBe('object')
  })

  it('may be ended by nobody who may do less than its person', async () => {
    await person(server, 'admin@example.com', { acme: 'admin' })
    const owner = await signedIn()
    const admin = await signedIn('admin@example.com')
    const answer = await admin.call('DELETE', `/v1/sessions/${owner.session?.split('_')[3]}`)
    // The first of what an owner may do and an admin may not.
    expect(answer).toMatchObject({ status: 403, body: { required: 'entries.erase' } })
    expect((await owner.call('GET', '/v1/me')).status).toBe(200)
  })
})

describe('requests of other sites', () => {
  const FORGERIES: readonly Readonly<Record<string, string | undefined>>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': undefined },
    { 'sec-fetch-site': undefined, origin: 'https://evil.example' },
    { 'sec-fetch-site': undefined, origin: 'null' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://HOST' },
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/json-patch+json' },
    { 'content-type': undefined },
    { 'x-counterfoil-request': undefined },
    { 'x-counterfoil-request': '0' },
  ]

  it('change nothing by a cookie: every route that changes something, every forgery', async () => {
    const browser = await signedIn()
    const host = new URL(server.url).host
    const routes = server.counterfoil.http.routeTable.routes.filter(({ method }) =>
      ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method),
    )
    expect(routes.length).toBeGreaterThan(25)
    const wrong: string[] = []
    for (const { method, path } of routes) {
      const url = path.replace(':id', 'x').replace(':slug', 'x')
      for (const forgery of FORGERIES) {
        const headers = { ...OWN_PAGE, ...forgery }
        if (headers.origin !== undefined) headers.origin = headers.origin.replace('HOST', host)
        const { status, body } = await browser.send(method, url, '{}', headers)
        // A dialect's own shape of errors may not show the code; the status it must.
        if (status !== 403 || (body.code !== undefined && body.code !== 'cross_site_request'))
          wrong.push(`${method} ${path} ${JSON.stringify(forgery)}: ${status} ${body.code}`)
      }
      const own = await browser.send(method, url, '[]', OWN_PAGE)
      if (own.body.code === 'cross_site_request') wrong.push(`${method} ${path} refuses our own page`)
    }
    expect(wrong).toEqual([])
    expect((await browser.call('GET', '/v1/me')).status).toBe(200)
  })

  it('of an older browser are told by their Origin', async () => {
    const browser = await signedIn()
    const origin = server.url
    const headers = { ...OWN_PAGE, 'sec-fetch-site': undefined, origin }
    const own = await browser.send('PATCH', '/v1/organization', { name: 'Acme' }, headers)
    expect(own.status).toBe(200)
  })

  it('sign no browser in as somebody it is not', async () => {
    for (const forgery of FORGERIES) {
      const browser = new Browser(server)
      const headers = { ...OWN_PAGE, ...forgery }
      const body = { email: 'ada@example.com', password: PASSWORD, cookie: true }
      const answer = await browser.send('POST', '/v1/sessions', body, headers)
      if (headers.origin === 'http://HOST') continue
      expect([answer.status, browser.session]).toEqual([403, undefined])
    }
  })

  it('do as they please with a key: no browser sends one by itself', async () => {
    const browser = await signedIn()
    const authorization = `Bearer ${await server.makeKey()}`
    const headers = { authorization, 'content-type': 'application/json' }
    expect((await browser.send('POST', LOG, { action: 'a.a' }, headers)).status).toBe(201)
  })
})

describe('a GET', () => {
  it('by cookie changes nothing: no route leaves a trace but those of having read', async () => {
    const browser = await signedIn()
    const isReading = (action: string) => action === 'log.read' || action === 'log.exported'
    const actions = async () =>
      (await entriesOf('acme', 'limit=200')).filter(({ action }: { action: string }) => !isReading(action))
    const before = await actions()
    for (const { method, path } of server.counterfoil.http.routeTable.routes) {
      if (method !== 'GET' || path.startsWith('/v1/sso/')) continue
      await browser.call('GET', path.replace(':id', 'x'))
    }
    await server.counterfoil.selfAudit.settled()
    expect(before.length).toBeLessThan(200)
    expect((await actions()).length).toBe(before.length)
  })
})
