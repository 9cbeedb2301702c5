import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { CHEAP, entriesOf, NO_LIMITS, person, tokenOf } from './testing/people.js'

const PATH = '/v1/saved_views'
let server: TestServer
beforeAll(async () => {
  server = await openTestServer({}, undefined, { hashingCost: CHEAP, signInLimits: NO_LIMITS })
  await person(server, 'ada@example.com', { acme: 'member' })
  await person(server, 'bob@example.com', { acme: 'member' })
  await person(server, 'olga@example.com', { acme: 'owner' })
  await person(server, 'eve@example.com', { other: 'owner' })
})
afterAll(() => server.close())

const tokens = async () =>
  Promise.all(['ada', 'bob', 'olga', 'eve'].map((name) => tokenOf(server, `${name}@example.com`)))
const namesOf = async (token: string) =>
  (await server.call(token, 'GET', PATH)).body.data.map(({ name }: { name: string }) => name)

it('are seen by those they belong to and, when shared, by the whole organization and nobody else', async () => {
  const [ada, bob, , eve] = (await tokens()) as [string, string, string, string]
  const own = await server.call(ada, 'POST', PATH, { name: 'Mine', query: '?q=actor:ada&range=7d' })
  expect(own).toMatchObject({
    status: 201,
    body: { shared: false, own: true, query: '?q=actor:ada&range=7d' },
  })
  await server.call(ada, 'POST', PATH, { name: 'Ours', query: '', shared: true })
  expect(await namesOf(ada)).toEqual(['Mine', 'Ours'])
  expect(await namesOf(bob)).toEqual(['Ours'])
  expect(await namesOf(eve)).toEqual([])
  for (const token of [bob, eve])
    expect((await server.call(token, 'DELETE', `${PATH}/${own.body.id}`)).status).toBe(404)
})

it('are recorded when everybody sees them, and not when only one does', async () => {
  const actions = (await entriesOf(server, 'acme', 'action=saved_view.*')).map(
    (entry) => entry.resource.label,
  )
  expect(actions).toEqual(['Ours'])
})

it('are deleted by whoever made them, or by those who may change the organization', async () => {
  const [ada, bob, olga] = (await tokens()) as [string, string, string, string]
  const { body } = await server.call(ada, 'POST', PATH, { name: 'Shared', query: '', shared: true })
  const refused = await server.call(bob, 'DELETE', `${PATH}/${body.id}`)
  expect(refused).toMatchObject({ status: 403, body: { code: 'permission_denied' } })
  expect((await server.call(olga, 'DELETE', `${PATH}/${body.id}`)).status).toBe(204)
  expect((await server.call(olga, 'DELETE', `${PATH}/${body.id}`)).status).toBe(404)
  const [entry] = await entriesOf(server, 'acme', 'action=saved_view.deleted')
  expect(entry).toMatchObject({ resource: { label: 'Shared' }, actor: { email: 'olga@example.com' } })
})

it('are nothing for keys', async () => {
  expect(await server.call(await server.makeKey({ scopes: ['audit:read'] }), 'GET', PATH)).toMatchObject({
    status: 400,
  })
})
