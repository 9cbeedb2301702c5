import { AppError, type Entry, ERRORS, type ErrorCode } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE_TEXTS } from '../../../../core/dist/query/testing/random-query.js'
import { readGlobalId, toGlobalId } from '../../http/global-id.js'
import { STATUS } from '../../http/status.js'
import type { ReadEntry } from '../../reading/reads.js'
import { refusalsWhileBehind } from '../../testing/behind-index.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { toArizeAuditLog } from './audit-log-shape.js'
import { toProblem } from './problem.js'

const PATH = '/v2/audit-logs'
const RECORD = '/v1/audit_log_entries'
const KEYS = [
  'id',
  'user_id',
  'ip',
  'operation_type',
  'operation_name',
  'operation_text',
  'variables',
  'created_at',
]
const ANCHORS = 'https://arize.com/docs/ax/rest-reference/errors#'

const USER = { type: 'user', id: 'u_1' }
/** In order of recording; the name says whether the vendor's list holds it. */
const ENTRIES = [
  { action: 'in.only.action' },
  { action: 'in.system', actor: { type: 'system' }, category: 'system' },
  { action: 'in.api_key', actor: { type: 'api_key', id: 'k_1' } },
  { action: 'in.signed.in', category: 'authentication', actor: USER },
  { action: 'in.failed', outcome: 'failure', actor: USER },
  { action: 'in.query', actor: USER, operation: { type: 'query', name: 'in.query' } },
  { action: 'in.mutation', actor: USER, operation: { type: 'mutation' } },
  { action: 'in.subscription', actor: { type: 'user', id: 'u_ü😀' }, operation: { type: 'subscription' } },
  { action: 'out.export', category: 'export', actor: USER },
  { action: 'out.anonymous', actor: { type: 'anonymous' } },
  { action: 'out.sign.in.failed', category: 'authentication', outcome: 'failure', actor: USER },
  { action: 'out.sign.in.denied', category: 'authentication', outcome: 'denied', actor: USER },
  { action: 'out.sign.in.of.nobody', category: 'authentication' },
]
const IN = ENTRIES.map(({ action }) => action)
  .filter((action) => action.startsWith('in.'))
  .toReversed()

let server: TestServer
let key: string
const get = (query = '', token: string | undefined = key) => server.call(token, 'GET', PATH + query)
const namesOf = (body: { logs: { operation_name: string }[] }) => body.logs.map((log) => log.operation_name)
const problem = (text: string) => JSON.parse(text) as Record<string, unknown>

beforeAll(async () => {
  // A busy machine may keep the index behind for longer than the default; what is slow is not wrong.
  server = await openTestServer({ read_wait_ms: '30000' })
  key = await server.makeKey()
  expect((await server.call(key, 'POST', RECORD, ENTRIES)).status).toBe(201)
})
afterAll(() => server.close())

describe('the list', () => {
  it('holds actions of authenticated users, newest first, with the keys of the vendor and no other', async () => {
    const { status, headers, body } = await get()
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(namesOf(body)).toEqual(IN)
    expect(Object.keys(body)).toEqual(['logs', 'pagination'])
    expect(body.pagination).toEqual({ has_more: false })
    for (const log of body.logs) expect(Object.keys(log)).toEqual(KEYS)
  })

  it('numbers entries by their place in the log, from 1', async () => {
    const { body } = await get()
    expect(body.logs.at(-1).id).toBe(Buffer.from('AuditLog:1').toString('base64'))
    expect(body.logs.at(0).id).toBe(Buffer.from('AuditLog:8').toString('base64'))
  })

  it('pages exactly, although what lies between is left out', async () => {
    const seen: string[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const { body } = await get(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      expect(Object.keys(body.pagination)).toEqual(
        body.pagination.has_more ? ['next_cursor', 'has_more'] : ['has_more'],
      )
      seen.push(...namesOf(body))
      cursor = body.pagination.next_cursor
    }
    expect(seen).toEqual(IN)
  })

  it('filters by user, in every spelling that an answer shows', async () => {
    const { body } = await get()
    for (const { user_id } of body.logs) {
      const expected = body.logs.filter((log: { user_id: string }) => log.user_id === user_id)
      expect((await get(`?user_id=${encodeURIComponent(user_id)}`)).body.logs).toEqual(expected)
    }
    expect((await get(`?user_id=${toGlobalId('User', 'nobody')}`)).body).toEqual({
      logs: [],
      pagination: { has_more: false },
    })
  })

  it('filters by operation type; what has none counts as MUTATION', async () => {
    expect(namesOf((await get('?operation_type=QUERY')).body)).toEqual(['in.query'])
    expect(namesOf((await get('?operation_type=SUBSCRIPTION')).body)).toEqual(['in.subscription'])
    expect(namesOf((await get('?operation_type=MUTATION')).body)).toEqual(
      IN.filter((name) => name !== 'in.query' && name !== 'in.subscription'),
    )
  })

  it('shows nothing of another organization or mode', async () => {
    for (const token of [await server.makeKey({ slug: 'other' }), await server.makeKey({ mode: 'test' })])
      expect((await get('', token)).body.logs).toEqual([])
  })
})

describe('times', () => {
  it('taken from an answer find its entry again, in every form that clients write', async () => {
    const { body } = await get('?limit=1')
    const { id, created_at } = body.logs[0] as { id: string; created_at: string }
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const naive = created_at.slice(0, -1)
    const forms = [
      created_at,
      naive,
      `${naive}000`,
      `${naive}000%2B0000`,
      `${naive}%2B00:00`,
      `${naive}000+0000`,
    ]
    for (const form of forms) {
      const found = await get(`?start_time=${form}&end_time=${form}`)
      expect(
        found.body.logs.map((log: { id: string }) => log.id),
        form,
      ).toContain(id)
    }
    const before = new Date(Date.parse(created_at) - 1).toISOString()
    const after = new Date(Date.parse(created_at) + 1).toISOString()
    for (const bounds of [`end_time=${before}`, `start_time=${after}`]) {
      const found = await get(`?${bounds}`)
      expect(
        found.body.logs.map((log: { id: string }) => log.id),
        bounds,
      ).not.toContain(id)
    }
  })

  it('begin 30 days before the end when no start is given', async () => {
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    expect((await get(`?end_time=${day(29)}`)).body.logs).toHaveLength(IN.length)
    expect((await get(`?end_time=${day(31)}`)).body.logs).toEqual([])
    expect((await get(`?end_time=${day(31)}&start_time=2026-05-01`)).body.logs).toHaveLength(IN.length)
    expect((await get('?end_time=0001-01-01')).body.logs).toEqual([])
    expect((await get('?start_time=0001-01-01&end_time=9999-12-31')).body.logs).toHaveLength(IN.length)
    expect((await get(`?start_time=${day(1)}`)).body.logs).toEqual([])
  })
})

describe('refusals', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['operation_type=mutation', 'operation_type'],
    ['operation_type=', 'operation_type'],
    ['start_time=yesterday', 'start_time'],
    ['start_time=1700000000', 'start_time'],
    ['end_time=2026-02-30T00:00:00Z', 'end_time'],
    ['start_time=2026-05-02T00:00:00Z&end_time=2026-05-01T00:00:00Z', 'start_time'],
    ['user_id=12345', 'user_id'],
    ['user_id=', 'user_id'],
    ['user_id=VXNlcjoxMjM0NQ', 'user_id'],
    ['user_id=VXNlcjoxMjM0NR==', 'user_id'],
    ['user_id=QXVkaXRMb2c6NDI=', 'user_id'],
    [`user_id=${Buffer.from('User:\u0000').toString('base64')}`, 'user_id'],
    [`user_id=${Buffer.from([0x55, 0x73, 0x65, 0x72, 0x3a, 0xff]).toString('base64')}`, 'user_id'],
    ['cursor=', 'cursor'],
    ['cursor=eyJjcmVhdGVkQXQiOiIyMDI2LTA1LTE4VDEyOjAwOjAwLjAwMFoiLCJpZCI6NDJ9', 'cursor'],
    ['colour=red', 'colour'],
    ['__proto__=1', '__proto__'],
  ])('400 for %s', async (query, named) => {
    const { status, headers, body } = await get(`?${query}`)
    expect(status).toBe(400)
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(problem(body)).toEqual({
      status: 400,
      title: 'Invalid request parameters',
      type: `${ANCHORS}invalid-request`,
      detail: expect.stringContaining(named),
      instance: `urn:counterfoil:request:${headers.get('x-request-id')}`,
    })
  })

  it('400 for a cursor that was changed, or that belongs to other filters or another log', async () => {
    const filters = `user_id=${toGlobalId('User', 'u_1')}&operation_type=MUTATION`
    const { next_cursor: cursor } = (await get(`?limit=1&${filters}`)).body.pagination
    expect((await get(`?${filters}&cursor=${cursor}`)).status).toBe(200)
    expect((await get(`?${filters}&start_time=2026-05-01&cursor=${cursor}`)).status).toBe(200)
    for (const query of [
      `cursor=${cursor}`,
      `operation_type=MUTATION&cursor=${cursor}`,
      `operation_type=QUERY&user_id=${toGlobalId('User', 'u_1')}&cursor=${cursor}`,
      `${filters}&cursor=${cursor.slice(0, -3)}AAA`,
    ]) {
      const { status, body } = await get(`?${query}`)
      expect({ status, type: problem(body).type }, query).toEqual({
        status: 400,
        type: `${ANCHORS}invalid-request`,
      })
    }
    expect((await get(`?${filters}&cursor=${cursor}`, await server.makeKey({ slug: 'other' }))).status).toBe(
      400,
    )
  })

  it.each([
    ['no key', async () => '', 401, 'Authentication required', 'authentication-required'],
    ['an unknown key', async () => 'ak-1234', 401, 'Authentication required', 'authentication-required'],
    [
      'a key that only writes',
      () => server.makeKey({ scopes: ['audit:write'] }),
      403,
      'Access forbidden',
      'access-forbidden',
    ],
    [
      'no account admin',
      () => server.makeKey({ scopes: ['audit:read:own'] }),
      403,
      'Access forbidden',
      'access-forbidden',
    ],
  ])('for %s', async (_what, makeToken, status, title, anchor) => {
    const token = await makeToken()
    const answer = await get('', token === '' ? undefined : token)
    // `get` fills in the key for undefined, so a request without any is made by hand.
    const bare = token === '' ? await server.call(undefined, 'GET', PATH) : answer
    expect(bare.status).toBe(status)
    expect(problem(bare.body)).toMatchObject({ status, title, type: ANCHORS + anchor })
  })

  it.each(Object.keys(ERRORS) as ErrorCode[])('%s is a problem with its status in the body', (code) => {
    const { status, headers, body } = toProblem(new AppError(code, { hint: 'Do this.', cause: 'private' }), {
      id: 'r',
    })
    expect(body).toEqual({
      status: STATUS[code],
      title: expect.stringMatching(/./),
      type: expect.stringMatching(
        /^(about:blank|https:\/\/arize\.com\/docs\/ax\/rest-reference\/errors#[a-z-]+)$/,
      ),
      detail: `${ERRORS[code]} Do this.`,
      instance: 'urn:counterfoil:request:r',
    })
    expect(headers['retry-after'] !== undefined).toBe([429, 503].includes(status))
  })
})

describe('while the search index is behind', () => {
  it('a page has all that was acknowledged before it, or is 503', async () => {
    const refusals = await refusalsWhileBehind(`${PATH}?limit=1`, (body) => namesOf(body)[0])
    expect(refusals).toHaveLength(3)
    for (const { headers, body } of refusals) {
      expect(problem(body)).toMatchObject({ status: 503, type: `${ANCHORS}service-unavailable` })
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })
})

describe('ids', () => {
  it('are read strictly, and every id that is written is read', () => {
    for (const value of ['', '1', 'u_1', ...HOSTILE_TEXTS])
      expect(readGlobalId('User', toGlobalId('User', value))).toBe(value)
    expect(readGlobalId('User', toGlobalId('AuditLog', 1))).toBeUndefined()
    expect(readGlobalId('AuditLog', toGlobalId('AuditLog', 42))).toBe('42')
  })
})

describe('an audit log', () => {
  const place = {
    id: 'x',
    organization_id: 'o',
    mode: 'live',
    seq: 0,
    recorded_at: '2026-11-21T02:00:00.999999Z',
  }
  const shown = (content: Partial<Entry>) =>
    toArizeAuditLog({ ...place, entry_hash: '', prev_hash: '', ...content } as ReadEntry)

  it('has what is left of an entry whose content was erased', () => {
    expect(shown({})).toEqual({
      id: toGlobalId('AuditLog', 1),
      user_id: toGlobalId('User', ''),
      ip: '',
      operation_type: 'MUTATION',
      operation_name: null,
      operation_text: null,
      variables: null,
      created_at: '2026-11-21T02:00:00.999Z',
    })
  })

  it('has its variables as JSON text', () => {
    for (const [variables, text] of [
      [{ b: 1, a: ['x', null] }, '{"a":["x",null],"b":1}'],
      [null, 'null'],
      ['text', '"text"'],
    ] as const)
      expect(shown({ operation: { type: 'query', variables } }).variables).toBe(text)
  })

  it('carries every field of a full entry, and hostile text, unchanged', async () => {
    const writer = await server.makeKey({ slug: 'shapes' })
    const entries = HOSTILE_TEXTS.map((text, i) => ({
      action: `action.${i}`,
      severity: 'security',
      outcome: 'denied',
      category: 'access',
      description: text,
      actor: { type: 'user', id: `u${text}`, label: 'L', name: 'N', email: 'e@example.com' },
      resource: { type: 't', id: 'r' },
      context: { ip_address: '2001:db8::1' },
      operation: { type: 'subscription', name: `n${text}`, text: `t${text}`, variables: { v: text } },
      before: null,
      after: { a: 1 },
      metadata: { m: 'y' },
    }))
    expect((await server.call(writer, 'POST', RECORD, entries)).status).toBe(201)
    const { body } = await get('?limit=100', writer)
    expect(body.logs.toReversed()).toEqual(
      entries.map(({ actor, operation }, i) => ({
        id: toGlobalId('AuditLog', i + 1),
        user_id: toGlobalId('User', actor.id),
        ip: '2001:db8::1',
        operation_type: 'SUBSCRIPTION',
        operation_name: operation.name,
        operation_text: operation.text,
        variables: JSON.stringify(operation.variables),
        created_at: expect.any(String),
      })),
    )
    for (const { user_id } of body.logs)
      expect((await get(`?user_id=${encodeURIComponent(user_id)}`, writer)).body.logs).toHaveLength(1)
  })
})

describe('switches', () => {
  it('send null for the cursor of the last page', async () => {
    const nulls = await openTestServer({ compatibility: 'arize-rest.next_cursor_at_end=null' })
    try {
      const { body } = await nulls.call(await nulls.makeKey(), 'GET', PATH)
      expect(body).toEqual({ logs: [], pagination: { next_cursor: null, has_more: false } })
    } finally {
      await nulls.close()
    }
  })
})
