import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { UNGUARDED_SESSION } from '../../postgres/guard.js'
import { openPostgres } from '../../postgres/postgres.js'
import { SIGNER_SCHEMA } from '../../signer/open-signer-store.js'
import { openDatabase } from '../../sqlite/driver.js'
import { type Answer, openTestServer, type TestServer } from '../../testing/test-server.js'
import { person, tokenOf } from './testing/people.js'

const LOGS = '/v1/platform/logs'
const ACME = `${LOGS}/acme.live`
const REASON = 'Somebody copied the master key from a backup.'

let server: TestServer
let key: string
let operator: string
beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  await server.counterfoil.access.tenants.platform()
  await person(server, 'operator@example.com', { _platform: 'operator' })
  await person(server, 'owner@example.com', { acme: 'owner' })
  operator = await tokenOf(server, 'operator@example.com')
  await record(300)
}, 60_000)
afterAll(() => server.close())

type Body = Answer['body']
const ask = (method: string, path: string, body?: object, token = operator) =>
  server.call(token, method, path, body)
const acme = async (): Promise<Body> => (await ask('GET', ACME)).body
async function record(count: number): Promise<void> {
  const entries = Array.from({ length: count }, () => ({ action: 'a.b', actor: { type: 'user', id: 'ada' } }))
  expect((await ask('POST', '/v1/audit_log_entries?wait=checkpoint', entries, key)).status).toBe(201)
}
const newest = async (token: string, action: string): Promise<Body> =>
  (await ask('GET', `/v1/audit_log_entries?action=${action}&limit=1`, undefined, token)).body.data[0]
/** The log, once it is signed under this origin. */
const signedAs = (origin: string) =>
  vi.waitFor(
    async () => {
      const log = await acme()
      expect(log.origin).toBe(origin)
      return log
    },
    { timeout: 30_000, interval: 50 },
  )
/** The log, once nothing is pending of it. */
const settled = () =>
  vi.waitFor(
    async () => {
      const log = await acme()
      expect(log.rotation_pending).toBe(false)
      expect(log.epoch_request?.status).not.toBe('pending')
      return log
    },
    { timeout: 30_000, interval: 50 },
  )

it('shows operators every log, and nobody else', async () => {
  const { body } = await ask('GET', LOGS)
  expect(body.data.map(({ id }: Body) => id)).toContain('_platform.live')
  const log = { frozen: null, rotation_pending: false, epoch_request: null, failed_erasures: 0 }
  expect(await acme()).toMatchObject({ ...log, organization: { slug: 'acme' }, mode: 'live' })
  expect((await acme()).entries).toBeGreaterThanOrEqual(300)
  const owner = await tokenOf(server, 'owner@example.com')
  for (const [method, path] of [['GET', LOGS] as const, ['POST', `${ACME}/epochs`] as const])
    expect((await ask(method, path, method === 'POST' ? { reason: REASON } : undefined, owner)).status).toBe(
      403,
    )
  for (const name of ['acme', 'acme.test', 'acme.other', 'nobody.live'])
    expect((await ask('GET', `${LOGS}/${name}`)).status).toBe(404)
})

it('lists logs in pages, which meet each of them once', async () => {
  const testKey = await server.makeKey({ mode: 'test' })
  expect((await ask('POST', '/v1/audit_log_entries', [{ action: 'a.b' }], testKey)).status).toBe(201)
  const whole = await vi.waitFor(async () => {
    const { body } = await ask('GET', LOGS)
    expect(body.data.map(({ id }: Body) => id)).toEqual(['_platform.live', 'acme.live', 'acme.test'])
    return body
  })
  expect([whole.has_more, whole.next_cursor]).toEqual([false, null])
  const met: string[] = []
  let cursor = ''
  while (cursor !== null) {
    const { body } = await ask('GET', `${LOGS}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`)
    expect(body.data).toHaveLength(1)
    expect(body.has_more).toBe(body.next_cursor !== null)
    met.push(body.data[0].id)
    cursor = body.next_cursor
  }
  expect(met).toEqual(whole.data.map(({ id }: Body) => id))
  for (const [query, code, param] of [
    ['cursor=acme.live', 'invalid_cursor', 'cursor'],
    ['limit=0', 'invalid_request', 'limit'],
    ['limit=201', 'invalid_request', 'limit'],
    ['page=2', 'invalid_request', 'page'],
  ] as const)
    expect(await ask('GET', `${LOGS}?${query}`)).toMatchObject({ status: 400, body: { code, param } })
})

it('gives a log another key, which is recorded first', async () => {
  const { status, body } = await ask('POST', `${ACME}/key_rotations`, { overlap_days: 1 })
  expect(status).toBe(201)
  const { vkeys } = await settled()
  expect(vkeys).toEqual([body.new_vkey, body.old_vkey])
  expect(await newest(key, 'log.key')).toMatchObject({
    actor: { label: 'operator@example.com' },
    metadata: { new_vkey: body.new_vkey },
  })
})

it('begins no epoch of a sound log, but where its key is in other hands; recording goes on meanwhile', async () => {
  expect(await ask('POST', `${ACME}/epochs`, { reason: REASON })).toMatchObject({
    status: 409,
    body: { code: 'epoch_refused' },
  })
  const recording = (async () => {
    for (let i = 0; i < 10; i++) await record(20)
  })()
  const asked = await ask('POST', `${ACME}/epochs`, { reason: REASON, key_compromised: true })
  expect(asked).toMatchObject({ status: 201, body: { status: 'pending' } })
  const log = await settled()
  await recording
  expect(log.epoch_request).toMatchObject({ status: 'begun', refusal: null })
  const noted = await newest(key, 'log.epoch')
  // Nothing was carried over that is not counted, and nothing signed under the old name after it was left.
  expect(noted.metadata).toMatchObject({ carried_size: noted.seq, frozen: null, reason: REASON })
  expect(noted.metadata.old_size).toBeLessThanOrEqual(noted.seq)
  expect(await signedAs(noted.metadata.new_origin)).toMatchObject({ frozen: null })
  const found = await ask('GET', '/v1/audit_log_entries?query=action:log.epoch', undefined, key)
  expect(found.body.data.map(({ id }: Body) => id)).toEqual([noted.id])
  const verified = await ask('POST', '/v1/audit_log_entries/verify', { limit: 10_000 }, key)
  expect(verified.body).toMatchObject({ verified: true, next_seq: null })
  const access = (await server.counterfoil.access.findOrganization('_platform'))?.id
  expect(access).toBeDefined()
  const own = await server.makeKey({ slug: '_platform' })
  // Ours comes when the log has its own.
  for (const action of ['epoch.requested', 'log.epoch'])
    await expect.poll(() => newest(own, action)).toMatchObject({ actor: { label: 'operator@example.com' } })
}, 60_000)

it('begins a frozen log anew, and says why it was frozen', async () => {
  await server.counterfoil.close()
  const change = "UPDATE heads SET size = size + 1 WHERE origin LIKE '%/live/1'"
  const database_url = server.environment.COUNTERFOIL_DATABASE_URL
  if (database_url === undefined) {
    const signer = await openDatabase(join(server.directory, 'signer.db'))
    signer.exec(change)
    signer.close()
  } else {
    const place = { url: database_url, schema: SIGNER_SCHEMA, purpose: 'test' }
    const signer = await openPostgres({ ...place, session: UNGUARDED_SESSION })
    // Whoever changes it has not made it known.
    expect((await signer.query(change)).count).toBe(1)
    await signer.close()
  }
  server = await openTestServer(database_url === undefined ? {} : { database_url }, server.directory)
  operator = await tokenOf(server, 'operator@example.com')
  const [first] = (await ask('GET', LOGS)).body.data
  expect(first).toMatchObject({ id: 'acme.live', signed_entries: null, frozen: expect.any(String) })
  expect((await ask('POST', `${ACME}/epochs`, { reason: REASON })).status).toBe(201)
  const log = await settled()
  expect(log.epoch_request).toMatchObject({ status: 'begun' })
  expect(await signedAs(log.epoch_request.new_origin)).toMatchObject({ frozen: null })
  expect(log.epoch_request.new_origin).toMatch(/\/live\/2$/)
  expect((await newest(key, 'log.epoch')).metadata).toMatchObject({ frozen: first.frozen, old_size: null })
}, 60_000)
