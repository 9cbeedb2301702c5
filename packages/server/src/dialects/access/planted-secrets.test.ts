import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { makePerson } from './testing/world.js'

const PLANTED_MIN = 50
const logged: string[] = []
const sink = new Writable({
  write(chunk, _encoding, done) {
    logged.push(String(chunk))
    done()
  },
})

let server: TestServer
beforeAll(async () => {
  server = await openTestServer({ audit_reads: 'all' }, undefined, { logger: pino({ level: 'debug' }, sink) })
})
afterAll(() => server.close())

/** Every file under a folder. */
function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

/** Every entry of a log with all that it has. */
async function everyEntry(slug: string): Promise<string[]> {
  await server.counterfoil.selfAudit.settled()
  const token = server.makeKey({ slug, scopes: ['audit:read'] })
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

it(`finds none of ${PLANTED_MIN} secrets on disk, in logs, metrics or answers to anybody else`, async () => {
  const planted = new Map<string, string>()
  const answers: string[] = []
  const { access } = server.counterfoil
  const organization = access.createOrganization('acme')
  const owner = access.sessions.create(
    makePerson(access, organization, 'owner'),
    organization.id,
    'live',
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
  expect(planted.size).toBeGreaterThanOrEqual(PLANTED_MIN)
  const metrics = (await server.call(undefined, 'GET', '/metrics')).body as string
  for (const path of ['/v1/api_keys', '/v1/me/personal_tokens', '/v1/me', '/v1/audit_log_entries?limit=200'])
    await call('GET', path)
  // Entries rest deflated: what is in them is looked for in what they are read back as.
  answers.push(...(await everyEntry('acme')), ...(await everyEntry('_platform')))
  const disk = () => files(server.directory).map((path) => [path, readFileSync(path)] as const)
  const found: string[] = []
  const search = (what: string, secret: string) => {
    // The part after the public id is what has to stay unseen; a whole token is found by it as well.
    const needle = secret.slice(-30)
    for (const [path, bytes] of contents) if (bytes.includes(needle)) found.push(`${what} in ${path}`)
    if (metrics.includes(needle)) found.push(`${what} in metrics`)
    if (logged.some((line) => line.includes(needle))) found.push(`${what} in the log`)
    if (answers.some((text) => text.includes(needle))) found.push(`${what} in an answer`)
  }
  let contents = disk()
  for (const [what, secret] of planted) search(what, secret)
  await server.counterfoil.close()
  contents = disk()
  for (const [what, secret] of planted) search(what, secret)
  // The search does find what is there.
  const masterKey = readFileSync(join(server.directory, 'master.key'), 'utf8').trim()
  expect(contents.filter(([, bytes]) => bytes.includes(masterKey)).map(([path]) => path)).toEqual([
    join(server.directory, 'master.key'),
  ])
  expect(contents.some(([, bytes]) => bytes.includes('viewer_token.created'))).toBe(true)
  server = await openTestServer({}, server.directory)
  expect(found).toEqual([])
}, 120_000)
