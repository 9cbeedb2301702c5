import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

let server: TestServer
let key: string
let entity: string
const ids: string[] = []
const times: string[] = []
const get = (path: string, token = key) => server.call(token, 'GET', `/v1${path}`)
const idsOf = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id)
const activityId = (id: string | undefined) => `act_${id?.replaceAll('-', '')}`

const ENTRIES = [
  ...Array.from({ length: 25 }, (_, i) => ({ action: 'product.updated', metadata: { i } })),
  {
    action: 'order.fulfilled',
    severity: 'security',
    outcome: 'denied',
    error_code: 'E1',
    description: 'Shipped it',
    actor: {
      type: 'webhook',
      id: 'w_1',
      label: 'Carrier',
      name: 'Carrier Inc.',
      on_behalf_of: { type: 'user', id: 'u_1', label: 'Ada' },
    },
    resource: { type: 'order', id: 'ord/7', label: 'Order 7' },
    context: { request_id: 'rq_1', ip_address: '10.0.0.1' },
    before: { n: 1 },
    after: { n: 2 },
    metadata: { carrier: 'x' },
  },
  { action: 'order.fulfilled', severity: 'error', actor: { type: 'service', id: 's_1' } },
]

beforeAll(async () => {
  server = await openTestServer({ read_wait_ms: '20000' })
  key = await server.makeKey()
  entity = (await server.counterfoil.access.findOrganization('acme'))?.id as string
  for (const entry of ENTRIES) {
    const { body } = await server.call(key, 'POST', '/v1/audit_log_entries', entry)
    ids.push(body.id)
    times.push(body.recorded_at)
  }
})
afterAll(() => server.close())

describe('activity', () => {
  it('lists the newest 20 first, and walks to the oldest by either way of paging', async () => {
    const { body } = await get('/activity')
    expect(Object.keys(body).slice(0, 5)).toEqual(['object', 'data', 'has_more', 'next_cursor', 'url'])
    expect(idsOf(body)).toEqual(ids.toReversed().slice(0, 20).map(activityId))
    const rest = ids.toReversed().slice(20).map(activityId)
    for (const way of [
      `cursor=${body.next_cursor}`,
      `starting_after=${body.next_cursor}`,
      `starting_after=${idsOf(body).at(-1)}`,
      `starting_after=${ids.toReversed()[19]}`,
    ]) {
      const next = await get(`/activity?${way}`)
      expect([way, ...idsOf(next.body)]).toEqual([way, ...rest])
      expect(next.body).toMatchObject({ has_more: false, next_cursor: null })
    }
  })

  it('gives each entry in its own shape, without anything of the chain', async () => {
    const event = {
      id: activityId(ids[25]),
      object: 'activity_event',
      entity_id: entity,
      created_at: times[25],
      actor: {
        type: 'system',
        id: 'w_1',
        label: 'Carrier',
        on_behalf_of: { type: 'user', id: 'u_1', label: 'Ada' },
      },
      action: 'order.fulfilled',
      resource_type: 'order',
      resource_id: 'ord/7',
      resource_label: 'Order 7',
      description: 'Shipped it',
      severity: 'critical',
      outcome: 'denied',
      error_code: 'E1',
      request_id: 'rq_1',
      metadata: { carrier: 'x' },
      diff: { before: { n: 1 }, after: { n: 2 } },
    }
    for (const id of [ids[25], activityId(ids[25])])
      expect((await get(`/activity/${id}`)).body).toStrictEqual(event)
    expect((await get('/activity?resource_type=order')).body.data).toStrictEqual([event])
    expect((await get('/resources/order/ord%2F7/activity')).body.data).toStrictEqual([event])
    expect((await get(`/activity/${ids[0]}`)).body).toMatchObject({
      actor: null,
      resource_type: null,
      error_code: null,
      diff: { before: null, after: null },
    })
  })

  it.each([
    ['resource_id=ord/7', [25]],
    ['actor_id=s_1', [26]],
    ['actor_type=system', [26, 25]],
    ['actor_type=service', [26]],
    ['action=order.*', [26, 25]],
    ['search=SHIPPED', [25]],
    ['q=carrier%20inc', [25]],
  ])('finds by %s', async (query, expected) => {
    expect(idsOf((await get(`/activity?${query}`)).body)).toEqual(expected.map((i) => activityId(ids[i])))
  })

  it('finds a resource by the longest id there can be', async () => {
    const id = '\u20ac'.repeat(512)
    await server.call(key, 'POST', '/v1/audit_log_entries', { action: 'a.b', resource: { type: 'long', id } })
    const { status, body } = await get(`/resources/long/${encodeURIComponent(id)}/activity`)
    expect([status, body.data?.[0]?.resource_id]).toEqual([200, id])
  })

  it('holds times inclusively on both sides', async () => {
    const { body } = await get(`/activity?created_after=${times[3]}&created_before=${times[5]}`)
    expect(idsOf(body)).toEqual([5, 4, 3].map((i) => activityId(ids[i])))
  })

  it.each([
    ['/activity?limit=101', 'limit'],
    ['/activity?colour=red', 'colour'],
    ['/activity?actor_type=robot', 'actor_type'],
    ['/activity?created_after=x', 'created_after'],
    ['/activity?created_after=2026-11-21T00:00:00Z&created_before=2026-11-20T00:00:00Z', 'created_after'],
    ['/activity?starting_after=act_0', 'starting_after'],
    ['/resources/order/1/activity?resource_id=2', 'resource_id'],
    ['/activity/x?expand[]=chain', 'expand[]'],
  ])('refuses %s by name', async (path, param) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { code: 'invalid_request', param } })
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'takes no %s: what happened is not changed here',
    async (method) => {
      const paths = [
        '/activity',
        `/activity/${ids[0]}`,
        '/resources/order/1/activity',
        `/entities/${entity}/activity/${ids[0]}`,
      ]
      for (const path of paths) {
        const { status, headers, body } = await server.call(key, method, `/v1${path}`, { a: 1 })
        expect([path, status, headers.get('allow')]).toEqual([path, 405, 'GET'])
        expect(body).toMatchObject({ code: 'method_not_allowed', request_id: expect.any(String) })
      }
    },
  )

  it('shows nothing to another organization, and to audit:read:own only its own', async () => {
    const other = await server.makeKey({ slug: 'other' })
    expect((await get('/activity', other)).body.data).toEqual([])
    expect((await get(`/activity/${ids[25]}`, other)).status).toBe(404)
    const own = await server.makeKey({ scopes: ['audit:write', 'audit:read:own'] })
    const { body } = await server.call(own, 'POST', '/v1/audit_log_entries', {
      action: 'mine.a',
      actor: { type: 'api_key', id: own.split('_')[2] },
      resource: { type: 'order', id: 'ord/7' },
    })
    const mine = [activityId(body.id)]
    expect(idsOf((await get('/activity', own)).body)).toEqual(mine)
    expect(idsOf((await get('/resources/order/ord%2F7/activity', own)).body)).toEqual(mine)
    expect((await get(`/activity/${ids[25]}`, own)).status).toBe(404)
    // Not even whether the entry is there.
    for (const id of [ids[25], 'act_00000000000000000000000000000000'])
      expect((await get(`/activity?starting_after=${id}`, own)).status).toBe(400)
  })
})

describe('paths below the entity', () => {
  const paths = () => [
    '/audit_log_entries',
    `/audit_log_entries/${ids[25]}`,
    '/activity',
    `/activity/${ids[25]}`,
    '/resources/order/ord%2F7/activity',
  ]

  it('answer as the plain ones do', async () => {
    for (const path of paths()) {
      const plain = await get(path)
      const below = await get(`/entities/${entity}${path}`)
      expect([path, below.status]).toEqual([path, 200])
      const url = plain.body.url === undefined ? {} : { url: `/v1/entities/${entity}${path}` }
      expect(below.body).toEqual({ ...plain.body, ...url })
    }
    const verified = await server.call(key, 'POST', `/v1/entities/${entity}/audit_log_entries/verify`, {})
    expect(verified.body).toMatchObject({ verified: true, next_seq: null })
  })

  it('refuse an entity that the key is not for, whether or not there is one', async () => {
    await server.makeKey({ slug: 'other' })
    const other = (await server.counterfoil.access.findOrganization('other'))?.id as string
    const texts = new Set<string>()
    for (const id of [other, '0193b1c2-0000-7000-8000-0000000000ff', 'nonsense', entity.toUpperCase()]) {
      for (const path of paths()) {
        const { status, body } = await get(`/entities/${id}${path}`)
        expect(status).toBe(403)
        expect(body).toMatchObject({ code: 'entity_not_allowed', type: 'permission_error' })
        texts.add(JSON.stringify({ ...body, request_id: '' }))
      }
      const { status } = await server.call(key, 'POST', `/v1/entities/${id}/audit_log_entries/verify`, {})
      expect(status).toBe(403)
    }
    expect(texts.size).toBe(1)
  })
})
