import { createSign, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { Browser, type BrowserAnswer } from './testing/browser.js'
import {
  type Acting,
  CLIENT_SECRET,
  makeKey,
  openProvider,
  providerKey,
  type Tampering,
  type TokenAnswer,
  toJwk,
} from './testing/openid-provider.js'
import { CHEAP, entriesOf, NO_LIMITS, PASSWORD, person, tokenOf } from './testing/people.js'

const START = '/v1/sso/acme/start'

let server: TestServer
let providerServer: Server
let issuer: string
let publicUrl: string
/** Whom the provider knows: the claims of who signs in next. */
/** Whom the provider knows, and what becomes of its answers on their way. */
const acting: Acting = { account: {}, tamper: {} }
const otherKey = makeKey('other')
const rotatedKey = makeKey('rotated')

beforeAll(async () => {
  const port = await freePort()
  publicUrl = `http://127.0.0.1:${port}`
  server = await openTestServer({ public_url: publicUrl, sso_private_addresses: 'allow' }, undefined, {
    hashingCost: CHEAP,
    signInLimits: NO_LIMITS,
  })
  await person(server, 'owner@example.com', { acme: 'owner', globex: 'owner' })
  providerServer = createServer()
  await new Promise<void>((resolve) => providerServer.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(providerServer.address() as AddressInfo).port}`
  providerServer.on(
    'request',
    openProvider({ issuer, redirectUri: `${publicUrl}/v1/sso/acme/callback`, acting }).callback(),
  )
  await setSso()
}, 60_000)
afterAll(async () => {
  await server.close()
  providerServer.closeAllConnections()
  await new Promise((resolve) => providerServer.close(resolve))
})
beforeEach(() => {
  acting.tamper = {}
  acting.account = { sub: randomUUID(), email: 'ada@example.com', email_verified: true, name: 'Ada' }
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

async function setSso(more: object = {}) {
  const owner = await tokenOf(server, 'owner@example.com', 'acme')
  const { status, body } = await server.call(owner, 'PUT', '/v1/sso', {
    issuer,
    client_id: 'counterfoil',
    client_secret: CLIENT_SECRET,
    domains: ['example.com'],
    ...more,
  })
  expect(body).toMatchObject({ object: 'sso', issuer })
  expect(status).toBe(200)
  return body
}

/** From the start to where the provider sends the browser back to. */
async function toCallback(browser: Browser, start = START): Promise<URL> {
  const started = await browser.call('GET', start)
  expect(started.status).toBe(302)
  let url = new URL(started.headers.get('location') as string)
  const cookies = new Map<string, string>()
  for (let i = 0; i < 10 && !url.href.startsWith(publicUrl); i++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) as unknown as [string, string, string]
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    if (location === null) throw new Error(`the provider answers ${answer.status}: ${await answer.text()}`)
    url = new URL(location, url)
  }
  return url
}
const comeBack = (browser: Browser, url: URL): Promise<BrowserAnswer> =>
  browser.call('GET', url.pathname + url.search)
async function signedIn(browser = new Browser(server)): Promise<{ browser: Browser; answer: BrowserAnswer }> {
  return { browser, answer: await comeBack(browser, await toCallback(browser)) }
}

describe('signing in at the provider', () => {
  it('is a session of the person with the verified address, in this organization alone', async () => {
    await person(server, 'ada@example.com', { acme: 'auditor', globex: 'owner' })
    const browser = new Browser(server)
    const answer = await comeBack(browser, await toCallback(browser, `${START}?return_to=/entries%3Fa=b`))
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/entries?a=b'])
    expect(answer.setCookies.some((cookie) => /^counterfoil-sso=; .*Max-Age=0/.test(cookie))).toBe(true)
    const me = await browser.call('GET', '/v1/me')
    expect(me.body).toMatchObject({
      role: 'auditor',
      session: { method: 'sso', form: 'cookie' },
      organizations: [{ slug: 'acme' }],
    })
    // The provider of one organization vouches for nobody in another.
    const header = { 'x-organization': 'globex' }
    expect((await browser.call('GET', '/v1/me', undefined, header)).status).toBe(404)
    const change = { current_password: PASSWORD, password: 'a password by another way' }
    expect((await browser.call('POST', '/v1/me/password', change)).status).toBe(403)
    const [entry] = await entriesOf(server, 'acme', 'action=session.created&actor_label=ada@example.com')
    expect(entry.metadata).toMatchObject({ method: 'sso' })
  })

  it('knows a person again by the subject, also under another address', async () => {
    await person(server, 'known@example.com', { acme: 'member' })
    acting.account = { ...acting.account, email: 'known@example.com' }
    await signedIn()
    acting.account = { ...acting.account, email: 'renamed@example.com', email_verified: false }
    const { browser } = await signedIn()
    expect((await browser.call('GET', '/v1/me')).body.person.email).toBe('known@example.com')
    // Somebody else who was given the address does not get the account.
    acting.account = {
      ...acting.account,
      sub: randomUUID(),
      email: 'known@example.com',
      email_verified: true,
    }
    expect((await signedIn()).answer).toMatchObject({ status: 401, body: { code: 'sso_failed' } })
  })

  it.each([
    [
      'an address that is not verified',
      { email: 'ada@example.com', email_verified: false },
      'email_not_verified',
    ],
    [
      'an address of which nothing is said',
      { email: 'ada@example.com', email_verified: undefined },
      'email_not_verified',
    ],
    ['no address', { email: undefined }, 'email_not_verified'],
    ['another domain', { email: 'ada@example.org' }, 'domain_not_allowed'],
    ['a subdomain', { email: 'ada@sub.example.com' }, 'domain_not_allowed'],
    ['a domain with more before it', { email: 'ada@evil-example.com' }, 'domain_not_allowed'],
    ['two at signs', { email: 'ada@example.org@example.com' }, 'email_not_verified'],
    ['somebody unknown', { email: 'unknown@example.com' }, 'unknown_person'],
  ])('refuses %s, and the log of the organization says why', async (_what, claims, reason) => {
    acting.account = { ...acting.account, ...claims }
    const { browser, answer } = await signedIn()
    expect([answer.status, answer.body.code, browser.session]).toEqual([401, 'sso_failed', undefined])
    const [entry] = await entriesOf(server, 'acme', 'action=session.refused&limit=1')
    expect(entry).toMatchObject({ outcome: 'denied', error_code: 'sso_failed', metadata: { reason } })
  })

  it('makes somebody unknown a person where that is switched on, with the role that is set', async () => {
    await setSso({ auto_create: true, default_role: 'auditor' })
    acting.account = { ...acting.account, email: 'Fresh@Example.com', name: 'Fresh\nName' }
    const { browser } = await signedIn()
    expect((await browser.call('GET', '/v1/me')).body).toMatchObject({
      role: 'auditor',
      person: { email: 'fresh@example.com', name: 'FreshName' },
    })
    await setSso()
  })

  it('is the only way in where it is required', async () => {
    await person(server, 'sso-only@example.com', { acme: 'member' })
    const before = await tokenOf(server, 'sso-only@example.com', 'acme')
    await setSso({ required: true })
    expect((await server.call(before, 'GET', '/v1/me')).status).toBe(401)
    const signIn = { email: 'sso-only@example.com', password: PASSWORD }
    const refused = await server.call(undefined, 'POST', '/v1/sessions', signIn)
    expect(refused).toMatchObject({ status: 403, body: { code: 'sso_required', start: START } })
    const wrong = await server.call(undefined, 'POST', '/v1/sessions', { ...signIn, password: 'x' })
    expect(wrong.body.code).toBe('invalid_sign_in')
    acting.account = { ...acting.account, email: 'sso-only@example.com' }
    const { browser } = await signedIn()
    expect((await browser.call('GET', '/v1/me')).status).toBe(200)
    await server.counterfoil.access.sso.remove(
      (await server.counterfoil.access.findOrganization('acme'))?.id ?? '',
    )
    await setSso()
  })
})

describe('what comes back', () => {
  beforeAll(async () => {
    if ((await server.counterfoil.access.people.find('ada@example.com')) === undefined)
      await person(server, 'ada@example.com', { acme: 'auditor' })
    const { access } = server.counterfoil
    const organizationId = (await access.findOrganization('acme'))?.id ?? ''
    await access.sso.remove(organizationId)
    await setSso()
  })
  beforeEach(() => {
    acting.account = { ...acting.account, sub: 'ada' }
  })

  type Claims = Record<string, unknown>
  const claimsOf = (jwt: string): Claims =>
    JSON.parse(Buffer.from(jwt.split('.')[1] as string, 'base64url').toString())
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  function signed(claims: Claims, header: object = {}, key = providerKey): string {
    const unsigned = `${base64({ alg: 'RS256', kid: 'provider', typ: 'JWT', ...header })}.${base64(claims)}`
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key.privateKey).toString('base64url')}`
  }
  /** The provider's own token with other claims, or signed otherwise. */
  const withToken = (change: (claims: Claims, jwt: string) => string) => ({
    token: (answer: TokenAnswer) => ({
      ...answer,
      id_token: change(claimsOf(answer.id_token), answer.id_token),
    }),
  })
  const withClaims = (more: (claims: Claims) => Claims) =>
    withToken((claims) => signed({ ...claims, ...more(claims) }))
  const nowS = () => Math.floor(Date.now() / 1_000)

  const FORGED: readonly (readonly [what: string, tamper: () => Tampering])[] = [
    ['another issuer', () => withClaims(() => ({ iss: 'https://evil.example' }))],
    ['the issuer with a slash', () => withClaims(() => ({ iss: `${issuer}/` }))],
    ['no issuer', () => withClaims(() => ({ iss: undefined }))],
    ['another audience', () => withClaims(() => ({ aud: 'somebody-else' }))],
    [
      'several audiences and no authorized party',
      () => withClaims(() => ({ aud: ['counterfoil', 'other'], azp: undefined })),
    ],
    ['another authorized party', () => withClaims(() => ({ aud: ['counterfoil', 'other'], azp: 'other' }))],
    ['no audience', () => withClaims(() => ({ aud: undefined }))],
    ['another nonce', () => withClaims(() => ({ nonce: 'of another sign-in' }))],
    ['no nonce', () => withClaims(() => ({ nonce: undefined }))],
    ['no subject', () => withClaims(() => ({ sub: undefined }))],
    ['a subject that is no text', () => withClaims(() => ({ sub: 42 }))],
    ['expiry five minutes ago', () => withClaims(() => ({ exp: nowS() - 300 }))],
    ['no expiry', () => withClaims(() => ({ exp: undefined }))],
    ['making in five minutes', () => withClaims(() => ({ iat: nowS() + 300 }))],
    ['making more than five minutes ago', () => withClaims(() => ({ iat: nowS() - 310 }))],
    ['no time of making', () => withClaims(() => ({ iat: undefined }))],
    ['a beginning in five minutes', () => withClaims(() => ({ nbf: nowS() + 300 }))],
    ['the algorithm none', () => withToken((claims) => `${base64({ alg: 'none' })}.${base64(claims)}.`)],
    ['the algorithm None', () => withToken((claims) => `${base64({ alg: 'None' })}.${base64(claims)}.`)],
    ['an HMAC with the public key', () => withToken((claims) => signed(claims, { alg: 'HS256' }))],
    ['the name of another algorithm', () => withToken((claims) => signed(claims, { alg: 'PS256' }))],
    [
      'the signature of another key under this key id',
      () => withToken((claims) => signed(claims, {}, otherKey)),
    ],
    ['a key id that there is not', () => withToken((claims) => signed(claims, { kid: 'other' }, otherKey))],
    [
      'a key in its own header',
      () => withToken((claims) => signed(claims, { kid: 'other', jwk: toJwk(otherKey) }, otherKey)),
    ],
    [
      'a key at a URL in its header',
      () =>
        withToken((claims) => signed(claims, { kid: 'other', jku: 'https://evil.example/jwks' }, otherKey)),
    ],
    [
      'a critical header that nobody knows',
      () => withToken((claims) => signed(claims, { crit: ['x'], x: 1 })),
    ],
    [
      'claims that were changed after signing',
      () =>
        withToken((claims, jwt) => {
          const [header, , signature] = jwt.split('.') as [string, string, string]
          return `${header}.${base64({ ...claims, email: 'owner@example.com' })}.${signature}`
        }),
    ],
    ['no signature', () => withToken((_claims, jwt) => `${jwt.slice(0, jwt.lastIndexOf('.'))}.`)],
    ['no ID token', () => ({ token: ({ id_token: _, ...rest }) => rest })],
    ['an ID token that is none', () => withToken(() => 'x.y.z')],
    ['keys that were changed to others', () => ({ jwks: () => ({ keys: [toJwk(rotatedKey)] }) })],
    ['no keys', () => ({ jwks: () => ({ keys: [] }) })],
  ]

  it(`${FORGED.length} forged tokens let nobody in`, async () => {
    expect(FORGED.length).toBeGreaterThanOrEqual(30)
    const wrong: string[] = []
    for (const [what, make] of FORGED) {
      const browser = new Browser(server)
      const url = await toCallback(browser)
      acting.tamper = make()
      const { status, body } = await comeBack(browser, url)
      acting.tamper = {}
      if (status !== 401 || body.code !== 'sso_failed' || browser.session !== undefined)
        wrong.push(`${what}: ${status} ${JSON.stringify(body)}`)
      if (JSON.stringify(body).includes(CLIENT_SECRET)) wrong.push(`${what}: tells the secret`)
    }
    expect(wrong).toEqual([])
    // What is refused is refused for the forgery: the same without it leads in.
    expect((await signedIn()).answer.status).toBe(302)
  })

  it.each([
    ['the state', (url: URL) => url.searchParams.set('state', 'of another sign-in')],
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['another code', (url: URL) => url.searchParams.set('code', 'x')],
    ['no code', (url: URL) => url.searchParams.delete('code')],
    ['an error', (url: URL) => url.searchParams.set('error', 'access_denied')],
    ['the state twice', (url: URL) => url.searchParams.append('state', 'x')],
  ])('in another address lets nobody in: %s', async (_what, change) => {
    const browser = new Browser(server)
    const url = await toCallback(browser)
    change(url)
    const answer = await comeBack(browser, url)
    expect([answer.status, answer.body.code, browser.session]).toEqual([401, 'sso_failed', undefined])
  })

  it('to another browser, a second time, or with another verifier lets nobody in', async () => {
    const browser = new Browser(server)
    const url = await toCallback(browser)
    const other = new Browser(server)
    expect((await comeBack(other, url)).body.code).toBe('sso_failed')
    // Another sign-in's cookie: state, nonce and verifier are those of that one.
    await toCallback(other)
    expect((await comeBack(other, url)).body.code).toBe('sso_failed')
    const cookie = browser.cookies.get('counterfoil-sso') as string
    expect((await comeBack(browser, url)).status).toBe(302)
    browser.cookies.set('counterfoil-sso', cookie)
    expect((await comeBack(browser, url)).body.code).toBe('sso_failed')
  })

  it('in a browser leads back to the page where one signs in, which is told why', async () => {
    const visit = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
    const browser = new Browser(server)
    const url = await toCallback(browser)
    const failed = await new Browser(server).call('GET', url.pathname + url.search, undefined, visit)
    const location = new URL(failed.headers.get('location') as string, publicUrl)
    expect([failed.status, location.origin, location.pathname]).toEqual([302, publicUrl, '/sign-in'])
    const told = Object.fromEntries(location.searchParams)
    expect(told).toEqual({ problem: 'sso_failed', sso: 'acme', request_id: expect.stringMatching(/^req_/) })
    const unknown = await browser.call('GET', '/v1/sso/nowhere/start', undefined, visit)
    expect(unknown.headers.get('location')).toMatch(
      /^\/sign-in\?problem=not_found&sso=nowhere&request_id=req_/,
    )
    const elsewhere = await browser.call(
      'GET',
      '/v1/sso/acme/start?return_to=//evil.example',
      undefined,
      visit,
    )
    expect(elsewhere.headers.get('location')).toMatch(/^\/sign-in\?problem=invalid_request&/)
    // Programs are told as ever.
    expect((await browser.call('GET', '/v1/sso/nowhere/start')).status).toBe(404)
  })

  it('is refused by the provider without the right verifier', async () => {
    const browser = new Browser(server)
    const url = await toCallback(browser)
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: url.searchParams.get('code') as string,
      redirect_uri: `${publicUrl}/v1/sso/acme/callback`,
      client_id: 'counterfoil',
      client_secret: CLIENT_SECRET,
    })
    expect((await fetch(`${issuer}/token`, { method: 'POST', body })).status).toBe(400)
  })

  it('by a key that the provider has changed to is taken', async () => {
    const browser = new Browser(server)
    const url = await toCallback(browser)
    acting.tamper = {
      ...withToken((claims) => signed(claims, { kid: 'rotated' }, rotatedKey)),
      jwks: () => ({ keys: [toJwk(rotatedKey)] }),
    }
    expect((await comeBack(browser, url)).status).toBe(302)
  })

  it('within a minute of our clock is taken', async () => {
    const browser = new Browser(server)
    const url = await toCallback(browser)
    acting.tamper = withClaims(() => ({ iat: nowS() + 50, exp: nowS() - 50 }))
    expect((await comeBack(browser, url)).status).toBe(302)
  })
})

describe('the settings', () => {
  it('are for owners, and never show the secret', async () => {
    await person(server, 'admin@example.com', { acme: 'admin' })
    const admin = await tokenOf(server, 'admin@example.com')
    expect((await server.call(admin, 'GET', '/v1/sso')).status).toBe(403)
    const owner = await tokenOf(server, 'owner@example.com', 'acme')
    const { body } = await server.call(owner, 'GET', '/v1/sso')
    expect(body).toMatchObject({ has_client_secret: true, default_role: 'member' })
    expect(JSON.stringify(body)).not.toContain(CLIENT_SECRET)
    const [entry] = await entriesOf(server, 'acme', 'action=sso.updated')
    expect(JSON.stringify(entry)).not.toContain(CLIENT_SECRET)
  })

  it.each([
    ['issuer', 'not a url'],
    ['issuer', 'ftp://provider.example'],
    ['issuer', 'https://provider.example/?x=y'],
    ['issuer', 'https://user@provider.example/'],
    ['issuer', 'https://provider.example/.well-known/openid-configuration'],
    ['domains', []],
    ['domains', ['example.com/x']],
    ['domains', ['*.example.com']],
    ['domains', ['com']],
    ['default_role', 'emperor'],
  ])('refuse a wrong %s: %j', async (param, value) => {
    const owner = await tokenOf(server, 'owner@example.com', 'acme')
    const body = { issuer, client_id: 'counterfoil', domains: ['example.com'], [param]: value }
    expect(await server.call(owner, 'PUT', '/v1/sso', body)).toMatchObject({ status: 400, body: { param } })
  })

  it('say when there is no provider where they lead, or it names itself otherwise', async () => {
    const owner = await tokenOf(server, 'owner@example.com', 'acme')
    const set = (more: object) =>
      server.call(owner, 'PUT', '/v1/sso', { issuer, client_id: 'c', domains: ['example.com'], ...more })
    expect((await set({ issuer: 'http://127.0.0.1:1/' })).body.code).toBe('sso_unreachable')
    acting.tamper = { discovery: (document) => ({ ...document, issuer: 'https://evil.example' }) }
    expect((await set({})).body.code).toBe('sso_unreachable')
    acting.tamper = { discovery: (document) => ({ ...document, filler: 'x'.repeat(70_000) }) }
    expect((await set({})).body.hint).toContain('more than 65536 bytes')
  })

  it('give the secret to no other issuer that is named later', async () => {
    const owner = await tokenOf(server, 'owner@example.com', 'acme')
    const { access } = server.counterfoil
    const id = (await access.findOrganization('acme'))?.id ?? ''
    const sso = await access.sso.find(id)
    const { setSso: change } = await import('../../access/administration/sso.js')
    const { COUNTERFOIL } = await import('../../access/administration/doer.js')
    const organization = await access.findOrganization('acme')
    if (organization === undefined || sso === undefined) throw new Error('not set')
    const settings = {
      issuer: 'https://elsewhere.example',
      clientId: 'c',
      domains: ['example.com'],
      defaultRole: 'member',
      autoCreate: false,
      required: false,
    }
    expect((await change(access, COUNTERFOIL, organization, settings)).sealedSecret).toBe(undefined)
    await setSso()
    expect((await server.call(owner, 'DELETE', '/v1/sso')).status).toBe(204)
    expect((await new Browser(server).call('GET', START)).status).toBe(404)
    await setSso()
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'entries',
    '/a b',
    '/\t/evil.example',
  ])('lead nobody elsewhere afterwards: %j', async (path) => {
    const answer = await new Browser(server).call('GET', `${START}?return_to=${encodeURIComponent(path)}`)
    expect(answer).toMatchObject({ status: 400, body: { param: 'return_to' } })
  })
})
