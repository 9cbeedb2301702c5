import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { CHEAP, entriesOf, NO_LIMITS, PASSWORD, person, tokenOf } from './testing/people.js'

const HOUR_MS = 3_600_000
const NEW_PASSWORD = 'a new password that nobody knows'

let server: TestServer
let mailing: TestServer
let mailServer: SMTPServer
const mails: { readonly to: string; readonly from: string; readonly text: string }[] = []
let refuseMail = false
let nowMs = Date.now()

beforeAll(async () => {
  const variations = { now: () => nowMs, hashingCost: CHEAP, signInLimits: NO_LIMITS }
  server = await openTestServer({ public_url: 'https://audit.example.com/' }, undefined, variations)
  mailServer = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onMailFrom: (_address, _session, done) => done(refuseMail ? new Error('no') : null),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          to: rcptTo.map(({ address }) => address).join(),
          from: mailFrom === false ? '' : mailFrom.address,
          text: Buffer.concat(chunks)
            .toString('utf8')
            .replace(/=\r?\n/g, '')
            .replace(/=3D/g, '='),
        })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve))
  const { port } = mailServer.server.address() as AddressInfo
  const smtp = { smtp_url: `smtp://127.0.0.1:${port}`, smtp_from: 'Audit <audit@example.com>' }
  mailing = await openTestServer(smtp, undefined, variations)
  for (const one of [server, mailing]) {
    await person(one, 'owner@example.com', { acme: 'owner' })
    await person(one, 'other@example.com', { globex: 'owner' })
  }
}, 60_000)
afterAll(async () => {
  await server.close()
  await mailing.close()
  await new Promise<void>((resolve) => mailServer.close(resolve))
})

const tokenIn = (link: string) => link.slice(link.indexOf('#') + 1)
const post = (path: string, body: object, on = server) => on.call(undefined, 'POST', path, body)
const accept = (token: string, more: object = {}, on = server) =>
  post('/v1/invitations/accept', { token, ...more }, on)
const signIn = (email: string, password: string, organization: string, on = server) =>
  post('/v1/sessions', { email, password, organization }, on)

async function invite(email: string, role = 'member', by = 'owner@example.com', on = server) {
  const answer = await on.call(await tokenOf(on, by), 'POST', '/v1/invitations', { email, role })
  expect(answer.status).toBe(201)
  return answer.body
}
const newestMail = (to: string) => mails.findLast((mail) => mail.to === to)?.text ?? ''
const linkIn = (mail: string) => /https?:\/\/\S+#\S+/.exec(mail)?.[0] ?? ''

describe('an invitation', () => {
  it('is a link by which somebody new joins with a password of their own, once', async () => {
    const made = await invite('new@example.com', 'auditor')
    expect(made).toMatchObject({ object: 'invitation', mailed: false, role: 'auditor' })
    expect(made.link).toMatch(/^https:\/\/audit\.example\.com\/invitation#cf_invite_\w{12}_\w{43}$/)
    const token = tokenIn(made.link)
    expect((await post('/v1/invitations/open', { token })).body).toMatchObject({
      email: 'new@example.com',
      organization: { slug: 'acme' },
      role: 'auditor',
      needs_password: true,
    })
    for (const [password, hint] of [
      ['short', 'at least 12 characters'],
      ['x'.repeat(1_025), 'at most 1024 bytes'],
      [' New@Example.com ', 'not the e-mail address'],
      [undefined, 'at least 12 characters'],
    ] as const) {
      const refused = await accept(token, password === undefined ? {} : { password })
      expect(refused).toMatchObject({ status: 400, body: { param: 'password' } })
      expect(refused.body.hint).toContain(hint)
    }
    expect((await accept(token, { password: 'é'.repeat(512) })).status).toBe(201)
    expect((await signIn('new@example.com', 'é'.repeat(512), 'acme')).body.role).toBe('auditor')
    expect((await accept(token, { password: NEW_PASSWORD })).body.code).toBe('invalid_link')
    const actions = (await entriesOf(server, 'acme', 'limit=20')).map(({ action }) => action)
    for (const action of ['invitation.created', 'invitation.accepted', 'person.added'])
      expect(actions).toContain(action)
  })

  it('is accepted once by many who try at once', async () => {
    const token = tokenIn((await invite('race@example.com')).link)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => accept(token, { password: NEW_PASSWORD })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array(9).fill(404)])
  })

  it('ends after seven days, when it is taken back, and when the address is invited again', async () => {
    const late = tokenIn((await invite('late@example.com')).link)
    const start = nowMs
    nowMs = start + 7 * 24 * HOUR_MS - 1
    expect((await post('/v1/invitations/open', { token: late })).status).toBe(200)
    nowMs = start + 7 * 24 * HOUR_MS
    expect((await accept(late, { password: NEW_PASSWORD })).status).toBe(404)
    const first = await invite('again@example.com')
    const second = await invite('again@example.com')
    expect((await accept(tokenIn(first.link), { password: NEW_PASSWORD })).status).toBe(404)
    const owner = await tokenOf(server, 'owner@example.com')
    const list = (await server.call(owner, 'GET', '/v1/invitations')).body.data
    expect(list.filter(({ email }: { email: string }) => email === 'again@example.com')).toHaveLength(1)
    expect(JSON.stringify(list)).not.toContain('cf_invite')
    expect((await server.call(owner, 'DELETE', `/v1/invitations/${second.id}`)).status).toBe(204)
    expect((await accept(tokenIn(second.link), { password: NEW_PASSWORD })).status).toBe(404)
  })

  it('is no other kind of link, and no edit of it is one', async () => {
    const token = tokenIn((await invite('edit@example.com')).link)
    const password = NEW_PASSWORD
    expect((await post('/v1/password_resets/use', { token, password })).status).toBe(404)
    for (const edited of [
      token.slice(0, -1),
      `${token}x`,
      token.replace('invite', 'reset'),
      `${token.slice(0, -1)}-`,
    ])
      expect((await accept(edited, { password })).status).toBe(404)
  })

  it('lets somebody who has a password join with it as it is', async () => {
    const made = await invite('other@example.com')
    const token = tokenIn(made.link)
    expect((await post('/v1/invitations/open', { token })).body.needs_password).toBe(false)
    expect((await accept(token, { password: NEW_PASSWORD })).status).toBe(201)
    expect((await signIn('other@example.com', NEW_PASSWORD, 'globex')).status).toBe(401)
    expect((await signIn('other@example.com', PASSWORD, 'acme')).body.role).toBe('member')
  })

  it('that an admin was shown sets a password that opens no other organization', async () => {
    // The admin of one organization might have set it themselves before the other one adds the person.
    await accept(tokenIn((await invite('victim@example.com')).link), { password: NEW_PASSWORD })
    const there = await invite('victim@example.com', 'admin', 'other@example.com')
    expect((await accept(tokenIn(there.link))).status).toBe(201)
    expect((await signIn('victim@example.com', NEW_PASSWORD, 'acme')).status).toBe(201)
    expect((await signIn('victim@example.com', NEW_PASSWORD, 'globex')).status).toBe(401)
    const { body } = await signIn('victim@example.com', NEW_PASSWORD, 'acme')
    expect(body.organizations).toMatchObject([{ slug: 'acme' }])
  })

  it('gives nobody more than the one who invites has, and nobody a second membership', async () => {
    await person(server, 'admin@example.com', { acme: 'admin' })
    const admin = await tokenOf(server, 'admin@example.com')
    const owner = { email: 'boss@example.com', role: 'owner' }
    expect((await server.call(admin, 'POST', '/v1/invitations', owner)).status).toBe(403)
    const again = { email: 'owner@example.com', role: 'member' }
    expect((await server.call(admin, 'POST', '/v1/invitations', again)).body.code).toBe('already_member')
  })
})

describe('a reset', () => {
  it('that an admin is shown is for a password that opens their organization alone', async () => {
    const owner = await tokenOf(server, 'owner@example.com')
    const { personId } = (await server.counterfoil.access.people.find('victim@example.com')) as {
      personId: string
    }
    const made = await server.call(owner, 'POST', `/v1/people/${personId}/password_reset`)
    expect(made).toMatchObject({ status: 201, body: { mailed: false } })
    const session = (await signIn('victim@example.com', NEW_PASSWORD, 'acme')).body.token
    const token = tokenIn(made.body.link)
    const password = 'yet another password'
    expect((await post('/v1/password_resets/use', { token, password })).status).toBe(204)
    expect((await server.call(session, 'GET', '/v1/me')).status).toBe(401)
    expect((await post('/v1/password_resets/use', { token, password })).status).toBe(404)
    expect((await signIn('victim@example.com', password, 'acme')).status).toBe(201)
    expect((await signIn('victim@example.com', password, 'globex')).status).toBe(401)
    const elsewhere = (await server.counterfoil.access.people.find('other@example.com')) as {
      personId: string
    }
    const refused = await server.call(owner, 'POST', `/v1/people/${elsewhere.personId}/password_reset`)
    expect(refused.body.code).toBe('reset_not_possible')
    expect(await entriesOf(server, 'acme', 'action=password_reset.used')).toHaveLength(1)
  })

  it('ends after an hour', async () => {
    const owner = await tokenOf(server, 'owner@example.com')
    const { personId } = (await server.counterfoil.access.people.find('victim@example.com')) as {
      personId: string
    }
    const { body } = await server.call(owner, 'POST', `/v1/people/${personId}/password_reset`)
    nowMs += HOUR_MS
    const use = { token: tokenIn(body.link), password: NEW_PASSWORD }
    expect((await post('/v1/password_resets/use', use)).status).toBe(404)
  })
})

describe('with a mail server', () => {
  it('invitations are mailed and not shown, and a password set by one opens every organization', async () => {
    const made = await invite('mailed@example.com', 'member', 'owner@example.com', mailing)
    expect(made).toMatchObject({ mailed: true, link: null })
    const mail = newestMail('mailed@example.com')
    expect(mail).toContain('owner@example.com invites you to the audit log of acme')
    expect(linkIn(mail).startsWith(`${mailing.url}/invitation#`)).toBe(true)
    const password = NEW_PASSWORD
    expect((await accept(tokenIn(linkIn(mail)), { password }, mailing)).status).toBe(201)
    await invite('mailed@example.com', 'admin', 'other@example.com', mailing)
    expect((await accept(tokenIn(linkIn(newestMail('mailed@example.com'))), {}, mailing)).status).toBe(201)
    expect((await signIn('mailed@example.com', password, 'globex', mailing)).body.role).toBe('admin')
  })

  it('people ask for a reset themselves; who has no account gets the same answer and no mail', async () => {
    const session = await tokenOf(mailing, 'other@example.com')
    const asked = await post('/v1/password_resets', { email: 'Other@Example.com' }, mailing)
    const unknown = await post('/v1/password_resets', { email: 'nobody@example.com' }, mailing)
    expect([asked.status, unknown.status]).toEqual([202, 202])
    expect(asked.body).toEqual(unknown.body)
    await expect.poll(() => newestMail('other@example.com'), { timeout: 5_000 }).toContain('password-reset#')
    expect(newestMail('nobody@example.com')).toBe('')
    const use = { token: tokenIn(linkIn(newestMail('other@example.com'))), password: NEW_PASSWORD }
    expect((await post('/v1/password_resets/use', use, mailing)).status).toBe(204)
    expect((await mailing.call(session, 'GET', '/v1/me')).status).toBe(401)
    expect((await signIn('other@example.com', NEW_PASSWORD, 'globex', mailing)).status).toBe(201)
    expect(await entriesOf(mailing, '_platform', 'action=password_reset.requested')).toHaveLength(1)
  })

  it('a mail that is not taken is told', async () => {
    refuseMail = true
    const owner = await tokenOf(mailing, 'owner@example.com')
    const invitation = { email: 'lost@example.com', role: 'member' }
    expect(await mailing.call(owner, 'POST', '/v1/invitations', invitation)).toMatchObject({
      status: 502,
      body: { code: 'mail_failed' },
    })
    refuseMail = false
    expect((await mailing.call(owner, 'POST', '/v1/invitations', invitation)).body.mailed).toBe(true)
  })

  it('names that people choose stay on their line', async () => {
    const owner = await tokenOf(mailing, 'owner@example.com')
    const name = 'Acme\u2028https://evil.example/ \u202e'
    expect((await mailing.call(owner, 'PATCH', '/v1/organization', { name })).status).toBe(200)
    await invite('lines@example.com', 'member', 'owner@example.com', mailing)
    const mail = newestMail('lines@example.com')
    expect(mail).not.toMatch(/=E2=80=A[89E]|[\u2028\u202e]/)
  })

  it('needs an address that mails come from', async () => {
    await expect(openTestServer({ smtp_url: 'smtp://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'invalid_setting',
      param: 'smtp_from',
    })
  })
})

describe("one's own password", () => {
  it('is changed with the one of before; other sessions end, this one goes on with a new id', async () => {
    await person(server, 'change@example.com', { acme: 'member' })
    const [one, other] = [
      await tokenOf(server, 'change@example.com'),
      await tokenOf(server, 'change@example.com'),
    ]
    const change = { current_password: PASSWORD, password: NEW_PASSWORD }
    const wrong = { ...change, current_password: 'not the password' }
    expect((await server.call(one, 'POST', '/v1/me/password', wrong)).status).toBe(401)
    const { status, body } = await server.call(one, 'POST', '/v1/me/password', change)
    expect(status).toBe(201)
    expect((await server.call(body.token, 'GET', '/v1/me')).status).toBe(200)
    expect((await server.call(one, 'GET', '/v1/me')).status).toBe(401)
    expect((await server.call(other, 'GET', '/v1/me')).status).toBe(401)
    expect((await signIn('change@example.com', PASSWORD, 'acme')).status).toBe(401)
    expect((await signIn('change@example.com', NEW_PASSWORD, 'acme')).status).toBe(201)
  })
})
