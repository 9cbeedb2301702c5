import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../testing/test-server.js'

const PATH = '/v1/audit_log_entries'
let server: TestServer
let key: string
beforeAll(async () => {
  server = await openTestServer()
  key = await server.makeKey()
})
afterAll(() => server.close())

const post = (body: unknown, headers?: Record<string, string>) =>
  server.call(key, 'POST', PATH, body, headers)
const size = async () => (await server.call(key, 'GET', `${PATH}?limit=1`)).body.complete_through_seq + 1

describe('recording over HTTP', () => {
  it('answers one entry with one receipt', async () => {
    const { status, body } = await post({ action: 'order.created' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      seq: expect.any(Number),
      entry_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      recorded_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    })
  })

  it('answers an array and NDJSON with a list of receipts in their order', async () => {
    const array = await post([{ action: 'a.a' }, { action: 'b.b' }])
    expect(array.status).toBe(201)
    const lines = await post('{"action":"c.c"}\n{"action":"d.d"}\n', {
      'content-type': 'application/x-ndjson',
    })
    expect(lines.status).toBe(201)
    const seqs = [...array.body.data, ...lines.body.data].map(({ seq }: { seq: number }) => seq)
    expect(seqs).toEqual([0, 1, 2, 3].map((i) => (seqs[0] as number) + i))
  })

  it('answers an array of one with a list', async () => {
    expect((await post([{ action: 'a.a' }])).body).toMatchObject({
      object: 'list',
      data: [{ seq: expect.any(Number) }],
    })
  })

  it('names every problem of every entry, and stores nothing of the request', async () => {
    const before = await size()
    const { status, body } = await post([
      { action: 'fine.one' },
      { actio: 'x', actor: { type: 'usr' } },
      { action: 7 },
    ])
    expect(status).toBe(400)
    expect(body).toMatchObject({
      error: 'invalid_entry',
      code: 'invalid_entry',
      request_id: expect.stringMatching(/^req_/),
    })
    expect(body.problems.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      '/1/actio',
      '/1/action',
      '/1/actor/type',
      '/2/action',
    ])
    expect(body.hint).toContain('did you mean action')
    expect(await size()).toBe(before)
  })

  it.each([
    [
      'broken UTF-8',
      Uint8Array.from([...Buffer.from('{"action":"a.a","description":"'), 0xff, 0xfe, ...Buffer.from('"}')]),
      'invalid_utf8',
    ],
    ['a lone surrogate', '{"action":"a.a","description":"\\ud800"}', 'lone_surrogate'],
    ['a key given twice', '{"action":"a.a","action":"b.b"}', 'duplicate_key'],
    [
      'an integer that would change',
      '{"action":"a.a","metadata":{"n":9007199254740993}}',
      'number_not_representable',
    ],
    ['a number that is not finite', '{"action":"a.a","metadata":{"n":1e400}}', 'number_not_representable'],
    ['NUL', '{"action":"a.a","description":"a\\u0000b"}', 'nul_character'],
    ['33 levels', `{"action":"a.a","metadata":${'{"a":'.repeat(31)}[1]${'}'.repeat(31)}}`, 'too_deep'],
    ['an impossible date', '{"action":"a.a","occurred_at":"2026-02-30T00:00:00Z"}', 'invalid_time'],
    ['no JSON', '{"action":', 'invalid_json'],
    ['an empty array', '[]', 'empty'],
    ['1,001 entries', JSON.stringify(Array.from({ length: 1_001 }, () => ({ action: 'a.a' }))), 'too_many'],
    [
      'an entry over 256 KiB',
      JSON.stringify({ action: 'a.a', metadata: { a: 'x'.repeat(262_144) } }),
      'too_large',
    ],
    [
      'what only Counterfoil takes away',
      '{"action":"log.redacted","source":{"name":"counterfoil"}}',
      'invalid_value',
    ],
    ['a server-owned field', '{"action":"a.a","seq":7}', 'unknown_field'],
  ])('refuses %s', async (_what, body, code) => {
    const before = await size()
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(answer.body.problems.map((problem: { code: string }) => problem.code)).toContain(code)
    expect(await size()).toBe(before)
  })

  it('refuses a body over 5 MiB as too large', async () => {
    const { status, body } = await post(`[${'{"action":"a.a"},'.repeat(330_000)}{"action":"a.a"}]`)
    expect(status).toBe(413)
    expect(body.code).toBe('body_too_large')
  })

  it.each([
    ['text/plain', {}],
    ['application/json; charset=utf-16', {}],
    ['\tapplication/json', {}],
    ['application/json, text/plain', {}],
    ['application/json;', {}],
    ['multipart/form-data', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('refuses content type %j with %j, however it is written', async (type, more) => {
    const answer = await post('{"action":"a.a"}', { 'content-type': type, ...more })
    // fetch trims white space around a header, so that the tab never arrives.
    if (type.startsWith('\t')) expect(answer.status).toBe(201)
    else expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  })

  it('takes application/json with charset utf-8 in any spelling', async () => {
    expect(
      (await post('{"action":"a.a"}', { 'content-type': 'Application/JSON; charset="UTF-8"' })).status,
    ).toBe(201)
  })

  it('stores a repeated id once, and refuses it with other content', async () => {
    const id = '0193b1c2-0000-7000-8000-000000000001'
    const first = await post({ id, action: 'a.a' })
    const again = await post({ id, action: 'a.a' })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const other = await post([{ action: 'z.z' }, { id, action: 'b.b' }])
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'id_conflict', param: '/1/id', problems: [{ pointer: '/1/id' }] },
    })
  })

  it('answers an Idempotency-Key as the first time, and refuses it with another body', async () => {
    const headers = { 'idempotency-key': '"my-key"' }
    const first = await post([{ action: 'k.k' }, { action: 'l.l' }], headers)
    const again = await post([{ action: 'k.k' }, { action: 'l.l' }], { 'idempotency-key': 'my-key' })
    expect(again.body).toEqual(first.body)
    expect(await post([{ action: 'k.k' }], headers)).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_mismatch' },
    })
    const tooLong = await post({ action: 'k.k' }, { 'idempotency-key': 'k'.repeat(256) })
    expect(tooLong).toMatchObject({ status: 400, body: { param: 'Idempotency-Key' } })
  })

  it('keeps receipts in the order of entries when many requests share a transaction', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        post(Array.from({ length: 3 }, (_, j) => ({ action: 'x.x', metadata: { i, j } }))),
      ),
    )
    for (const [i, { body }] of answers.entries()) {
      const [{ seq }] = body.data
      expect(body.data.map((receipt: { seq: number }) => receipt.seq)).toEqual([seq, seq + 1, seq + 2])
      const entry = await server.call(key, 'GET', `${PATH}/${body.data[2].id}`)
      expect(entry.body.metadata).toEqual({ i, j: 2 })
    }
  })
})

describe('keys', () => {
  it.each([
    ['no key', undefined, 401, 'missing_api_key'],
    ['a made-up key', `cf_live_${'a'.repeat(12)}_${'b'.repeat(49)}`, 401, 'invalid_api_key'],
    ['no token at all', 'x', 401, 'invalid_api_key'],
  ])('refuses %s', async (_what, token, status, code) => {
    expect(await server.call(token, 'POST', PATH, { action: 'a.a' })).toMatchObject({
      status,
      body: { code },
    })
  })

  it('lets a key do only what its scopes say', async () => {
    const reader = await server.makeKey({ scopes: ['audit:read'] })
    const writer = await server.makeKey({ scopes: ['audit:write'] })
    expect(await server.call(reader, 'POST', PATH, { action: 'a.a' })).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope', required: 'audit:write' },
    })
    for (const path of [PATH, `${PATH}/histogram`, `${PATH}/facets`, `${PATH}/x`]) {
      expect((await server.call(writer, 'GET', path)).status).toBe(403)
    }
    expect((await server.call(writer, 'POST', `${PATH}/verify`, {})).status).toBe(403)
  })

  it('stops working with the next request after it is revoked', async () => {
    const token = await server.makeKey()
    expect((await server.call(token, 'GET', PATH)).status).toBe(200)
    await server.counterfoil.access.revokeKey(token.split('_')[2] as string)
    expect((await server.call(token, 'GET', PATH)).status).toBe(401)
  })
})
