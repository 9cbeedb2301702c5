import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { COUNTERFOIL } from '../../access/administration/doer.js'
import { setSso } from '../../access/administration/sso.js'
import { fromBase32, totpCode } from '../../access/totp.js'
import { everyValue } from '../../postgres/testing/every-value.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { Browser } from './testing/browser.js'
import { CHEAP, NO_LIMITS } from './testing/people.js'
import { makePerson } from './testing/world.js'

const PLANTED_MIN = 90
const logged: string[] = []
const sink = new Writable({
  write(chunk, _encoding, done) {
    logged.push(String(chunk))
    done()
  },
})

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({ audit_reads: 'all' }, undefined, {
    logger: pino({ level: 'debug' }, sink),
    hashingCost: CHEAP,
    signInLimits: NO_LIMITS,
  })
})
afterAll(() => server.close())

/** Every file under a folder, with what is in it. The search engine takes files away meanwhile, which then hold nothing. */
function files(folder: string): (readonly [path: string, bytes: Buffer])[] {
  return orGone(() => readdirSync(folder)).flatMap((name) => {
    const path = join(folder, name)
    return orGone(() => (statSync(path).isDirectory() ? files(path) : [[path, readFileSync(path)] as const]))
  })
}

function orGone<T>(look: () => T[]): T[] {
  try {
    return look()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Every entry of a log with all that it has. */
async function everyEntry(slug: string): Promise<string[]> {
  await server.counterfoil.selfAudit.settled()
  const token = await server.makeKey({ slug, scopes: ['audit:read'] })
  const pages: string[] = []
  for (let cursor = ''; ; ) {
    const path = `/v1/audit_log_entries?limit=200&expand[]=data.actor&expand[]=data.diff${cursor}`
    const { body } = await server.call(token, 'GET', path)
    expect(body.data.length).toBeGreaterThan(0)
    pages.push(JSON.stringify(body))
    if (body.next_cursor === null) return pages
    cursor = `&cursor=${body.next_cursor}`
  }
}

/** Everything that people sign in with, used and wasted: links, passwords, cookies, second factors, a client secret. */
async function plantSignIn(owner: string, planted: Map<string, string>, answers: string[]): Promise<void> {
  const post = async (path: string, body: object, token?: string) =>
    (await server.call(token, 'POST', path, body)).body
  const wrong = async (path: string, body: object) => {
    const answer = await server.call(undefined, 'POST', path, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    answers.push(JSON.stringify(answer.body))
  }
  for (let i = 0; i < 4; i++) {
    const email = `person${i}@example.com`
    const plant = (what: string, secret: string) => planted.set(`${what} of ${i}`, secret)
    const { link } = await post('/v1/invitations', { email, role: 'member' }, owner)
    const invitation = link.split('#')[1] as string
    plant('invitation', invitation)
    const first = `first-password-${i}-h2Jq7zTw9LmXc4Vb`
    plant('first password', first)
    await wrong('/v1/invitations/accept', { token: `${invitation}x`, password: first })
    const accepted = await post('/v1/invitations/accept', { token: invitation, password: first })
    expect(accepted.object).toBe('accepted_invitation')
    const { personId = '' } = (await server.counterfoil.access.people.find(email)) ?? {}
    const reset = await post(`/v1/people/${personId}/password_reset`, {}, owner)
    const resetToken = reset.link.split('#')[1] as string
    plant('reset', resetToken)
    const password = `second-password-${i}-k8Rw3pYs6NdFg1Hj`
    plant('second password', password)
    const { status } = await server.call(undefined, 'POST', '/v1/password_resets/use', {
      token: resetToken,
      password,
    })
    expect(status).toBe(204)
    await wrong('/v1/password_resets/use', { token: resetToken, password })
    const browser = new Browser(server)
    await browser.call('POST', '/v1/sessions', { email, password, cookie: true })
    plant('cookie', browser.session as string)
    const { body: offer } = await browser.call('POST', '/v1/me/second_factor', { password })
    plant('second factor', offer.secret)
    const code = totpCode(fromBase32(offer.secret), Date.now())
    const { body: confirmed } = await browser.call('POST', '/v1/me/second_factor/confirm', { code })
    for (const [n, recovery] of confirmed.recovery_codes.slice(0, 3).entries())
      plant(`recovery code ${n}`, recovery)
    const pending = await post('/v1/sessions', { email, password })
    plant('pending sign-in', pending.pending_token)
    await wrong('/v1/sessions/second_factor', { pending_token: pending.pending_token, code: '000000' })
    const second = { pending_token: pending.pending_token, recovery_code: confirmed.recovery_codes[0] }
    plant('session after two steps', (await post('/v1/sessions/second_factor', second)).token)
    await wrong('/v1/sessions/second_factor', second)
    answers.push(JSON.stringify((await browser.call('GET', '/v1/me')).body))
  }
  const secret = 'client-secret-b5Nq8xWz2KcTy7Rd'
  planted.set('client secret', secret)
  const { access } = server.counterfoil
  const organization = await access.findOrganization('acme')
  if (organization === undefined) throw new Error('there is no organization')
  await setSso(access, COUNTERFOIL, organization, {
    issuer: 'https://id.example.com',
    clientId: 'c',
    clientSecret: secret,
    domains: ['example.com'],
    defaultRole: 'member',
    autoCreate: false,
    required: false,
  })
  for (const path of ['/v1/sso', '/v1/invitations', '/v1/sessions', '/v1/people'])
    answers.push(JSON.stringify((await server.call(owner, 'GET', path)).body))
}

it(`finds none of ${PLANTED_MIN} secrets on disk, in logs, metrics or answers to anybody else`, async () => {
  const planted = new Map<string, string>()
  const answers: string[] = []
  const { access } = server.counterfoil
  const organization = await access.createOrganization('acme')
  const owner = (
    await access.sessions.create(await makePerson(access, organization, 'owner'), organization.id, 'live')
  ).token
  planted.set('session', owner)
  const call = async (method: string, path: string, body?: unknown, token = owner) => {
    const answer = await server.call(token, method, path, body)
    if (answer.status !== 201) answers.push(JSON.stringify(answer.body))
    return answer.body
  }
  await call('PATCH', '/v1/organization', { view_tokens_again: true })
  for (let i = 0; i < 10; i++) {
    const key = { name: `k${i}`, mode: 'live', scopes: ['audit:read', 'viewer_tokens:create'] }
    const made = await call('POST', '/v1/api_keys', key)
    planted.set(`key ${i}`, made.token)
    const pair = await call('POST', '/v1/api_keys', { ...key, kind: 'key_pair' })
    planted.set(`secret ${i}`, pair.secret)
    const personal = await call('POST', '/v1/me/personal_tokens', { name: `t${i}` })
    planted.set(`personal token ${i}`, personal.token)
    const viewer = await call('POST', '/v1/viewer_tokens', {}, made.token)
    planted.set(`viewer token ${i}`, viewer.token)
    const shown = await call('POST', `/v1/me/personal_tokens/${personal.id}/reveal`)
    expect(shown.token).toBe(personal.token)
    for (const token of [made.token, personal.token, viewer.token])
      await call('GET', '/v1/audit_log_entries', undefined, token)
    // Secrets where they do not belong: wrong, cut, in the wrong place.
    await call('GET', '/v1/audit_log_entries', undefined, `${made.token}x`)
    await call('DELETE', `/v1/api_keys/${pair.id}`)
  }
  for (let i = 0; i < 10; i++) {
    const password = `planted-password-${i}-8Ffq2`
    planted.set(`password ${i}`, password)
    // One of them in the field of the address, as it happens to people.
    const email = i % 2 === 0 ? `nobody${i}@example.com` : password
    const answer = await server.call(undefined, 'POST', '/v1/sessions', { email, password })
    if (i < 5) answers.push(JSON.stringify(answer.body))
  }
  await plantSignIn(owner, planted, answers)
  expect(planted.size).toBeGreaterThanOrEqual(PLANTED_MIN)
  const metrics = (await server.call(undefined, 'GET', '/metrics')).body as string
  for (const path of ['/v1/api_keys', '/v1/me/personal_tokens', '/v1/me', '/v1/audit_log_entries?limit=200'])
    await call('GET', path)
  // Entries rest deflated: what is in them is looked for in what they are read back as.
  answers.push(...(await everyEntry('acme')), ...(await everyEntry('_platform')))
  const { directory, environment } = server
  const database_url = environment.COUNTERFOIL_DATABASE_URL
  const everything = async () => [
    ...files(directory),
    ...(database_url === undefined ? [] : await everyValue(database_url)),
  ]
  const found: string[] = []
  const search = (what: string, secret: string) => {
    // The part after the public id is what has to stay unseen; a whole token is found by it as well.
    const needle = secret.slice(-30)
    for (const [path, bytes] of contents) if (bytes.includes(needle)) found.push(`${what} in ${path}`)
    if (metrics.includes(needle)) found.push(`${what} in metrics`)
    if (logged.some((line) => line.includes(needle))) found.push(`${what} in the log`)
    if (answers.some((text) => text.includes(needle))) found.push(`${what} in an answer`)
  }
  let contents = await everything()
  for (const [what, secret] of planted) search(what, secret)
  await server.counterfoil.close()
  contents = await everything()
  for (const [what, secret] of planted) search(what, secret)
  // The search does find what is there.
  const masterKey = readFileSync(join(server.directory, 'master.key'), 'utf8').trim()
  expect(contents.filter(([, bytes]) => bytes.includes(masterKey)).map(([path]) => path)).toEqual([
    join(server.directory, 'master.key'),
  ])
  expect(contents.some(([, bytes]) => bytes.includes('acme'))).toBe(true)
  server = await openTestServer(database_url === undefined ? {} : { database_url }, directory)
  expect(found).toEqual([])
}, 120_000)
