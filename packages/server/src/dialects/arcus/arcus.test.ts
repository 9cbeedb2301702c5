import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const PATH = '/v1/audit_log_entries'
const EVERYTHING = {
  action: 'invoice.paid',
  category: 'export',
  severity: 'warning',
  outcome: 'denied',
  error_code: 'E7',
  description: 'Paid the İnvoice',
  actor: {
    type: 'user',
    id: 'u_1',
    label: 'Ada',
    name: 'Ada L.',
    email: 'ada@example.com',
    on_behalf_of: { type: 'service', id: 's_9' },
  },
  resource: { type: 'invoice', id: 'inv_7', label: 'Invoice 7' },
  targets: [{ type: 'account', id: 'acc_1' }],
  context: {
    ip_address: '10.1.2.3',
    user_agent: 'curl/8',
    session_id: 'sess',
    request_id: 'rq',
    region: 'eu',
    location: 'Basel',
    correlation_id: 'cor',
  },
  source: { name: 'billing', seq: 12 },
  workspace: { id: 'w1', name: 'Main' },
  operation: { type: 'mutation', name: 'pay', text: 'mutation pay { pay }', variables: { a: [1] } },
  before: { state: 'open', n: 1 },
  after: { state: 'paid', n: 1 },
  metadata: { order: { id: 42, tags: ['red', 'blue'] }, 'a/b': true },
  occurred_at: '2026-11-20T10:00:00.5+02:00',
}

let server: TestServer
let key: string
let other: string
const ids: string[] = []
const get = (path: string, token = key) => server.call(token, 'GET', PATH + path)
const idsOf = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id)

beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
  other = await server.makeKey({ slug: 'other' })
  const entries = Array.from({ length: 60 }, (_, i) => ({
    action: i % 3 === 0 ? 'order.created' : 'order.sent',
    metadata: { i },
  }))
  for (const batch of [entries, [EVERYTHING], [{ action: 'only.action' }]]) {
    const { body } = await server.call(key, 'POST', PATH, batch)
    ids.push(...idsOf(body))
  }
})
afterAll(() => server.close())

describe('listing entries', () => {
  it('gives the newest first, 50 of them, with a cursor to the rest', async () => {
    const first = await get('')
    expect(first.body).toMatchObject({ object: 'list', has_more: true, url: PATH, complete_through_seq: 61 })
    expect(idsOf(first.body)).toEqual(ids.toReversed().slice(0, 50))
    const second = await get(`?cursor=${first.body.next_cursor}`)
    expect(second.body).toMatchObject({ has_more: false, next_cursor: null })
    expect(idsOf(second.body)).toEqual(ids.toReversed().slice(50))
  })

  it('reads what was acknowledged before it, with and without the index', async () => {
    const { body } = await server.call(other, 'POST', PATH, { action: 'just.now' })
    expect(idsOf((await get('?action=just.now', other)).body)).toEqual([body.id])
    expect(idsOf((await get('', other)).body)[0]).toBe(body.id)
  })

  it.each(['', 'action=order.*'])(
    'walks every entry once by cursor with %j, while more arrive',
    async (filter) => {
      for (const order of ['asc', 'desc']) {
        const seen: string[] = []
        let cursor = ''
        for (let page = 0; page < 40; page++) {
          const { body } = await get(
            `?limit=7&order=${order}&${filter}${cursor === '' ? '' : `&cursor=${cursor}`}`,
          )
          seen.push(...idsOf(body))
          if (!body.has_more) break
          if (page < 3) await server.call(key, 'POST', PATH, { action: 'order.late' })
          cursor = body.next_cursor
        }
        expect(new Set(seen).size).toBe(seen.length)
        const expected = filter === '' ? ids : ids.slice(0, 60)
        expect(seen.filter((id) => expected.includes(id))).toEqual(
          order === 'asc' ? expected : expected.toReversed(),
        )
      }
    },
  )

  it('pages forward and back by entry ids', async () => {
    const page = idsOf((await get('?limit=5&action=order.*')).body)
    const next = idsOf((await get(`?limit=5&action=order.*&starting_after=${page[4]}`)).body)
    const back = idsOf((await get(`?limit=5&action=order.*&ending_before=${next[0]}`)).body)
    expect(back).toEqual(page)
  })

  it.each(['', '&action=order.*', '&action=order.*&order=asc', '&order=asc'])(
    'passes over as many as offset says%s',
    async (query) => {
      const all = idsOf((await get(`?limit=50${query}`)).body)
      const jumped = (await get(`?limit=5&offset=7${query}`)).body
      expect(idsOf(jumped)).toEqual(all.slice(7, 12))
      const on = (await get(`?limit=5&cursor=${encodeURIComponent(jumped.next_cursor)}${query}`)).body
      expect(idsOf(on)).toEqual(all.slice(12, 17))
      expect((await get(`?offset=100000${query}`)).body).toMatchObject({ data: [], has_more: false })
    },
  )

  it.each([
    ['action=invoice.paid'],
    ['action=invoice.*'],
    ['actor_type=user'],
    ['actor_id=u_1&actor_id=nobody'],
    ['actor_label=Ada'],
    ['actor_email=ada@example.com'],
    ['on_behalf_of=s_9'],
    ['resource_type=invoice&resource_id=inv_7'],
    ['target_id=acc_1'],
    ['severity=warning'],
    ['min_severity=warning'],
    ['outcome=denied'],
    ['category=export'],
    ['error_code=E7'],
    ['ip_address=10.1.2.3'],
    ['ip_address=10.1.0.0/16'],
    ['session_id=sess&request_id=rq&correlation_id=cor'],
    ['source=billing&workspace_id=w1&region=eu'],
    ['metadata=/order/id=42'],
    ['metadata=/order/tags/1=blue'],
    ['metadata=/a~1b=true'],
    ['metadata=/order/id'],
    ['search=PAID%20the'],
    ['q=blue'],
    ['search=acc_1'],
  ])('finds the one entry by %s', async (query) => {
    expect(idsOf((await get(`?${query}`)).body)).toEqual([ids[60]])
  })

  it('holds times inclusively on both sides', async () => {
    const { created_at } = (await get(`/${ids[60]}`)).body
    expect(idsOf((await get(`?from_date=${created_at}&to_date=${created_at}`)).body)).toContain(ids[60])
  })

  it('counts when asked to', async () => {
    expect((await get('?action=invoice.paid&include_count=true')).body.total_count).toBe(1)
    expect((await get('?action=invoice.paid')).body).not.toHaveProperty('total_count')
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['severity=loud', 'severity'],
    ['from_date=yesterday', 'from_date'],
    ['from_date=2026-02-30T00:00:00Z', 'from_date'],
    ['from_date=2026-11-21T00:00:00Z&to_date=2026-11-20T00:00:00Z', 'from_date'],
    ['colour=red', 'colour'],
    ['__proto__=1', '__proto__'],
    ['starting_after=nobody', 'starting_after'],
  ])('refuses %s by name', async (query, param) => {
    expect(await get(`?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_request', param } })
  })

  it('refuses a cursor that was changed, or that belongs to another filter, order or organization', async () => {
    const { next_cursor: cursor } = (await get('?limit=5&action=order.*')).body
    const refused = { status: 400, body: { code: 'invalid_cursor' } }
    expect(await get(`?action=order.*&cursor=${cursor.slice(0, -2)}xx`)).toMatchObject(refused)
    expect(await get(`?action=order.sent&cursor=${cursor}`)).toMatchObject(refused)
    expect(await get(`?action=order.*&order=asc&cursor=${cursor}`)).toMatchObject(refused)
    expect(await get(`?action=order.*&cursor=${cursor}`, other)).toMatchObject(refused)
  })

  it('never shows one organization or mode to another', async () => {
    const test = await server.makeKey({ mode: 'test' })
    for (const token of [other, test]) {
      expect(idsOf((await get('?action=invoice.paid', token)).body)).toEqual([])
      expect((await get(`/${ids[60]}`, token)).status).toBe(404)
      expect((await get(`?starting_after=${ids[60]}`, token)).status).toBe(400)
      expect(
        (await get('/facets?field=action', token)).body.data.action.map((v: { value: string }) => v.value),
      ).not.toContain('invoice.paid')
    }
  })

  it('shows a key with audit:read:own only what that key did itself', async () => {
    const own = await server.makeKey({ scopes: ['audit:write', 'audit:read:own'] })
    expect((await get('', own)).body.data).toEqual([])
    expect((await get(`/${ids[60]}`, own)).status).toBe(404)
    const keyId = own.split('_')[2]
    const { body } = await server.call(own, 'POST', PATH, {
      action: 'mine.a',
      actor: { type: 'api_key', id: keyId },
    })
    expect(idsOf((await get('', own)).body)).toEqual([body.id])
    expect((await get(`/${body.id}`, own)).status).toBe(200)
  })
})

describe('one entry', () => {
  it('has every field that was recorded', async () => {
    const { body } = await get(`/${ids[60]}?expand[]=actor&expand[]=diff&expand[]=chain`)
    expect(body).toMatchObject({
      object: 'audit_log_entry',
      action: 'invoice.paid',
      actor: {
        type: 'user',
        id: 'u_1',
        label: 'Ada',
        name: 'Ada L.',
        email: 'ada@example.com',
        on_behalf_of_user_id: 's_9',
      },
      resource: EVERYTHING.resource,
      description: EVERYTHING.description,
      metadata: EVERYTHING.metadata,
      ip_address: '10.1.2.3',
      severity: 'warning',
      outcome: 'denied',
      error_code: 'E7',
      before_state: EVERYTHING.before,
      after_state: EVERYTHING.after,
      diff: [{ op: 'replace', path: '/state', value: 'paid' }],
      occurred_at: EVERYTHING.occurred_at,
      operation: EVERYTHING.operation,
      source: EVERYTHING.source,
    })
    const previous = (await get(`/${ids[59]}?expand[]=chain`)).body
    expect(body._chain).toEqual({
      prev_hash: previous._chain.entry_hash,
      entry_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      archived_at: null,
    })
  })

  it('shows name, e-mail, diff and chain only when expanded', async () => {
    const { body } = await get(`/${ids[60]}`)
    for (const name of ['diff', 'before_state', 'after_state', '_chain'])
      expect(body).not.toHaveProperty(name)
    for (const name of ['name', 'email']) expect(body.actor).not.toHaveProperty(name)
  })

  it('is complete with nothing but an action', async () => {
    const { body } = await get(`/${ids[61]}`)
    expect(body).toMatchObject({
      action: 'only.action',
      category: 'operation',
      severity: 'info',
      outcome: 'success',
      actor: null,
      resource: null,
      metadata: {},
    })
  })

  it('refuses expand paths that do not exist, and asks for data. on lists', async () => {
    expect(await get(`/${ids[60]}?expand[]=chains`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_expand_unknown_field', type: 'expand_error' },
    })
    expect(await get('?expand[]=chain')).toMatchObject({
      status: 400,
      body: { code: 'invalid_expand_list_requires_data_prefix' },
    })
    expect((await get('?limit=1&expand[]=data.chain')).body.data[0]).toHaveProperty('_chain')
  })

  it.each([
    'nonsense',
    '0193b1c2-0000-7000-8000-0000000000ff',
    'AAAAAAAA-0000-7000-8000-0000000000FF',
    '%00',
  ])('is not there for %j', async (id) => {
    expect(await get(`/${id}`)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})

describe('verification', () => {
  it('walks the chain and says how far', async () => {
    const { body } = await server.call(key, 'POST', `${PATH}/verify`, { limit: 40 })
    expect(body).toEqual({
      object: 'audit_chain_verification',
      verified: true,
      chain_length: 40,
      broken_at: null,
      broken_reason: null,
      verified_from_seq: 0,
      verified_to_seq: 39,
      next_seq: 40,
      redacted: 0,
      pruned_before: 0,
      checkpoint: { size: expect.any(Number), root: expect.any(String) },
    })
  })

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 10_001 }, 'limit'],
    [{ from_date: 'x' }, 'from_date'],
    [{ colour: 1 }, 'colour'],
    [{ from_seq: -1 }, 'from_seq'],
    [{ from_seq: 10_000 }, 'from_seq'],
    [{ from_seq: 5, to_seq: 4 }, 'from_seq'],
    [{ to_seq: '9' }, 'to_seq'],
    [{ from_date: '2026-11-21T00:00:00Z', to_date: '2026-11-20T00:00:00Z' }, 'from_date'],
  ])('refuses %j', async (body, param) => {
    expect(await server.call(key, 'POST', `${PATH}/verify`, body)).toMatchObject({
      status: 400,
      body: { param },
    })
  })
})

describe('histogram and facets', () => {
  it('count the same entries as the list', async () => {
    const { body } = await get('/histogram?interval=day&action=invoice.paid')
    expect(body.data).toMatchObject([{ total: 1, by_severity: { warning: 1 } }])
    const facets = await get('/facets?field=action&field=severity&limit=2&search=invoice')
    expect(facets.body.data).toEqual({
      action: [{ value: 'invoice.paid', count: 1 }],
      severity: [{ value: 'warning', count: 1 }],
    })
  })
})
