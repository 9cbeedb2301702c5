import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../testing/test-server.js'

let server: TestServer
let key: string
beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey({
    scopes: ['audit:write', 'audit:read', 'access:read', 'access:write', 'viewer_tokens:create'],
  })
})
afterAll(() => server.close())

const JSON_TYPE = 'application/json'
const TYPES = [
  ...['', ';', '; ', ' ;', ';;', ';charset', ';charset=', ';=', ';a=b', ';a=b;', ',', ',text/plain', '\t'],
  ...[
    '; charset=utf-16',
    '; charset=utf-7',
    '; charset=latin1',
    '; charset=utf-8; charset=utf-7',
    '; charset="utf-8',
  ],
  ...['; boundary=x', '/x', '+xml', '*', '%00', '\\', '"'],
]
  .map((more) => JSON_TYPE + more)
  .concat(['APPLICATION/JSON', 'Application/Json;', ' application/json', '\tapplication/json'])
  .concat([
    'application /json',
    'application/ json',
    'application',
    '/',
    '*/*',
    'text/json',
    'text/plain',
    'json',
  ])
  .concat([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/html',
    'application/jsonp',
  ])
  .concat([
    'application/x-ndjson;',
    'application/graphql',
    'application/problem+json',
    'application/json-patch+json',
  ])
  .concat([
    'x'.repeat(5_000),
    'application/json;'.repeat(50),
    'application/octet-stream',
    '__proto__',
    'constructor',
  ])
const ROUTES = [
  '/v1/audit_log_entries',
  '/v1/audit_log_entries/verify',
  '/v1/sessions',
  '/v1/roles',
  '/v1/people',
  '/v1/api_keys',
  '/v1/viewer_tokens',
  '/v1/invitations',
  '/v1/workspaces',
  '/graphql',
]

it(`no content type of ${TYPES.length} gets a body past its checks, on any of ${ROUTES.length} routes`, async () => {
  const wrong: string[] = []
  for (const path of ROUTES) {
    for (const type of TYPES) {
      for (const body of [
        '{"no_such_member":1,"__proto__":{"a":1}}',
        'no_such_member=1',
        '{"action":"a.a"}{}',
      ]) {
        const { status } = await server.call(key, 'POST', path, body, { 'content-type': type })
        if (status < 400 || status >= 500)
          wrong.push(`${path} ${JSON.stringify(type.slice(0, 60))} ${body}: ${status}`)
      }
    }
  }
  expect(wrong).toEqual([])
  expect((await server.call(key, 'GET', '/v1/audit_log_entries?action=a.a')).body.data).toEqual([])
}, 120_000)
