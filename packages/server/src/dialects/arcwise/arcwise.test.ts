import { AppError, type Entry, ERRORS, type ErrorCode, microsecondsOf, SEVERITIES } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE_TEXTS } from '../../../../core/dist/query/testing/random-query.js'
import { STATUS } from '../../http/status.js'
import type { ReadEntry } from '../../reading/reads.js'
import { refusalsWhileBehind } from '../../testing/behind-index.js'
import { readFixture } from '../../testing/fixture.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { findPythonWithRequests, NO_PYTHON, runPython, runShell } from '../../testing/vendor-request.js'
import { toArcwiseError } from './arcwise-error.js'
import { ERASED_EVENT, toArcwiseEvent } from './event-shape.js'

const PATH = '/api/event_history'
const RECORDED = { roleEventName: 'recorded', ownActionNames: 'recorded' } as const
const RECORD = '/v1/audit_log_entries'
const PUBLISHED = {
  action: 'create_token',
  description: 'User 0000-1111-2222 created personal access token 3333-4444-5555',
  actor: { type: 'user', id: '0000-1111-2222' },
}
const FAILED = {
  action: 'reindex_warehouse_all',
  severity: 'critical',
  description: 'Re-indexing failed for "warehouse"\n3 errors — see log 😀',
  actor: { type: 'system' },
}

let server: TestServer
let key: string
let token: string
/** Whole seconds of the first two entries and of the third. */
let first: string
let second: string

const makeToken = async (slug: string): Promise<string> => {
  const { access } = server.counterfoil
  const organization = (await access.findOrganization(slug)) ?? (await access.createOrganization(slug))
  return (
    await access.createKey({
      organization,
      mode: 'live',
      scopes: ['audit:read'],
      name: '',
      kind: 'personal_token',
    })
  ).token
}
const get = (query = '', bearer = token) => server.call(bearer, 'GET', PATH + query)
const secondsOf = (recordedAt: string) => String(Math.floor(Date.parse(recordedAt) / 1_000))
const eventsOf = (body: { event: string }[]) => body.map(({ event }) => event)

beforeAll(async () => {
  // A busy machine may keep the index behind for longer than the default; what is slow is not wrong.
  server = await openTestServer({ read_wait_ms: '30000' })
  key = await server.makeKey()
  token = await makeToken('acme')
  const two = await server.call(key, 'POST', RECORD, [{ action: 'only.action' }, FAILED])
  const third = await server.call(key, 'POST', RECORD, PUBLISHED)
  first = secondsOf(two.body.data[0].recorded_at)
  second = secondsOf(third.body.recorded_at)
})
afterAll(() => server.close())

describe('the published request', () => {
  it('made with curl gives the published answer', async () => {
    const command = readFixture(import.meta.url, 'published-request.sh', { host: server.url, key: token })
    const answer = readFixture(import.meta.url, 'published-answer.json', { timestamp: second })
    expect(await runShell(command)).toBe(answer)
  })

  it('made with Python, with the header as the prose spells it, gives the published answer', async ({
    skip,
  }) => {
    const python = await findPythonWithRequests()
    if (python === undefined) {
      console.warn(NO_PYTHON)
      return skip(NO_PYTHON)
    }
    const script = readFixture(import.meta.url, 'prose-request.py', { host: server.url, key: token })
    const answer = readFixture(import.meta.url, 'published-answer.json', { timestamp: second })
    expect(await runPython(python, script)).toBe(answer)
  })

  it('without parameters gives a bare array, newest first', async () => {
    const response = await fetch(server.url + PATH, { headers: { authorization: `Bearer ${token}` } })
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await response.text()).toBe(readFixture(import.meta.url, 'three-events.json', { first, second }))
  })
})

describe('signing in', () => {
  it.each([
    [
      'Authorization: Bearer <token>',
      (t: string): Record<string, string> => ({ authorization: `Bearer ${t}` }),
    ],
    [
      'Authorization: Bearer: <token>',
      (t: string): Record<string, string> => ({ authorization: `Bearer: ${t}` }),
    ],
    [
      'Authorization: bearer:<token>',
      (t: string): Record<string, string> => ({ authorization: `bearer:${t}` }),
    ],
    ['Bearer: <token>', (t: string): Record<string, string> => ({ bearer: t })],
  ])('takes %s, of a personal token and of any other key', async (_spelling, headers) => {
    for (const either of [token, key])
      expect((await fetch(server.url + PATH, { headers: headers(either) })).status).toBe(200)
  })

  it.each([
    ['nothing', {}, 'missing_api_key'],
    ['an unknown token', { authorization: 'Bearer 12345678-9012-4456-8890-123456789012' }, 'invalid_api_key'],
    ['another scheme', { authorization: 'Basic Zm9vOmJhcg==' }, 'invalid_api_key'],
    ['no token', { authorization: 'Bearer:' }, 'invalid_api_key'],
    ['an empty header', { bearer: '' }, 'invalid_api_key'],
  ])('refuses %s', async (_what, headers, error) => {
    const answer = await fetch(server.url + PATH, { headers })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({
      error,
      message: expect.stringContaining(ERRORS[error as ErrorCode]),
    })
  })

  it('refuses a key that may not read, and a token that was revoked', async () => {
    expect(await get('', await server.makeKey({ scopes: ['audit:write'] }))).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    })
    const { access } = server.counterfoil
    const gone = await makeToken('acme')
    const keyId = (await access.authenticate(gone))?.keyId as string
    expect((await get('', gone)).status).toBe(200)
    await access.revokeKey(keyId)
    expect((await get('', gone)).status).toBe(401)
  })

  it('shows nothing of another organization or mode, and of its own alone to audit:read:own', async () => {
    expect((await get('', await makeToken('other'))).body).toEqual([])
    expect((await get('', await server.makeKey({ mode: 'test' }))).body).toEqual([])
    const own = await server.makeKey({ slug: 'owners', scopes: ['audit:write', 'audit:read:own'] })
    const actor = { type: 'api_key', id: own.split('_')[2] }
    await server.call(own, 'POST', RECORD, [{ action: 'mine', actor }, { action: 'not.mine' }])
    expect(eventsOf((await get('', own)).body)).toEqual(['mine'])
    expect(eventsOf((await get('?from_timestamp=0', own)).body)).toEqual(['mine'])
  })
})

describe('times', () => {
  let reader: string
  const moments: number[] = []
  beforeAll(async () => {
    const writer = await server.makeKey({ slug: 'times' })
    reader = await makeToken('times')
    for (const action of ['a', 'b', 'c']) {
      const { body } = await server.call(writer, 'POST', RECORD, { action })
      moments.push(microsecondsOf(body.recorded_at))
    }
  })
  const unix = (us: number) => `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
  const iso = (us: number, end: string) =>
    encodeURIComponent(
      `${new Date(Math.floor(us / 1e6) * 1e3).toISOString().slice(0, 19)}.${String(us % 1e6).padStart(6, '0')}${end}`,
    )

  it('are inclusive on both sides to the microsecond, as numbers and as ISO text', async () => {
    const [a, b, c] = moments as [number, number, number]
    for (const write of [
      unix,
      (us: number) => iso(us, 'Z'),
      (us: number) => iso(us, ''),
      (us: number) => iso(us, '+00:00'),
    ]) {
      expect(eventsOf((await get(`?from_timestamp=${write(b)}`, reader)).body)).toEqual(['c', 'b'])
      expect(eventsOf((await get(`?from_timestamp=${write(b + 1)}`, reader)).body)).toEqual(['c'])
      expect(eventsOf((await get(`?to_timestamp=${write(b)}`, reader)).body)).toEqual(['b', 'a'])
      expect(eventsOf((await get(`?to_timestamp=${write(b - 1)}`, reader)).body)).toEqual(['a'])
      expect(
        eventsOf((await get(`?from_timestamp=${write(a)}&to_timestamp=${write(c)}`, reader)).body),
      ).toEqual(['c', 'b', 'a'])
    }
  })

  it('include the whole second that was shown', async () => {
    const newest = Math.floor((moments[2] as number) / 1e6)
    const text = new Date(newest * 1_000).toISOString()
    for (const to of [
      newest,
      `${newest}.000`,
      text,
      text.replace('.000Z', ''),
      text.replace('Z', '%2B00:00'),
    ])
      expect((await get(`?to_timestamp=${to}`, reader)).body).toHaveLength(3)
    expect(eventsOf((await get(`?to_timestamp=${newest - 1}`, reader)).body)).not.toContain('c')
  })

  it('take a bare date as its midnight in UTC', async () => {
    const day = (offset: number) =>
      new Date((moments[0] as number) / 1_000 + offset * 86_400_000).toISOString().slice(0, 10)
    expect((await get(`?from_timestamp=${day(0)}&to_timestamp=${day(1)}`, reader)).body).toHaveLength(3)
    expect((await get(`?to_timestamp=${day(0)}`, reader)).body).toEqual([])
    expect((await get(`?from_timestamp=${day(1)}`, reader)).body).toEqual([])
  })

  it('may be far away, before 1970, or after the last entry', async () => {
    expect((await get('?from_timestamp=-1&to_timestamp=9999999999', reader)).body).toHaveLength(3)
    expect(
      (await get('?from_timestamp=0001-01-01&to_timestamp=9999-12-31T23:59:59Z', reader)).body,
    ).toHaveLength(3)
    expect((await get('?from_timestamp=9999999999', reader)).body).toEqual([])
  })
})

describe('parameters', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=10001', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['from_timestamp=', 'from_timestamp'],
    ['from_timestamp=yesterday', 'from_timestamp'],
    ['from_timestamp=1700000000000', 'milliseconds'],
    ['to_timestamp=1.7e9', 'to_timestamp'],
    ['to_timestamp=2026-02-30', 'to_timestamp'],
    ['to_timestamp=2026-11-21T25:00:00Z', 'to_timestamp'],
    ['from_timestamp=2&to_timestamp=1', 'from_timestamp'],
    ['from_timestamp=1&from_timestamp=2', 'from_timestamp'],
    ['colour=red', 'colour'],
    ['__proto__=1', '__proto__'],
  ])('%s is refused by name', async (query, named) => {
    const { status, body } = await get(`?${query}`)
    expect({ status, body }).toEqual({
      status: 400,
      body: { error: 'invalid_request', message: expect.stringContaining(named) },
    })
  })

  it('limit keeps the newest', async () => {
    expect(eventsOf((await get('?limit=2')).body)).toEqual(['create_token', 'reindex_warehouse_all'])
    expect((await get('?limit=10000')).body).toHaveLength(3)
  })
})

describe('an event', () => {
  const place = {
    id: 'x',
    organization_id: 'o',
    mode: 'live',
    seq: 0,
    recorded_at: '2026-11-21T02:00:00.999999Z',
  }
  const entry = (content: Partial<Entry>) =>
    ({ ...place, entry_hash: '', prev_hash: '', ...content }) as ReadEntry

  it('has three severities, in the order of ours', () => {
    const shown = SEVERITIES.map(
      (severity) => toArcwiseEvent(entry({ action: 'a', severity }), RECORDED).severity,
    )
    expect(shown).toEqual(['info', 'info', 'info', 'warning', 'error', 'error', 'error'])
  })

  it('names the adding of a person as the switch of that event says', () => {
    const added = entry({ action: 'person.added', source: { name: 'counterfoil' } })
    const shown = (['recorded', 'create_role', 'add_role'] as const).flatMap((roleEventName) =>
      (['vendor', 'recorded'] as const).map(
        (ownActionNames) => toArcwiseEvent(added, { roleEventName, ownActionNames }).event,
      ),
    )
    const own = 'person.added'
    expect(shown).toEqual(['create_role', own, 'create_role', own, 'add_role', own])
  })

  it('shows what is left of an entry whose content was erased', () => {
    expect(toArcwiseEvent(entry({}), RECORDED)).toEqual({
      event: ERASED_EVENT,
      timestamp: 1_795_226_400,
      severity: 'info',
      message: null,
      user_id: null,
    })
  })

  it('carries every field of a full entry, and hostile text, unchanged', async () => {
    const writer = await server.makeKey({ slug: 'shapes' })
    const entries = HOSTILE_TEXTS.map((description, i) => ({
      action: `action.${i}.漢字😀"\\`,
      severity: 'security',
      outcome: 'denied',
      category: 'access',
      description,
      actor: { type: 'user', id: `u${description}`, label: 'L', name: 'N', email: 'e@example.com' },
      resource: { type: 't', id: 'r' },
      context: { ip_address: '::1' },
      before: null,
      after: { a: 1 },
      metadata: { __proto__x: 'y' },
    }))
    expect((await server.call(writer, 'POST', RECORD, entries)).status).toBe(201)
    const { body } = await get('', writer)
    expect(body.toReversed()).toEqual(
      entries.map(({ action, description }) => ({
        event: action,
        timestamp: expect.any(Number),
        severity: 'error',
        message: description,
        user_id: `u${description}`,
      })),
    )
    for (const event of body)
      expect(Object.keys(event)).toEqual(['event', 'timestamp', 'severity', 'message', 'user_id'])
  })
})

describe('switches', () => {
  it('choose the spelling of the header and the name of the role event', async () => {
    const flags = { compatibility: 'arcwise.bearer_spelling=curl,arcwise.role_event_name=add_role' }
    const strict = await openTestServer(flags)
    try {
      const own = await strict.makeKey()
      const actions = ['create_role', 'add_role', 'edit_role'].map((action) => ({ action }))
      await strict.call(own, 'POST', RECORD, actions)
      const { body } = await strict.call(own, 'GET', PATH)
      expect(eventsOf(body)).toEqual(['edit_role', 'add_role', 'add_role'])
      const status = async (headers: Record<string, string>) =>
        (await fetch(strict.url + PATH, { headers })).status
      expect(await status({ authorization: `Bearer: ${own}` })).toBe(401)
      expect(await status({ bearer: own })).toBe(401)
    } finally {
      await strict.close()
    }
  })
})

describe('while the search index is behind', () => {
  it('an answer has all that was acknowledged before it, as times alone need no index', async () => {
    const path = `${PATH}?limit=1&from_timestamp=0`
    expect(await refusalsWhileBehind(path, (body) => eventsOf(body)[0], 20)).toEqual([])
  })

  it('an answer about own activity has all that was acknowledged before it, or is 503', async () => {
    const hasty = await openTestServer({ read_wait_ms: '0' }, undefined, { looksNearby: false })
    try {
      // Whoever reads all needs no index; one who reads their own activity does.
      const own = await hasty.makeKey({ scopes: ['audit:write', 'audit:read:own'] })
      const actor = { type: 'api_key', id: own.split('_')[2] }
      let refused = 0
      for (let i = 0; i < 200 && refused < 3; i++) {
        await hasty.call(own, 'POST', RECORD, { action: `thing.${i}`, actor })
        const { status, headers, body } = await hasty.call(own, 'GET', `${PATH}?limit=1&from_timestamp=0`)
        if (status === 200) expect(eventsOf(body)).toEqual([`thing.${i}`])
        else {
          refused += 1
          expect({ status, error: body.error }).toEqual({ status: 503, error: 'index_unavailable' })
          expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
        }
      }
      expect(refused).toBe(3)
    } finally {
      await hasty.close()
    }
  })
})

describe('failures', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])('%s has two members', (code) => {
    const { status, body } = toArcwiseError(new AppError(code, { hint: 'Do this.', cause: 'private' }))
    expect(status).toBe(STATUS[code])
    expect(body).toEqual({ error: code, message: `${ERRORS[code]} Do this.` })
  })
})
