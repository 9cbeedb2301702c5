import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, run, startServer, temporaryPlace } from './testing/cli-process.js'

const PASSWORD = 'a password of my own'
let place: ReturnType<typeof temporaryPlace>
let url: string
let stop: () => Promise<unknown>
beforeAll(async () => {
  place = temporaryPlace({ COUNTERFOIL_DATA: 'data', USER: 'ada' })
  expect(await run(place, ['org', 'create', 'acme'])).toMatchObject({ code: 0 })
  const started = await startServer(place)
  url = started.url
  stop = () => started.process.kill('SIGTERM')
})
afterAll(async () => {
  await stop()
  place.remove()
})

const json = async (...args: readonly string[]) => jsonLines((await run(place, [...args, '--json'])).stdout)
const post = async (path: string, body: object) => {
  const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) }
}
const tokenIn = (link: unknown) => String(link).slice(String(link).indexOf('#') + 1)
const signIn = (password: string) => post('/v1/sessions', { email: 'ada@example.com', password })

it('a person is invited, sets a password, and gets a new one by another link', async () => {
  const invite = ['person', 'invite', 'Ada@Example.com', '--org', 'acme', '--role', 'owner']
  const [made] = await json(...invite, '--public-url', 'https://audit.example.com')
  expect(made).toMatchObject({ object: 'invitation', email: 'ada@example.com', role: 'owner' })
  expect(made?.link).toMatch(/^https:\/\/audit\.example\.com\/invitation#cf_invite_/)
  expect(
    (await post('/v1/invitations/accept', { token: tokenIn(made?.link), password: PASSWORD })).status,
  ).toBe(201)
  expect((await signIn(PASSWORD)).status).toBe(201)
  const reset = await run(place, ['person', 'reset-password', 'ada@example.com'])
  const token = tokenIn(reset.stdout.trim())
  expect((await post('/v1/password_resets/use', { token, password: `${PASSWORD}!` })).status).toBe(204)
  expect((await signIn(PASSWORD)).status).toBe(401)
  expect((await signIn(`${PASSWORD}!`)).status).toBe(201)
})

describe('sessions', () => {
  it('are listed and ended', async () => {
    const { body } = await signIn(`${PASSWORD}!`)
    const sessions = await json('session', 'list', '--org', 'acme')
    expect(sessions[0]).toMatchObject({ object: 'session', email: 'ada@example.com', form: 'token' })
    const [newest] = sessions
    expect(await run(place, ['session', 'revoke', String(newest?.id), '--org', 'acme'])).toMatchObject({
      code: 0,
    })
    const answer = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${body.token}` } })
    expect(answer.status).toBe(401)
    expect(await run(place, ['session', 'revoke', String(newest?.id), '--org', 'acme'])).toMatchObject({
      code: 1,
    })
  })
})

describe('single sign-on', () => {
  const set = ['sso', 'set', '--org', 'acme', '--issuer', 'https://id.example.com', '--client-id', 'c']

  it('is set, shown without its secret, and removed', async () => {
    writeFileSync(join(place.directory, 'secret'), 'the-client-secret\n')
    const options = ['--domain', 'Example.com', '--client-secret-file', 'secret', '--required']
    const [made] = await json(...set, ...options)
    expect(made).toMatchObject({ domains: ['example.com'], has_client_secret: true, required: true })
    const shown = await run(place, ['sso', 'show', '--org', 'acme'])
    expect(shown.stdout).toContain('issuer\thttps://id.example.com')
    expect(shown.stdout).not.toContain('the-client-secret')
    expect((await signIn(`${PASSWORD}!`)).body.code).toBe('sso_required')
    expect(await run(place, ['sso', 'remove', '--org', 'acme'])).toMatchObject({ code: 0 })
    expect(await run(place, ['sso', 'show', '--org', 'acme'])).toMatchObject({ code: 1 })
  })

  it.each([
    [[...set], '--domain must be'],
    [[...set, '--domain', 'nonsense'], '--domain must be'],
    [[...set, '--domain', 'example.com', '--issuer', 'nonsense'], '--issuer must be'],
    [[...set, '--domain', 'example.com', '--client-secret-file', 'nowhere'], 'cannot be read'],
  ])('%j is refused', async (args, message) => {
    expect(await run(place, args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

it('a lost second factor is taken away; where there is none, it says so', async () => {
  expect(await run(place, ['person', 'reset-second-factor', 'ada@example.com'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no second factor'),
  })
})
