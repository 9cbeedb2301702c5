import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { EXPAND_PATHS } from './expand.js'
import { EXPANDED_ROWS_MAX } from './latest-entries.js'

const PATH = '/v1/audit_log_entries'
let server: TestServer
let key: string
const ids: string[] = []
const record = async (entries: object[], token = key) => {
  const { body } = await server.call(token, 'POST', PATH, entries)
  return body.data.map(({ id }: { id: string }) => id) as string[]
}
const get = (path: string, token = key) => server.call(token, 'GET', PATH + path)

beforeAll(async () => {
  server = await openTestServer({ read_wait_ms: '20000' })
  key = await server.makeKey()
  const order = { type: 'order', id: 'o_1', label: 'First name' }
  ids.push(
    ...(await record([
      { action: 'order.created', resource: order, after: { n: 1 } },
      {
        action: 'order.renamed',
        resource: { ...order, label: 'Second name' },
        actor: { type: 'user', id: 'u_1', name: 'Ada L.' },
        before: { n: 1 },
        after: { n: 2 },
      },
      { action: 'note.added', resource: { type: 'note' } },
    ])),
  )
})
afterAll(() => server.close())

describe('expanding a resource', () => {
  const row = { type: 'order', id: 'o_1', label: 'First name' }

  it('adds what the newest entry about it tells; the entry keeps its own label', async () => {
    expect((await get(`/${ids[0]}`)).body.resource).toStrictEqual(row)
    const { body } = await get(`/${ids[0]}?expand[]=resource`)
    const latest = (await get(`/${ids[1]}`)).body
    expect(body.resource).toStrictEqual({
      ...row,
      object: 'resource',
      latest_label: 'Second name',
      latest_action: 'order.renamed',
      latest_at: latest.created_at,
      latest_entry: ids[1],
    })
  })

  it('nests: the newest entry itself, with its own actor, diff and chain', async () => {
    const deep = ['actor', 'diff', 'chain'].map((path) => `expand[]=data.resource.latest_entry.${path}`)
    const { body } = await get(`?action=order.created&${deep.join('&')}`)
    const alone = await get(`/${ids[1]}?expand[]=actor&expand[]=diff&expand[]=chain`)
    expect(body.data[0].resource.latest_entry).toStrictEqual(alone.body)
    expect(body.data[0]).not.toHaveProperty('_chain')
    expect(alone.body.actor.name).toBe('Ada L.')
  })

  it('has nothing to tell of a resource without id', async () => {
    const { body } = await get(`/${ids[2]}?expand[]=resource.latest_entry`)
    expect(body.resource).toMatchObject({ type: 'note', id: null, latest_label: null, latest_entry: null })
  })

  it('knows the entry at hand even when the index is behind', async () => {
    const hasty = await openTestServer({ read_wait_ms: '0' })
    const token = await hasty.makeKey()
    for (let i = 0; i < 20; i++) {
      const entry = { action: 'order.sent', resource: { type: 'order', id: 'o_1', label: `${i}` } }
      const { body } = await hasty.call(token, 'POST', PATH, entry)
      const shown = await hasty.call(token, 'GET', `${PATH}/${body.id}?expand[]=resource`)
      expect(shown.body.resource).toMatchObject({ latest_entry: body.id, latest_label: `${i}` })
    }
    await hasty.close()
  })

  it('never tells a key with audit:read:own of entries that it may not see', async () => {
    const own = await server.makeKey({ scopes: ['audit:write', 'audit:read:own'] })
    const actor = { type: 'api_key', id: own.split('_')[2] }
    const [mine] = await record([{ action: 'order.seen', actor, resource: row }], own)
    await record([{ action: 'order.secret', resource: row }])
    const { body } = await get(`/${mine}?expand[]=resource`, own)
    expect(body.resource).toMatchObject({ latest_action: 'order.seen', latest_entry: mine })
  })

  it(`stops after ${EXPANDED_ROWS_MAX} resources and says which are left as they were`, async () => {
    const many = await server.makeKey({ slug: 'many' })
    const entries = Array.from({ length: 150 }, (_, i) => ({
      action: 'order.created',
      resource: { type: 'order', id: `o_${i % 120}` },
    }))
    await record(entries, many)
    const { body } = await get('?limit=200&expand[]=data.resource', many)
    const truncated = body.data.filter(({ resource }: { resource: object }) => 'truncated' in resource)
    expect(truncated.length).toBe(20)
    expect(truncated[0].resource).toStrictEqual({
      type: 'order',
      id: expect.any(String),
      label: null,
      truncated: true,
    })
  })
})

describe('expand paths', () => {
  it('that are unknown are refused with those that there are', async () => {
    for (const path of ['chains', 'actor.name', '', 'data.chain', '__proto__']) {
      const { status, body } = await get(`/${ids[0]}?expand[]=${path}`)
      expect([path, status, body.code]).toEqual([path, 400, 'invalid_expand_unknown_field'])
      for (const valid of EXPAND_PATHS) expect(body.hint).toContain(valid)
    }
    const { body } = await get('?expand[]=data.chains')
    expect(body).toMatchObject({
      code: 'invalid_expand_unknown_field',
      type: 'expand_error',
      param: 'expand[]',
    })
    expect(body.hint).toContain('data.resource.latest_entry.diff')
  })

  it('need data. on lists, whatever they name', async () => {
    for (const path of ['chain', 'nothing'])
      expect(await get(`?expand[]=data.diff&expand[]=${path}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_expand_list_requires_data_prefix', type: 'expand_error' },
      })
  })

  it('are at most ten, and at most four deep', async () => {
    const times = (count: number) => Array.from({ length: count }, () => 'expand[]=chain').join('&')
    expect((await get(`/${ids[0]}?${times(10)}`)).status).toBe(200)
    expect(await get(`/${ids[0]}?${times(11)}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_expand', type: 'expand_error' },
    })
    expect(await get(`/${ids[0]}?expand[]=a.b.c.d.e`)).toMatchObject({ body: { code: 'invalid_expand' } })
    expect(await get(`/${ids[0]}?expand[]=a.b.c.d`)).toMatchObject({
      body: { code: 'invalid_expand_unknown_field' },
    })
  })
})
