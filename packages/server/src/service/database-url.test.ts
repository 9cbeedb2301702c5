import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Organization } from '../access/access-store.js'
import { CliProcess, run } from '../cli/testing/cli-process.js'
import { type EmbeddedServer, startEmbeddedServer } from '../postgres/testing/embedded-server.js'
import { openTestServer, type TestServer } from '../testing/test-server.js'

// A PostgreSQL of its own: it is stopped and killed.
let postgres: EmbeddedServer
let url: string
let server: TestServer
let key: string
beforeAll(async () => {
  postgres = await startEmbeddedServer()
  url = await postgres.createDatabase('counterfoil')
  server = await openTestServer({ database_url: url })
  key = await server.makeKey()
})
afterAll(async () => {
  await server?.close()
  await postgres?.remove()
})

const RECORD = '/v1/audit_log_entries'
const entry = (i: number, more: object = {}) => ({
  action: 'a.b',
  actor: { type: 'user', id: `u${i % 7}` },
  ...more,
})
const record = (body: unknown, path = RECORD) => server.call(key, 'POST', path, body)

describe('a server whose journal is in PostgreSQL', () => {
  it('records, searches, verifies and signs as one with a file, also after a restart', async () => {
    const sent = await record(
      Array.from({ length: 300 }, (_, i) => entry(i)),
      `${RECORD}?wait=checkpoint`,
    )
    expect(sent.status).toBe(201)
    const found = await server.call(key, 'GET', '/v1/audit_log_entries?actor_id=u3&limit=100')
    expect(found.body.data).toHaveLength(43)
    const id = sent.body.data[17].id
    expect((await server.call(key, 'GET', `/v1/audit_log_entries/${id}`)).body).toMatchObject({ id, seq: 17 })
    server = await server.restart()
    expect((await record([entry(0, { id })])).status).toBe(409)
    expect((await record(entry(300))).body).toMatchObject({ seq: 300 })
    const verdict = await server.call(key, 'POST', '/v1/audit_log_entries/verify', {})
    expect(verdict.body).toMatchObject({ verified: true })
  })

  it('answers 503 while PostgreSQL is away, and goes on by itself when it is back', async () => {
    const { access } = server.counterfoil
    const { id } = (await access.findOrganization('acme')) as Organization
    const { personId } = await access.people.create('ada@example.com')
    await access.memberships.create(id, personId, 'owner', 'Ada')
    const { token } = await access.sessions.create(personId, id, 'live')
    const whoAmI = async () => (await server.call(token, 'GET', '/v1/me')).status
    expect(await whoAmI()).toBe(200)
    await postgres.stop()
    // Nobody is let in, and nobody is signed out.
    expect(await whoAmI()).toBe(503)
    expect((await server.call('cf_live_nobody', 'GET', '/v1/me')).status).toBe(503)
    const refused = await record(entry(1))
    expect(refused.status).toBe(503)
    expect(refused.body.error).toBe('database_unavailable')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const unread = await server.call(key, 'GET', '/v1/audit_log_entries?limit=1')
    expect(unread).toMatchObject({ status: 503, body: { error: 'database_unavailable' } })
    await postgres.start()
    const recorded = await record(entry(2))
    expect(recorded.status).toBe(201)
    expect(await whoAmI()).toBe(200)
    const list = await server.call(key, 'GET', '/v1/audit_log_entries?limit=1')
    expect(list.body.data[0].id).toBe(recorded.body.id)
  })

  it('is checked by the commands that need no server', async () => {
    const place = {
      directory: server.directory,
      environment: { COUNTERFOIL_DATA: server.directory, COUNTERFOIL_DATABASE_URL: url },
    }
    const verifying = new CliProcess(['verify', '--json'], place)
    await verifying.until(({ stdout }) => stdout.includes('"walked"'))
    const toldAt = performance.now()
    const verified = await verifying.finished
    // A connection that nobody closed would keep it for half a minute.
    expect(performance.now() - toldAt).toBeLessThan(15_000)
    expect(verified.stderr).toBe('')
    expect(verified).toMatchObject({ code: 0 })
    expect(verified.stdout).toContain('"walked":302')
    await server.counterfoil.close()
    const checked = await run(place, ['fsck', '--json'])
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(checked.stdout)).toMatchObject({ object: 'log_check', size: 302, intact: true })
    const refused = await run(
      { ...place, environment: { ...place.environment, COUNTERFOIL_DATABASE_URL: `${url}_elsewhere` } },
      ['serve', '--port', '0'],
    )
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(
      /database_url: the server at 127\.0\.0\.1:\d+\/counterfoil_elsewhere has no such database/,
    )
    server = await openTestServer({ database_url: url }, server.directory)
  })
})
