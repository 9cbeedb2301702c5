import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, type Headed } from '../../graphql/testing/graphql-client.js'
import { toGlobalId } from '../../http/global-id.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const ADA = { type: 'user', id: 'u_1', email: 'ada@example.com' } as const
const NODE = `query($id: ID!) { node(id: $id) { __typename id
  ... on UnauthenticatedAuditLog { mutationName success }
  ... on AuthenticatedAuditLog { operationName user { email } }
  ... on ExporterAuditLog { model { name } }
  ... on Account { name } } }`

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

async function organization(slug: string): Promise<{ key: string; headers: Headed }> {
  const key = await server.makeKey({ slug })
  await server.call(key, 'POST', '/v1/audit_log_entries', [
    { action: 'user.login', category: 'authentication', actor: ADA },
    { action: 'integration.created', actor: ADA },
    { action: 'model.exported', category: 'export', actor: ADA, resource: { type: 'model', label: slug } },
  ])
  return { key, headers: { 'x-api-key': key } }
}

const nodeOf = async (headers: Headed, id: string) => {
  const { status, body } = await ask(server, headers, NODE, { id })
  expect([status, body.errors]).toEqual([200, undefined])
  return body.data.node
}

describe('node', () => {
  it('gives the entry of an id in the type of the connection that shows it', async () => {
    const { headers } = await organization('acme')
    const id = (number: number) => toGlobalId('AuditLog', number)
    expect(await nodeOf(headers, id(1))).toEqual({
      __typename: 'UnauthenticatedAuditLog',
      id: id(1),
      mutationName: 'user.login',
      success: true,
    })
    expect(await nodeOf(headers, id(2))).toEqual({
      __typename: 'AuthenticatedAuditLog',
      id: id(2),
      operationName: 'integration.created',
      user: { email: ADA.email },
    })
    expect(await nodeOf(headers, id(3))).toMatchObject({
      __typename: 'ExporterAuditLog',
      model: { name: 'acme' },
    })
  })

  it('finds every entry that the connections show, by the id they show', async () => {
    const { headers } = await organization('walked')
    for (const connection of ['unauthenticated', 'authenticated', 'exporter']) {
      const name = `${connection}AuditLogs`
      const { body } = await ask(
        server,
        headers,
        `{ account { ${name}(first: 9) { edges { node { __typename id } } } } }`,
      )
      const shown = body.data.account[name].edges.map(({ node }: { node: object }) => node)
      expect(shown.length).toBeGreaterThan(0)
      for (const node of shown) expect(await nodeOf(headers, node.id)).toMatchObject(node)
    }
  })

  it('gives the own account, and null for everything else', async () => {
    const { headers } = await organization('here')
    const elsewhere = await organization('elsewhere')
    const account = async (of: Headed) => (await ask(server, of, '{ account { id } }')).body.data.account.id
    expect(await nodeOf(headers, await account(headers))).toMatchObject({
      __typename: 'Account',
      name: 'here',
    })
    const others = [
      '',
      'x',
      'QXVkaXRMb2c6MQ',
      ...[0, -1, '01', 4, 10 ** 15, 'x', '1e3'].map((n) => toGlobalId('AuditLog', n)),
    ]
    for (const id of [await account(elsewhere.headers), toGlobalId('User', ADA.id), ...others])
      expect([id, await nodeOf(headers, id)]).toEqual([id, null])
  })

  it('shows nobody what their key may not see', async () => {
    const { key } = await organization('narrow')
    const own = await server.makeKey({ slug: 'narrow', scopes: ['audit:read:own', 'audit:write'] })
    const keyId = /^cf_live_([^_]+)_/.exec(own)?.[1]
    const mine = { action: 'mine', actor: { type: 'api_key', id: keyId } }
    const { body } = await server.call(own, 'POST', '/v1/audit_log_entries', mine)
    expect(await nodeOf({ 'x-api-key': own }, toGlobalId('AuditLog', 2))).toBeNull()
    expect(await nodeOf({ 'x-api-key': key }, toGlobalId('AuditLog', 2))).not.toBeNull()
    expect(await nodeOf({ 'x-api-key': own }, toGlobalId('AuditLog', body.seq + 1))).toMatchObject({
      operationName: 'mine',
    })
  })
})

describe('viewer', () => {
  it('is the key, or the person whose key it is', async () => {
    const { key, headers } = await organization('viewed')
    const keyId = /^cf_live_([^_]+)_/.exec(key)?.[1] as string
    const viewer = async (of: Headed) => (await ask(server, of, '{ viewer { id email } }')).body.data.viewer
    expect(await viewer(headers)).toEqual({ id: toGlobalId('User', keyId), email: null })
    const { access } = server.counterfoil
    const { personId } = await access.people.create('grace@example.com')
    const acme = await access.findOrganization('viewed')
    if (acme === undefined) expect.fail()
    await access.memberships.create(acme.id, personId, 'admin', 'Grace')
    const token = {
      kind: 'personal_token',
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
      personId,
    } as const
    const personal = (await access.createKey({ organization: acme, ...token })).token
    expect(await viewer({ 'x-api-key': personal })).toEqual({
      id: toGlobalId('User', personId),
      email: 'grace@example.com',
    })
  })
})
