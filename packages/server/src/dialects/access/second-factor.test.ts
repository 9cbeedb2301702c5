import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromBase32, totpCode } from '../../access/totp.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { Browser } from './testing/browser.js'
import { CHEAP, entriesOf, NO_LIMITS, PASSWORD, person, tokenOf } from './testing/people.js'

const STEP_MS = 30_000
let server: TestServer
let nowMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
beforeAll(async () => {
  server = await openTestServer({}, undefined, {
    now: () => nowMs,
    hashingCost: CHEAP,
    signInLimits: NO_LIMITS,
  })
  await person(server, 'owner@example.com', { acme: 'owner' })
})
afterAll(() => server.close())

const code = (secret: string, steps = 0) => totpCode(fromBase32(secret), nowMs + steps * STEP_MS)
const post = (path: string, body: object, token?: string) => server.call(token, 'POST', path, body)
const signIn = (email: string, more: object = {}) =>
  post('/v1/sessions', { email, password: PASSWORD, ...more })
const secondStep = (pending: string, more: object) =>
  post('/v1/sessions/second_factor', { pending_token: pending, ...more })

/** Somebody with a second factor. */
async function enrolled(email: string, roles: Record<string, string> = { acme: 'member' }) {
  await person(server, email, roles)
  const token = await tokenOf(server, email)
  const { body: offer } = await post('/v1/me/second_factor', { password: PASSWORD }, token)
  const { status, body } = await post('/v1/me/second_factor/confirm', { code: code(offer.secret) }, token)
  expect(status).toBe(201)
  // The code of this step is used up.
  nowMs += STEP_MS
  return {
    secret: offer.secret as string,
    codes: body.recovery_codes as string[],
    token: body.token as string,
    before: token,
  }
}
async function pendingOf(email: string, more: object = {}): Promise<string> {
  const { status, body } = await signIn(email, more)
  expect([status, body.object, body.next]).toEqual([202, 'pending_sign_in', 'second_factor'])
  return body.pending_token
}

describe('enrolling', () => {
  it('needs the password and a code, gives ten recovery codes once, and renews the session', async () => {
    await person(server, 'enrol@example.com', { acme: 'member' })
    const token = await tokenOf(server, 'enrol@example.com')
    const other = await tokenOf(server, 'enrol@example.com')
    expect((await post('/v1/me/second_factor', { password: 'not it' }, token)).status).toBe(401)
    expect((await post('/v1/me/second_factor/confirm', { code: '123456' }, token)).body.code).toBe(
      'no_second_factor',
    )
    const { body: offer } = await post('/v1/me/second_factor', { password: PASSWORD }, token)
    expect(offer.otpauth_url).toContain(`secret=${offer.secret}`)
    // Nothing counts before it is confirmed.
    expect((await signIn('enrol@example.com')).status).toBe(201)
    const wrong = await post('/v1/me/second_factor/confirm', { code: code(offer.secret, 5) }, token)
    expect(wrong.body.code).toBe('invalid_code')
    const { body } = await post('/v1/me/second_factor/confirm', { code: code(offer.secret) }, token)
    expect(new Set(body.recovery_codes).size).toBe(10)
    for (const one of body.recovery_codes) expect(one).toMatch(/^(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}$/)
    for (const old of [token, other]) expect((await server.call(old, 'GET', '/v1/me')).status).toBe(401)
    const me = (await server.call(body.token, 'GET', '/v1/me')).body
    expect(me).toMatchObject({
      second_factor: { enabled: true, recovery_codes_left: 10 },
      session: { second_factor: true },
    })
    const again = await post('/v1/me/second_factor', { password: PASSWORD }, body.token)
    expect(again.body.code).toBe('second_factor_exists')
    expect(await entriesOf(server, 'acme', 'action=second_factor.enabled')).toHaveLength(1)
    const { secondFactor } = (await server.counterfoil.access.people.find('enrol@example.com')) ?? {}
    expect(Buffer.from(secondFactor as Uint8Array).includes(offer.secret)).toBe(false)
  })

  it('another authenticator takes a code of the present one', async () => {
    const { secret, token } = await enrolled('another@example.com')
    const wrong = await post('/v1/me/second_factor', { password: PASSWORD, code: code(secret, 9) }, token)
    expect(wrong.body.code).toBe('invalid_code')
    const { body: offer } = await post(
      '/v1/me/second_factor',
      { password: PASSWORD, code: code(secret) },
      token,
    )
    await post('/v1/me/second_factor/confirm', { code: code(offer.secret) }, token)
    nowMs += STEP_MS
    const pending = await pendingOf('another@example.com')
    expect((await secondStep(pending, { code: code(secret) })).status).toBe(401)
    expect((await secondStep(pending, { code: code(offer.secret) })).status).toBe(201)
  })
})

describe('signing in in two steps', () => {
  it('gives a session after the second, and nothing before it', async () => {
    const { secret } = await enrolled('two@example.com')
    const pending = await pendingOf('two@example.com')
    for (const path of ['/v1/me', '/v1/audit_log_entries', '/v1/me/sessions'])
      expect((await server.call(pending, 'GET', path)).status).toBe(401)
    const { status, body } = await secondStep(pending, { code: code(secret) })
    expect(status).toBe(201)
    expect((await server.call(body.token, 'GET', '/v1/me')).body.session.second_factor).toBe(true)
    expect((await secondStep(pending, { code: code(secret, 1) })).body.code).toBe('session_ended')
  })

  it('takes each code once, one step early or late', async () => {
    const { secret } = await enrolled('once@example.com')
    const late = code(secret, -1)
    nowMs += STEP_MS
    expect((await secondStep(await pendingOf('once@example.com'), { code: code(secret, -1) })).status).toBe(
      201,
    )
    expect(late).not.toBe(code(secret, -1))
    expect((await secondStep(await pendingOf('once@example.com'), { code: code(secret, -1) })).status).toBe(
      401,
    )
    expect((await secondStep(await pendingOf('once@example.com'), { code: code(secret, 1) })).status).toBe(
      201,
    )
    // The code between them is older than the newest that was taken.
    expect((await secondStep(await pendingOf('once@example.com'), { code: code(secret) })).status).toBe(401)
  })

  it('is over after five wrong codes, five minutes, or a new password', async () => {
    const { secret } = await enrolled('five@example.com')
    const pending = await pendingOf('five@example.com')
    for (let i = 0; i < 5; i++)
      expect((await secondStep(pending, { code: '000000' })).body.code).toBe('invalid_code')
    expect((await secondStep(pending, { code: code(secret) })).body.code).toBe('session_ended')
    const late = await pendingOf('five@example.com')
    nowMs += 5 * 60_000
    expect((await secondStep(late, { code: code(secret) })).body.code).toBe('session_ended')
    const before = await pendingOf('five@example.com')
    const { access } = server.counterfoil
    const { setPassword } = await import('../../access/administration/passwords.js')
    const { COUNTERFOIL } = await import('../../access/administration/doer.js')
    await setPassword(
      access,
      COUNTERFOIL,
      'five@example.com',
      (await access.people.find('five@example.com'))?.passwordHash ?? '',
    )
    expect((await secondStep(before, { code: code(secret) })).body.code).toBe('session_ended')
    expect(
      (await entriesOf(server, 'acme', 'action=session.refused&actor_label=five@example.com')).length,
    ).toBe(5)
  })

  it('takes a recovery code, as it may be written down, once', async () => {
    const { codes } = await enrolled('recover@example.com')
    const [first = '', second = ''] = codes
    const pending = await pendingOf('recover@example.com')
    expect((await secondStep(pending, { recovery_code: 'AAAA-BBBB-CCCC-DDDD' })).status).toBe(401)
    const { status, body } = await secondStep(pending, {
      recovery_code: first.toLowerCase().replaceAll('-', ' '),
    })
    expect(status).toBe(201)
    expect((await server.call(body.token, 'GET', '/v1/me')).body.second_factor.recovery_codes_left).toBe(9)
    expect((await secondStep(await pendingOf('recover@example.com'), { recovery_code: first })).status).toBe(
      401,
    )
    expect((await secondStep(await pendingOf('recover@example.com'), { recovery_code: second })).status).toBe(
      201,
    )
    expect(await entriesOf(server, 'acme', 'action=second_factor.recovery_code_used')).toHaveLength(2)
  })

  it('works with cookies, from our own page alone', async () => {
    const { secret } = await enrolled('cookie@example.com')
    const browser = new Browser(server)
    const credentials = { email: 'cookie@example.com', password: PASSWORD, cookie: true }
    const { body } = await browser.call('POST', '/v1/sessions', credentials)
    expect(browser.session).toBe(undefined)
    const step = { pending_token: body.pending_token, code: code(secret) }
    expect((await secondStep(body.pending_token, { code: code(secret) })).body.code).toBe(
      'cross_site_request',
    )
    const done = await browser.call('POST', '/v1/sessions/second_factor', step)
    expect([done.status, done.body.token]).toEqual([201, undefined])
    expect((await browser.call('GET', '/v1/me')).status).toBe(200)
  })

  it('is held to five codes a minute and twenty an hour, whoever tries', async () => {
    const limited = await openTestServer({}, undefined, {
      hashingCost: CHEAP,
      signInLimits: { ...NO_LIMITS, codes: { attemptsMax: 5, windowMs: 60_000 } },
    })
    await person(limited, 'held@example.com', { acme: 'member' })
    const token = await tokenOf(limited, 'held@example.com')
    const answers: number[] = []
    for (let i = 0; i < 6; i++)
      answers.push((await limited.call(token, 'POST', '/v1/me/second_factor/confirm', { code: '1' })).status)
    expect(answers).toEqual([409, 409, 409, 409, 409, 429])
    await limited.close()
  })
})

describe('an organization that asks for a second factor', () => {
  it('lets in nobody without one: they enrol while they sign in', async () => {
    await person(server, 'strict-owner@example.com', { strict: 'owner' })
    await person(server, 'strict@example.com', { strict: 'member', lax: 'member' })
    const owner = await tokenOf(server, 'strict-owner@example.com')
    const before = await tokenOf(server, 'strict@example.com', 'strict')
    const lax = new Browser(server)
    await lax.call('POST', '/v1/sessions', {
      email: 'strict@example.com',
      password: PASSWORD,
      organization: 'lax',
      cookie: true,
    })
    const setting = { second_factor_required: true }
    expect((await server.call(owner, 'PATCH', '/v1/organization', setting)).body).toMatchObject(setting)
    for (const token of [owner, before]) expect((await server.call(token, 'GET', '/v1/me')).status).toBe(401)
    expect((await lax.call('GET', '/v1/me')).status).toBe(200)
    const header = { 'x-organization': 'strict' }
    expect((await lax.call('GET', '/v1/me', undefined, header)).body.code).toBe('second_factor_required')
    const { status, body } = await signIn('strict@example.com', { organization: 'strict' })
    expect([status, body.next]).toEqual([202, 'enrol'])
    expect((await secondStep(body.pending_token, { code: '123456' })).body.code).toBe('no_second_factor')
    const { body: offer } = await post('/v1/sessions/second_factor/enrol', {
      pending_token: body.pending_token,
    })
    const done = await secondStep(body.pending_token, { code: code(offer.secret) })
    expect(done.status).toBe(201)
    expect(done.body.recovery_codes).toHaveLength(10)
    nowMs += STEP_MS
    const disable = { password: PASSWORD, code: code(offer.secret) }
    const refused = await post('/v1/me/second_factor/disable', disable, done.body.token)
    expect(refused.body.code).toBe('second_factor_required')
  })
})

describe('disabling', () => {
  it('takes the password and a code; recovery codes end with it', async () => {
    const { secret, codes, token } = await enrolled('off@example.com')
    const renewed = await post(
      '/v1/me/second_factor/recovery_codes',
      { password: PASSWORD, code: code(secret) },
      token,
    )
    expect(renewed.body.recovery_codes).toHaveLength(10)
    nowMs += STEP_MS
    const pending = await pendingOf('off@example.com')
    expect((await secondStep(pending, { recovery_code: codes[0] })).status).toBe(401)
    const disable = (more: object) =>
      post('/v1/me/second_factor/disable', { password: PASSWORD, ...more }, token)
    expect((await disable({})).status).toBe(400)
    expect((await disable({ code: '000000' })).status).toBe(401)
    expect((await disable({ code: code(secret) })).status).toBe(204)
    expect((await signIn('off@example.com')).status).toBe(201)
    expect(await entriesOf(server, 'acme', 'action=second_factor.disabled')).toHaveLength(1)
  })
})
