import type { Entry, EntryContent } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sentEntries } from '../../../../core/dist/testing/index.js'
import { ask, type Headed } from '../../graphql/testing/graphql-client.js'
import { walk } from '../../graphql/testing/walk.js'
import { startArrivals } from '../../testing/arrivals.js'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const EVERYTHING: EntryContent = {
  action: 'invoice.paid',
  category: 'export',
  severity: 'warning',
  outcome: 'denied',
  error_code: 'E7',
  description: 'Paid the İnvoice "now"',
  actor: {
    type: 'api_key',
    id: 'k_1',
    label: 'Key',
    name: 'K.',
    email: 'k@example.com',
    on_behalf_of: { type: 'user', id: 'u_1', on_behalf_of: { type: 'service', id: 's_9' } },
  },
  resource: { type: 'invoice', id: 'inv_7', label: 'Invoice 7' },
  targets: [{ type: 'account', id: 'acc_1' }, { type: 'order' }],
  context: {
    ip_address: '10.1.2.3',
    user_agent: 'curl/8',
    session_id: 'sess',
    request_id: 'rq',
    region: 'eu',
    location: 'Basel',
    correlation_id: 'cor',
  },
  source: { name: 'billing', seq: 9_007_199_254_740_991 },
  workspace: { id: 'w1', name: 'Main' },
  operation: { type: 'mutation', name: 'pay', text: 'mutation pay { pay }', variables: { a: [1, null] } },
  before: { state: 'open', n: 1 },
  after: { state: 'paid', n: 1 },
  metadata: { order: { id: 42, tags: ['red', null] }, 'a/b': true, __proto: '\u2028😀' },
  occurred_at: '2026-11-20T10:00:00.5+02:00',
}

const EVERY_FIELD = `
  id organizationId mode seq recordedAt occurredAt action category severity outcome errorCode description
  actor { ...A onBehalfOf { ...A onBehalfOf { ...A } } } resource { type id label } targets { type id label }
  context { ipAddress userAgent sessionId requestId region location correlationId }
  source { name seq } workspace { id name } operation { type name text variables }
  before after diff metadata entryHash prevHash`
const WITH_ACTORS = 'fragment A on Actor { type id label name email }'

let server: TestServer
let key: string
let headers: Headed
let entries: readonly Entry[]

beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  headers = { authorization: `Bearer ${key}` }
  entries = await recordEntries(server, key, [
    { action: 'order.created', actor: { type: 'user', id: 'u_1' } },
    EVERYTHING,
    { action: 'only.action' },
  ])
})
afterAll(() => server.close())

const refusedWith = (code: string) => ({
  status: 400,
  body: { errors: [{ extensions: { code } }], data: null },
})

describe('an entry', () => {
  it('has every field that was recorded', async () => {
    const query = `query Q($id: ID!) { entry(id: $id) { ${EVERY_FIELD} } } ${WITH_ACTORS}`
    const { body } = await ask(server, headers, query, { id: entries[1]?.id })
    const nobody = { id: null, label: null, name: null, email: null }
    expect(body.data.entry).toEqual({
      id: entries[1]?.id,
      organizationId: entries[1]?.organization_id,
      mode: 'LIVE',
      seq: 1,
      recordedAt: entries[1]?.recorded_at,
      occurredAt: EVERYTHING.occurred_at,
      action: 'invoice.paid',
      category: 'export',
      severity: 'WARNING',
      outcome: 'DENIED',
      errorCode: 'E7',
      description: EVERYTHING.description,
      actor: {
        type: 'API_KEY',
        id: 'k_1',
        label: 'Key',
        name: 'K.',
        email: 'k@example.com',
        onBehalfOf: {
          type: 'USER',
          ...nobody,
          id: 'u_1',
          onBehalfOf: { type: 'SERVICE', ...nobody, id: 's_9' },
        },
      },
      resource: EVERYTHING.resource,
      targets: [
        { type: 'account', id: 'acc_1', label: null },
        { type: 'order', id: null, label: null },
      ],
      context: {
        ipAddress: '10.1.2.3',
        userAgent: 'curl/8',
        sessionId: 'sess',
        requestId: 'rq',
        region: 'eu',
        location: 'Basel',
        correlationId: 'cor',
      },
      source: EVERYTHING.source,
      workspace: EVERYTHING.workspace,
      operation: { ...EVERYTHING.operation, type: 'MUTATION' },
      before: EVERYTHING.before,
      after: EVERYTHING.after,
      diff: [{ op: 'replace', path: '/state', value: 'paid' }],
      metadata: EVERYTHING.metadata,
      entryHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      prevHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('is null in what was never given', async () => {
    const query = `query Q($id: ID!) { entry(id: $id) { ${EVERY_FIELD} } } ${WITH_ACTORS}`
    const { body } = await ask(server, headers, query, { id: entries[2]?.id })
    const { entry } = body.data
    expect(entry).toMatchObject({
      action: 'only.action',
      category: 'operation',
      severity: 'INFO',
      targets: [],
    })
    for (const name of [
      'actor',
      'resource',
      'context',
      'source',
      'workspace',
      'operation',
      'before',
      'metadata',
    ]) {
      expect(entry[name], name).toBe(null)
    }
  })

  it.each(['nonsense', '', '0193b1c2-0000-7000-8000-0000000000ff', "' OR 1=1"])(
    'is null for the id %j',
    async (id) => {
      expect(
        (await ask(server, headers, 'query Q($id: ID!) { entry(id: $id) { id } }', { id })).body,
      ).toEqual({
        data: { entry: null },
      })
    },
  )
})

describe('what is shown', () => {
  const query = 'query Q($id: ID!) { entry(id: $id) { action } auditLogs { totalCount nodes { action } } }'

  it('is one organization and mode alone', async () => {
    for (const options of [{ slug: 'other' }, { mode: 'test' as const }]) {
      const other = { authorization: `Bearer ${await server.makeKey(options)}` }
      expect((await ask(server, other, query, { id: entries[0]?.id })).body.data).toEqual({
        entry: null,
        auditLogs: { totalCount: 0, nodes: [] },
      })
    }
  })

  it('is only what the key did itself, with audit:read:own', async () => {
    const slug = 'own'
    const writer = await server.makeKey({ slug })
    const own = await server.makeKey({ slug, scopes: ['audit:read:own'] })
    const [theirs] = await recordEntries(server, writer, [{ action: 'theirs' }])
    const [mine] = await recordEntries(server, writer, [
      { action: 'mine', actor: { type: 'api_key', id: own.split('_')[2] ?? '' } },
    ])
    const asOwn = { authorization: `Bearer ${own}` }
    const auditLogs = { totalCount: 1, nodes: [{ action: 'mine' }] }
    expect((await ask(server, asOwn, query, { id: theirs?.id })).body.data).toEqual({
      entry: null,
      auditLogs,
    })
    expect((await ask(server, asOwn, query, { id: mine?.id })).body.data.entry).toEqual({ action: 'mine' })
    const everything =
      '{ auditLogs(filter: {not: {text: "nothing at all"}}) { totalCount } facets(fields: [ACTION]) { fields { values { value count } } } histogram { buckets { total } } }'
    expect((await ask(server, asOwn, everything)).body.data).toMatchObject({
      auditLogs: { totalCount: 1 },
      facets: { fields: [{ values: [{ value: 'mine', count: 1 }] }] },
      histogram: { buckets: [{ total: 1 }] },
    })
  })
})

describe('a request', () => {
  it.each([
    ['auditLogs(first: 0)', 'invalid_request'],
    ['auditLogs(first: 1001)', 'invalid_request'],
    ['auditLogs(after: "x")', 'invalid_cursor'],
    ['auditLogs(query: "colour:")', 'invalid_search'],
    ['auditLogs(query: "(")', 'invalid_search'],
    ['auditLogs(from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z")', 'invalid_request'],
    ['auditLogs(filter: {cidr: "10.0.0.0/99"})', 'invalid_request'],
    ['auditLogs(filter: {text: ""})', 'invalid_request'],
    ['auditLogs(filter: {})', 'validation_failed'],
    ['auditLogs(filter: {text: "a", cidr: "::/0"})', 'validation_failed'],
    ['auditLogs(filter: {equals: {field: COLOUR, values: []}})', 'validation_failed'],
    ['auditLogs(filter: {equals: {field: "action", values: []}})', 'validation_failed'],
    ['auditLogs(order: UPWARDS)', 'validation_failed'],
    [`auditLogs(filter: ${'{not: '.repeat(20)}{text: "a"}${'}'.repeat(20)})`, 'invalid_request'],
  ])('is refused: %s', async (field, code) => {
    expect(await ask(server, headers, `{ ${field} { complete } }`)).toMatchObject(refusedWith(code))
  })

  it.each(['facets(fields: [ACTION], first: 0)', 'facets(fields: [ACTION], first: 101)'])(
    'is refused: %s',
    async (field) => {
      expect(await ask(server, headers, `{ ${field} { complete } }`)).toMatchObject(
        refusedWith('invalid_request'),
      )
    },
  )

  it('is refused whole when one of its fields fails', async () => {
    const answer = await ask(
      server,
      headers,
      '{ a: auditLogs { totalCount } b: auditLogs(after: "x") { totalCount } }',
    )
    expect(answer).toMatchObject(refusedWith('invalid_cursor'))
  })

  it('goes on only with the query, filter and order of its cursor', async () => {
    const page = async (args: string) =>
      ask(server, headers, `{ auditLogs(first: 1, ${args}) { pageInfo { endCursor } } }`)
    const cursor = (await page('query: "action:order"')).body.data.auditLogs.pageInfo.endCursor
    expect((await page(`query: "action:order", after: "${cursor}"`)).status).toBe(200)
    for (const args of [
      'query: "action:invoice"',
      'order: OLDEST_FIRST, query: "action:order"',
      'filter: {text: "a"}',
    ]) {
      expect(await page(`${args}, after: "${cursor}"`)).toMatchObject(refusedWith('invalid_cursor'))
    }
  })
})

it('a pager meets every earlier entry once and ends, while 200 a second arrive', {
  timeout: 300_000,
}, async () => {
  const writer = await server.makeKey({ slug: 'busy' })
  const ids = (await recordEntries(server, writer, sentEntries(10_000), 1_000)).map(({ id }) => id)
  const meanwhile = startArrivals(server, writer, 200, () => ({ action: 'order.created' }))
  const query =
    'query Q($cursor: String) { auditLogs(first: 500, after: $cursor, filter: {equals: {field: CATEGORY, values: ["operation"]}}) { nodes { id } pageInfo { hasNextPage endCursor } } }'
  const seen = await walk(server, { authorization: `Bearer ${writer}` }, query, {}, ({ auditLogs }) => ({
    ids: auditLogs.nodes.map(({ id }: { id: string }) => id),
    ...auditLogs.pageInfo,
  }))
  expect(await meanwhile.stop()).toBeGreaterThan(20)
  const earlier = new Set(ids)
  expect(seen.filter((id) => earlier.has(id))).toEqual(ids.toReversed())
  expect(new Set(seen).size).toBe(seen.length)
})
