import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FLAG_COUNTS_MAX } from '../../catalogue/flags.js'
import { IndexUnavailable, type SearchIndex } from '../../index/search-index.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const ORDER_SCHEMA = {
  type: 'object',
  required: ['total'],
  properties: { total: { type: 'number', minimum: 0 }, currency: { enum: ['EUR', 'USD'] } },
}
const ENTRIES = '/v1/audit_log_entries'

let server: TestServer
let slug: string
/** Reads, writes and administers a new organization. */
let key: string
let testKey: string

beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  slug = `org-${randomUUID()}`
  const scopes = ['audit:write', 'audit:read', 'access:read', 'access:write'] as const
  key = await server.makeKey({ slug, scopes })
  testKey = await server.makeKey({ slug, scopes, mode: 'test' })
})

const ask = (method: string, path: string, body?: unknown, token = key) =>
  server.call(token, method, path, body)
const record = (entries: unknown, token = key) => ask('POST', ENTRIES, entries, token)
const setAction = (action: string, content: object) =>
  ask('PUT', `/v1/catalogue/actions/${encodeURIComponent(action)}`, content)
const setPolicy = (policy: object, mode = 'live') => ask('PUT', '/v1/catalogue/policies', { mode, ...policy })

/** What clients recorded, without what Counterfoil noted about its own administration. */
async function recorded(token = key): Promise<string[]> {
  const { body } = await ask('GET', `${ENTRIES}?limit=200`, undefined, token)
  const actions = body.data.map(({ action }: { action: string }) => action) as string[]
  return actions.filter((action) => !/^(?:catalogue|log\.)/.test(action)).toReversed()
}

describe('the catalogue', () => {
  it('keeps actions with group, description and schema, and records each change with before, after and diff', async () => {
    const made = await setAction('order.created', {
      group: 'Orders',
      description: 'An order came in.',
      metadata_schema: ORDER_SCHEMA,
    })
    expect(made).toMatchObject({
      status: 200,
      body: { action: 'order.created', group: 'Orders', schema_version: 1, metadata_schema: ORDER_SCHEMA },
    })
    await setAction('order.created', { group: 'Sales', description: 'An order came in.' })
    const { body } = await ask('GET', `${ENTRIES}?action=catalogue_action.updated`)
    const entry = await ask('GET', `${ENTRIES}/${body.data[0].id}?expand[]=diff`)
    expect(entry.body).toMatchObject({
      resource: { type: 'catalogue_action', id: 'order.created' },
      before_state: { group: 'Orders' },
      after_state: { group: 'Sales', schema_version: 1, metadata_schema: ORDER_SCHEMA },
    })
    expect(entry.body.diff).toContainEqual({ op: 'replace', path: '/group', value: 'Sales' })
    expect((await ask('DELETE', '/v1/catalogue/actions/order.created')).status).toBe(204)
    expect((await ask('GET', '/v1/catalogue/actions/order.created')).status).toBe(404)
  })

  it('never changes a version of a schema, nor gives its number again', async () => {
    const schemas = [{ required: ['a'] }, { required: ['b'] }, null]
    await setAction('x', { metadata_schema: schemas[0] })
    await setAction('x', { metadata_schema: schemas[0] })
    await setAction('x', { metadata_schema: schemas[1] })
    await setAction('x', { metadata_schema: null })
    await setAction('x', { description: 'as it was' })
    const versions = async () => (await ask('GET', '/v1/catalogue/actions/x')).body.versions
    expect(await versions()).toMatchObject(
      schemas.map((metadata_schema, i) => ({ version: i + 1, metadata_schema })).toReversed(),
    )
    await ask('DELETE', '/v1/catalogue/actions/x')
    await setAction('x', { metadata_schema: { required: ['c'] } })
    expect((await versions()).map(({ version }: { version: number }) => version)).toEqual([4, 3, 2, 1])
  })

  it.each(['a/b', 'ä%2F', '日本', "o'brien", 'x'.repeat(256), '%'])(
    'takes the action %j by its path',
    async (action) => {
      expect(await setAction(action, { description: 'd' })).toMatchObject({ status: 200, body: { action } })
      const { body } = await ask('GET', `/v1/catalogue/actions/${encodeURIComponent(action)}`)
      expect(body).toMatchObject({ action, description: 'd' })
    },
  )

  it.each([
    ['a b', {}, 'action'],
    ['x'.repeat(257), {}, 'action'],
    ['x', { group: 'a\nb' }, 'group'],
    [
      'x',
      { metadata_schema: { properties: { t: { pattern: '(a+)+$' } } } },
      '/metadata_schema/properties/t/pattern',
    ],
    ['x', { metadata_schema: 7 }, '/metadata_schema'],
    ['x', { schema_version: 7 }, 'schema_version'],
  ])('refuses %j with %j and says where', async (action, content, param) => {
    expect(await setAction(action, content)).toMatchObject({ status: 400, body: { param } })
    expect((await ask('GET', '/v1/catalogue/actions')).body.data).toEqual([])
  })

  it('holds no more than so many characters of schemas, and refuses the one that is too many whole', async () => {
    const { access } = server.counterfoil
    const organization = await access.findOrganization(slug)
    if (organization === undefined) expect.fail()
    const large = JSON.stringify({ title: 'x'.repeat(16_000) })
    await access.transaction(async (access) => {
      for (let i = 0; i < 65; i++) {
        const action = { action: `a${i}`, group: undefined, description: '', organizationId: organization.id }
        await access.catalogue.setAction(action)
        await access.catalogue.setSchema(organization.id, action.action, large)
      }
    })
    const refused = await setAction('b', { metadata_schema: JSON.parse(large) })
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_schema' } })
    expect((await ask('GET', '/v1/catalogue/actions/b')).status).toBe(404)
    expect((await setAction('a1', { metadata_schema: {} })).status).toBe(200)
    expect((await setAction('b', { metadata_schema: JSON.parse(large) })).status).toBe(200)
  })

  it('shows groups with what the log has of each action', async () => {
    await setAction('order.created', { group: 'Orders' })
    await setAction('order.sent', { group: 'Orders' })
    await setAction('ping', {})
    await ask('PUT', '/v1/catalogue/groups/Orders', { description: 'What is sold.' })
    await record([
      { action: 'order.created' },
      { action: 'order.created' },
      { action: 'order.lost' },
      { action: 'ping' },
    ])
    const { body } = await ask('GET', '/v1/catalogue')
    expect(body).toMatchObject({ object: 'catalogue', mode: 'live', unknown_action_count: 1 })
    const [orders, none, own] = body.groups
    expect(orders).toMatchObject({ name: 'Orders', description: 'What is sold.', built_in: false, count: 2 })
    expect(orders.actions).toMatchObject([
      { action: 'order.created', count: 2 },
      { action: 'order.sent', count: 0, first_seen_at: null },
    ])
    expect(orders.actions[0].first_seen_at).toBe(orders.actions[0].last_seen_at)
    expect(none).toMatchObject({ name: null, count: 1, actions: [{ action: 'ping', count: 1 }] })
    expect(own).toMatchObject({ name: 'Counterfoil', built_in: true })
    expect(own.actions).toContainEqual(
      expect.objectContaining({ action: 'catalogue_action.created', count: 3 }),
    )
    const unknown = await ask('GET', '/v1/catalogue/unknown_actions')
    expect(unknown.body.data).toMatchObject([{ object: 'unknown_action', action: 'order.lost', count: 1 }])
    expect((await ask('GET', '/v1/catalogue', undefined, testKey)).body.groups[0].count).toBe(0)
  })

  it('deletes a group only when no action is in it', async () => {
    await setAction('order.created', { group: 'Orders' })
    expect(await ask('DELETE', '/v1/catalogue/groups/Orders')).toMatchObject({
      status: 409,
      body: { code: 'group_in_use' },
    })
    await setAction('order.created', {})
    expect((await ask('DELETE', '/v1/catalogue/groups/Orders')).status).toBe(204)
    expect((await ask('DELETE', '/v1/catalogue/groups/Orders')).status).toBe(404)
  })

  it('takes over a ready catalogue, again without effect, and records it once each time', async () => {
    const first = await ask('POST', '/v1/catalogue/imports', { vendor: 'wherobots' })
    expect(first).toMatchObject({ status: 201, body: { vendor: 'wherobots', added: 48, changed: 0 } })
    await setAction('UploadFile', { group: 'Mine', metadata_schema: ORDER_SCHEMA })
    const again = await ask('POST', '/v1/catalogue/imports', { vendor: 'wherobots' })
    expect(again.body).toMatchObject({ added: 0, changed: 1 })
    const { body } = await ask('GET', '/v1/catalogue/actions')
    expect(body.data).toHaveLength(48)
    expect(body.data.find(({ action }: { action: string }) => action === 'UploadFile')).toMatchObject({
      group: 'File modifications',
      metadata_schema: ORDER_SCHEMA,
    })
    expect((await ask('GET', `${ENTRIES}?action=catalogue.imported`)).body.data).toHaveLength(2)
    expect(await ask('POST', '/v1/catalogue/imports', { vendor: 'nobody' })).toMatchObject({ status: 400 })
  })
})

describe('while the index is away', () => {
  it('counts say so, and the catalogue itself is there', async () => {
    const wrapIndex = (index: SearchIndex): SearchIndex =>
      new Proxy(index, {
        get: (target, name) => {
          if (name === 'actionsSeen') return () => Promise.reject(new IndexUnavailable('away'))
          const value = Reflect.get(target, name) as unknown
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
    const lame = await openTestServer({}, undefined, { wrapIndex })
    const token = await lame.makeKey({ scopes: ['audit:write', 'audit:read', 'access:read', 'access:write'] })
    await lame.call(token, 'PUT', '/v1/catalogue/actions/a', {})
    await lame.call(token, 'POST', ENTRIES, { action: 'a' })
    for (const path of ['/v1/catalogue', '/v1/catalogue/unknown_actions']) {
      const answer = await lame.call(token, 'GET', path)
      expect(answer).toMatchObject({ status: 503, body: { code: 'index_unavailable' } })
      expect(answer.headers.get('retry-after')).not.toBeNull()
    }
    const listed = await lame.call(token, 'GET', '/v1/catalogue/actions')
    expect(listed.body.data).toMatchObject([{ action: 'a' }])
    await lame.close()
  })
})

describe('a policy', () => {
  beforeEach(async () => {
    await setAction('order.created', { metadata_schema: ORDER_SCHEMA })
    await setAction('order.sent', {})
  })
  const good = { action: 'order.created', metadata: { total: 1 } }
  const misfit = { action: 'order.created', metadata: { total: -1 } }
  const unknown = { action: 'order.lost' }

  it('that nobody set accepts everything, without a flag', async () => {
    const { status, body } = await record([good, misfit, unknown])
    expect(status).toBe(201)
    expect(JSON.stringify(body)).not.toContain('flags')
    expect((await ask('GET', '/v1/catalogue/flags')).body.data).toEqual([])
  })

  it('refuses the whole request, with code, pointer and hint, and stores nothing', async () => {
    await setPolicy({ unknown_action: 'refuse', metadata_mismatch: 'refuse' })
    const answer = await record([good, unknown, misfit])
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_entry', param: '/1/action' } })
    expect(answer.body.hint).toContain('"order.lost" is not in the organization')
    expect(answer.body.problems).toMatchObject([
      { code: 'unknown_action', pointer: '/1/action' },
      { code: 'metadata_mismatch', pointer: '/2/metadata/total' },
    ])
    expect(await recorded()).toEqual([])
    expect((await record(misfit)).body.param).toBe('/metadata/total')
    expect((await record(good)).status).toBe(201)
    expect((await record({ action: 'order.sent', metadata: { any: 'thing' } })).status).toBe(201)
    expect(await recorded()).toEqual(['order.created', 'order.sent'])
  })

  it('flags in the receipt, records the entry unaltered, and counts it once however often it is sent', async () => {
    await setPolicy({ unknown_action: 'flag', metadata_mismatch: 'flag' })
    const id = randomUUID()
    const { status, body } = await record([good, { ...misfit, id }, unknown])
    expect(status).toBe(201)
    expect(body.data[0]).not.toHaveProperty('flags')
    expect(body.data[1].flags).toMatchObject([{ code: 'metadata_mismatch', pointer: '/metadata/total' }])
    expect(body.data[2].flags).toMatchObject([{ code: 'unknown_action', pointer: '/action' }])
    const again = await record({ ...misfit, id })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await ask('GET', `${ENTRIES}/${id}`)).body).toMatchObject({
      action: 'order.created',
      metadata: { total: -1 },
    })
    expect((await ask('POST', `${ENTRIES}/verify`, {})).body.verified).toBe(true)
    const flags = (await ask('GET', '/v1/catalogue/flags')).body.data
    expect(flags).toHaveLength(2)
    expect(flags).toContainEqual(
      expect.objectContaining({
        kind: 'metadata_mismatch',
        action: 'order.created',
        schema_version: 1,
        count: 1,
        newest: expect.objectContaining({ entry_id: id, pointer: '/metadata/total' }),
      }),
    )
    expect((await ask('GET', '/v1/catalogue/flags', undefined, testKey)).body.data).toEqual([])
  })

  it('is of one mode and one organization, and holds from the next request', async () => {
    await setPolicy({ unknown_action: 'refuse' }, 'test')
    const other = await server.makeKey({ slug: `other-${slug}` })
    expect((await record(unknown)).status).toBe(201)
    expect((await record(unknown, other)).status).toBe(201)
    expect((await record(unknown, testKey)).status).toBe(400)
    await ask('PUT', '/v1/catalogue/actions/order.lost', {})
    expect((await record(unknown, testKey)).status).toBe(201)
    await setPolicy({ unknown_action: 'accept' }, 'test')
    expect((await record({ action: 'any' }, testKey)).status).toBe(201)
    expect(await recorded(testKey)).toEqual(['order.lost', 'any'])
  })

  it('goes by the newest version of a schema', async () => {
    await setPolicy({ metadata_mismatch: 'refuse' })
    expect((await record(good)).status).toBe(201)
    await setAction('order.created', { metadata_schema: { required: ['currency'] } })
    expect((await record(good)).status).toBe(400)
    await setAction('order.created', { metadata_schema: null })
    expect((await record(misfit)).status).toBe(201)
  })

  it('never holds up entries about ourselves', async () => {
    await setPolicy({ unknown_action: 'refuse', metadata_mismatch: 'refuse' })
    await setAction('catalogue_action.created', { metadata_schema: { required: ['never there'] } })
    await setAction('another', {})
    const { body } = await ask('GET', `${ENTRIES}?action=catalogue_action.created&resource_id=another`)
    expect(body.data).toHaveLength(1)
  })

  it('holds under requests that go together', async () => {
    await setPolicy({ unknown_action: 'refuse' })
    const free = await server.makeKey({ slug: `free-${slug}` })
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0 ? record(unknown) : record(good, i % 3 === 1 ? key : free),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map((_, i) => (i % 3 === 0 ? 400 : 201)))
  })

  it('keeps counts of a thousand actions apart, and the rest together', async () => {
    await setPolicy({ unknown_action: 'flag' })
    const many = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({ action: `u.${from + i}` }))
    await record(many(0, 600))
    await record(many(600, FLAG_COUNTS_MAX + 50))
    const { data } = (await ask('GET', '/v1/catalogue/flags')).body
    expect(data).toHaveLength(FLAG_COUNTS_MAX + 1)
    expect(data.find(({ action }: { action: string | null }) => action === null)).toMatchObject({ count: 50 })
  })

  it('that the command line changes holds in the running server', async () => {
    const main = fileURLToPath(new URL('../../main.js', import.meta.url))
    const args = ['catalogue', 'policy', '--org', slug, '--mode', 'live', '--unknown-action', 'refuse']
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
      env: { ...process.env, ...server.environment },
    })
    expect([status, String(stderr)]).toEqual([0, ''])
    expect((await record(unknown)).status).toBe(400)
  })
})
