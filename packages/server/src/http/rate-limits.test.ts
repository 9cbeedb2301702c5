import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../testing/test-server.js'

const PATH = '/v1/audit_log_entries'
let server: TestServer

beforeAll(async () => {
  server = await openTestServer({
    rate_limits: 'on',
    rate_test_per_minute: '4',
    rate_test_per_second: '2',
    rate_live_per_minute: '6',
    rate_live_per_second: '0',
    rate_elevated_per_minute: '20',
    rate_elevated_per_second: '0',
    rate_recording_per_minute: '3',
    rate_recording_per_second: '0',
  })
})
afterAll(() => server.close())

const list = (key: string | undefined, path = PATH) => server.call(key, 'GET', path)
const standing = (headers: Headers) => [
  headers.get('x-ratelimit-limit'),
  headers.get('x-ratelimit-remaining'),
  headers.get('retry-after'),
]

test('every answer to a key says how it stands: good ones, refused ones, those that lack a scope', async () => {
  const key = await server.makeKey()
  const reader = await server.makeKey({ scopes: ['audit:write'] })
  const nowS = Date.now() / 1_000
  const good = await list(key)
  expect(standing(good.headers)).toEqual(['6', '5', null])
  const resetS = Number(good.headers.get('x-ratelimit-reset'))
  expect(Number.isInteger(resetS)).toBe(true)
  expect(resetS - nowS).toBeGreaterThan(57)
  expect(resetS - nowS).toBeLessThan(63)
  const wrong = await list(key, `${PATH}?limit=0`)
  expect([wrong.status, ...standing(wrong.headers)]).toEqual([400, '6', '4', null])
  const missing = await list(key, `${PATH}/nobody`)
  expect([missing.status, ...standing(missing.headers)]).toEqual([404, '6', '3', null])
  const scopeless = await list(reader)
  expect([scopeless.status, ...standing(scopeless.headers)]).toEqual([403, '6', '5', null])
  expect(standing((await list(undefined)).headers)).toEqual([null, null, null])
})

test('past the limit: 429 with the true number of seconds, in header and hint', async () => {
  const key = await server.makeKey()
  for (let i = 0; i < 6; i++) expect((await list(key)).status).toBe(200)
  const { status, headers, body } = await list(key)
  expect([status, headers.get('x-ratelimit-remaining')]).toEqual([429, '0'])
  const seconds = Number(headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(55)
  expect(seconds).toBeLessThanOrEqual(60)
  expect(body).toMatchObject({
    code: 'rate_limit_exceeded',
    type: 'rate_limit',
    hint: `Rate limit exceeded. Retry after ${seconds} seconds.`,
  })
})

test('a burst is over when Retry-After says so', async () => {
  const key = await server.makeKey({ mode: 'test' })
  const statuses = (await Promise.all([list(key), list(key), list(key)])).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, 200, 429])
  const refused = await list(key)
  expect(standing(refused.headers)).toEqual(['4', '2', '1'])
  await delay(Number(refused.headers.get('retry-after')) * 1_000)
  expect((await list(key)).status).toBe(200)
})

test('an elevated key may ask more often, and recording is counted apart', async () => {
  const key = await server.makeKey({ rateClass: 'elevated' })
  expect(standing((await list(key)).headers)).toEqual(['20', '19', null])
  const record = () => server.call(key, 'POST', PATH, { action: 'a.b' })
  for (const remaining of ['2', '1', '0']) {
    const { status, headers } = await record()
    expect([status, ...standing(headers)]).toEqual([201, '3', remaining, null])
  }
  expect((await record()).status).toBe(429)
  expect(standing((await list(key)).headers)).toEqual(['20', '18', null])
})

test('signing in says how long the account has to wait', async () => {
  const attempt = (email: string) =>
    server.call(undefined, 'POST', '/v1/sessions', { email, password: 'wrong' })
  for (let i = 0; i < 5; i++) expect((await attempt('a@example.com')).status).toBe(401)
  const { status, headers } = await attempt('a@example.com')
  expect(status).toBe(429)
  const seconds = Number(headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(20)
  expect(seconds).toBeLessThanOrEqual(60)
  expect((await attempt('b@example.com')).status).toBe(401)
})

test('without limits there are no such headers', async () => {
  const free = await openTestServer()
  const { headers } = await free.call(await free.makeKey(), 'GET', PATH)
  expect(headers.get('x-ratelimit-limit')).toBe(null)
  await free.close()
})
