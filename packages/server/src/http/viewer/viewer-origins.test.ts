import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveSettings } from '../../settings/settings.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const APP = 'https://app.example.com'
const LIST = '/v1/audit_log_entries'
const PREFLIGHT = {
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization',
}

describe('origins of viewers', () => {
  let server: TestServer
  let closed: TestServer
  let key: string
  let viewer: string

  beforeAll(async () => {
    server = await openTestServer({ viewer_origins: `${APP}, https://admin.example.com:8443` })
    key = await server.makeKey({ scopes: ['audit:read', 'viewer_tokens:create'] })
    viewer = (await server.call(key, 'POST', '/v1/viewer_tokens', {})).body.token
    closed = await openTestServer()
  })
  afterAll(async () => {
    await server.close()
    await closed.close()
  })

  const corsOf = (headers: Headers) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

  it.each([APP, 'https://admin.example.com:8443'])('may read with a viewer token: %s', async (origin) => {
    const asked = await server.call(undefined, 'OPTIONS', LIST, undefined, { ...PREFLIGHT, origin })
    expect(asked.status).toBe(204)
    expect(corsOf(asked.headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
    })
    const read = await server.call(viewer, 'GET', LIST, undefined, { origin })
    expect(read.status).toBe(200)
    expect(corsOf(read.headers)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'retry-after, x-request-id',
    })
    expect(read.headers.get('vary')).toContain('origin')
  })

  it('are told why a read failed: a page must be able to say so', async () => {
    const token = `${viewer.slice(0, -2)}AA`
    const read = await server.call(token, 'GET', LIST, undefined, { origin: APP })
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([401, APP])
    const missing = await server.call(viewer, 'GET', `${LIST}/x`, undefined, { origin: APP })
    expect([missing.status, missing.headers.get('access-control-allow-origin')]).toEqual([404, APP])
  })

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['the same host on another scheme', { origin: 'http://app.example.com' }],
    ['a subdomain', { origin: 'https://x.app.example.com' }],
    ['an origin that begins alike', { origin: 'https://app.example.com.evil.example' }],
    ['no origin at all', { origin: 'null' }],
  ])('are those that were named, not %s', async (_what, headers) => {
    const asked = await server.call(undefined, 'OPTIONS', LIST, undefined, { ...PREFLIGHT, ...headers })
    expect([asked.status, corsOf(asked.headers)]).toEqual([405, {}])
    const read = await server.call(viewer, 'GET', LIST, undefined, headers)
    expect(corsOf(read.headers)).toEqual({})
  })

  it.each([
    ['to change something', { 'access-control-request-method': 'POST' }],
    ['headers of operators', { 'access-control-request-headers': 'authorization, counterfoil-organization' }],
  ])('are not let %s', async (_what, headers) => {
    const asked = await server.call(undefined, 'OPTIONS', LIST, undefined, {
      ...PREFLIGHT,
      ...headers,
      origin: APP,
    })
    expect([asked.status, corsOf(asked.headers)]).toEqual([405, {}])
  })

  it.each([
    ['an API key', () => ({ authorization: `Bearer ${key}` })],
    ['a cookie', () => ({ cookie: 'counterfoil=whatever' })],
    ['nothing', () => ({})],
  ])('read nothing with %s', async (_what, headers) => {
    const read = await server.call(undefined, 'GET', LIST, undefined, { ...headers(), origin: APP })
    expect(corsOf(read.headers)).toEqual({})
  })

  it('are never allowed cookies', async () => {
    const asked = await server.call(undefined, 'OPTIONS', LIST, undefined, { ...PREFLIGHT, origin: APP })
    const read = await server.call(viewer, 'GET', LIST, undefined, { origin: APP })
    for (const { headers } of [asked, read])
      expect(headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('are none unless somebody names them', async () => {
    const other = await closed.makeKey({ scopes: ['audit:read', 'viewer_tokens:create'] })
    const { token } = (await closed.call(other, 'POST', '/v1/viewer_tokens', {})).body
    const asked = await closed.call(undefined, 'OPTIONS', LIST, undefined, { ...PREFLIGHT, origin: APP })
    const read = await closed.call(token, 'GET', LIST, undefined, { origin: APP })
    expect([asked.status, read.status, corsOf(asked.headers), corsOf(read.headers)]).toEqual([
      405,
      200,
      {},
      {},
    ])
  })

  it.each(['*', 'https://app.example.com/', 'app.example.com', 'https://*.example.com', 'ftp://a.example'])(
    'are refused at the start when they are none: %s',
    (origin) => {
      expect(() => resolveSettings({ viewer_origins: origin }, {}, {})).toThrow(
        expect.objectContaining({ code: 'invalid_setting', param: 'viewer_origins' }),
      )
    },
  )

  it('load the script from anywhere, asking again only whether it changed', async () => {
    const { headers, status, body } = await server.call(undefined, 'GET', '/viewer/counterfoil-viewer.js')
    expect([status, headers.get('access-control-allow-origin'), headers.get('cache-control')]).toEqual([
      200,
      '*',
      'public, max-age=300',
    ])
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(body).toContain('counterfoil-viewer')
    const again = await server.call(undefined, 'GET', '/viewer/counterfoil-viewer.js', undefined, {
      'if-none-match': headers.get('etag') as string,
    })
    expect(again.status).toBe(304)
  })
})
