import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestServer, type TestServer } from '../testing/test-server.js'

// What /openapi.json says is held against what is served, whatever dialects there are.

interface Operation {
  readonly operationId: string
  readonly security?: readonly object[]
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/** For machines that look after the server, the document itself, the viewer's script, and the page's files. */
const UNDOCUMENTED = [
  ...['/healthz', '/readyz', '/metrics', '/openapi.json'],
  ...['/viewer/counterfoil-viewer.js', '/', '/icon.svg', '/assets/*'],
]
const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const MANY = '1000000'

let server: TestServer
let paths: Paths
let entity: string
let entryId: string
/** Headers of every way to prove who one is. */
let credentials: readonly Readonly<Record<string, string>>[]

beforeAll(async () => {
  server = await openTestServer({
    rate_limits: 'on',
    rate_live_per_minute: MANY,
    rate_live_per_second: MANY,
    rate_recording_per_minute: MANY,
    rate_recording_per_second: MANY,
  })
  paths = (await server.call(undefined, 'GET', '/openapi.json')).body.paths
  const key = await server.makeKey()
  const { access } = server.counterfoil
  const organization = await access.findOrganization('acme')
  if (organization === undefined) throw new Error('The key has an organization.')
  entity = organization.id
  const request = { organization, mode: 'live', scopes: ['audit:read', 'audit:write'], name: '' } as const
  const pair = await access.createKey({ ...request, kind: 'key_pair' })
  const personal = await access.createKey({ ...request, kind: 'personal_token' })
  credentials = [
    { authorization: `Bearer ${key}` },
    { authorization: `Bearer ${personal.token}` },
    { 'x-api-key': key },
    { 'x-api-key': pair.token, 'x-api-secret': pair.secret as string },
  ]
  entryId = (await server.call(key, 'POST', '/v1/audit_log_entries', { action: 'a.b' })).body.id
})
afterAll(() => server.close())

const operations = () =>
  Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method]
      return operation === undefined
        ? []
        : [{ name: `${method.toUpperCase()} ${path}`, method, path, operation }]
    }),
  )

/** A path with its parameters filled in. */
function filled(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'entity_id' ? entity : entryId))
}

/** The first answer to a caller who is known, or the last one that was given. */
async function ask(
  method: string,
  path: string,
): Promise<{ status: number; headers: Headers; text: string }> {
  let response = new Response()
  let text = ''
  for (const headers of credentials) {
    response = await fetch(server.url + path, { method, headers })
    text = await response.text()
    if (response.status !== 401) break
  }
  return { status: response.status, headers: response.headers, text }
}

test('every route that is served is documented, and every documented one is served', () => {
  const served = server.counterfoil.http.routeTable.routes
    .filter(({ method, path }) => method !== 'HEAD' && !UNDOCUMENTED.includes(path))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')}`)
  expect(served.length).toBeGreaterThan(10)
  expect(
    operations()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(served.toSorted())
})

test('operation ids are unique, and path parameters are those of the path', () => {
  const ids = operations().map(({ operation }) => operation.operationId)
  expect(ids.filter((id, i) => id === undefined || ids.indexOf(id) !== i)).toEqual([])
  for (const { name, path, operation } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const documented = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
    expect([name, ...documented.map((parameter) => parameter.name)]).toEqual([name, ...inPath])
  }
})

test('every query parameter that a route takes is documented, and no other', async () => {
  let compared = 0
  for (const { name, method, path, operation } of operations()) {
    // What comes back from a provider of sign-ins is the provider's choice.
    if (method !== 'get' || path === '/v1/sso/{slug}/callback') continue
    const { status, text } = await ask('GET', `${filled(path)}?zz_nobody_knows=1`)
    // A route that knows its parameters refuses others, and says which there are.
    const list = /There are(?: none|: ([^".]*))\./.exec(text)
    expect([name, [400, 422].includes(status), list === null]).toEqual([name, true, false])
    const taken = (list?.[1] ?? '').split(', ').filter((parameter) => parameter !== '')
    const documented = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
    expect([name, ...documented.map((parameter) => parameter.name).toSorted()]).toEqual([
      name,
      ...taken.toSorted(),
    ])
    compared++
  }
  expect(compared).toBeGreaterThan(5)
})

test('every route that wants a key counts its requests, whatever it answers', async () => {
  for (const { name, method, path, operation } of operations()) {
    if (operation.security?.length === 0) continue
    const { headers } = await ask(method.toUpperCase(), filled(path))
    expect([name, headers.get('x-ratelimit-limit')]).toEqual([name, MANY])
    expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(Number(MANY))
    expect(headers.get('x-ratelimit-reset')).toMatch(/^\d{10}$/)
  }
})
