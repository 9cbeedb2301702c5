import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { ask, type Headed, pairHeaders, send, styledHeaders } from './testing/graphql-client.js'

let server: TestServer
let paradime: Headed
let arize: Headed
let native: Headed

beforeAll(async () => {
  server = await openTestServer()
  const key = await server.makeKey()
  paradime = await pairHeaders(server)
  arize = { 'x-api-key': key }
  native = { authorization: `Bearer ${key}` }
})
afterAll(() => server.close())

const PARADIME = '{ getAuditLogs { auditLogs { id } } }'
const ARIZE = '{ account { name } rateLimit { limit } }'
const NATIVE = '{ auditLogs(first: 1) { complete } }'

describe('who asks decides which API answers', () => {
  it('at one path', async () => {
    expect(await ask(server, paradime, PARADIME)).toMatchObject({ status: 200 })
    expect(await ask(server, await styledHeaders(server, 'prdm_wsp'), PARADIME)).toMatchObject({
      status: 200,
    })
    expect(await ask(server, arize, ARIZE)).toMatchObject({ status: 200 })
    expect(await ask(server, native, NATIVE)).toMatchObject({ status: 200 })
  })

  it('and each knows only its own schema', async () => {
    const all = [PARADIME, ARIZE, NATIVE]
    for (const [i, headers] of [paradime, arize, native].entries()) {
      for (const [j, query] of all.entries()) {
        expect((await ask(server, headers, query)).status, `${i} ${j}`).toBe(i === j ? 200 : 400)
      }
    }
  })

  it("and Paradime's own path is Paradime's, whatever token stands in it", async () => {
    expect(await ask(server, paradime, PARADIME, {}, '/api/v1/anything/graphql')).toMatchObject({
      status: 200,
    })
    expect(await ask(server, native, PARADIME, {}, '/api/v1/x/graphql')).toMatchObject({ status: 200 })
    expect(await ask(server, native, NATIVE, {}, '/api/v1/x/graphql')).toMatchObject({ status: 400 })
  })
})

describe('without a valid key', () => {
  const wrongKeys: readonly (readonly [string, () => Headed, string])[] = [
    ['none', () => ({}), 'missing_api_key'],
    ['a wrong bearer token', () => ({ authorization: 'Bearer cf_live_x' }), 'invalid_api_key'],
    ['a wrong Arize key', () => ({ 'x-api-key': 'nope' }), 'invalid_api_key'],
    ['the key of a pair alone', () => ({ 'x-api-key': paradime['x-api-key'] ?? '' }), 'invalid_api_key'],
    [
      'the secret of a pair alone',
      () => ({ 'x-api-secret': paradime['x-api-secret'] ?? '' }),
      'missing_api_key',
    ],
    ['a wrong secret', () => ({ ...paradime, 'x-api-secret': 'x'.repeat(49) }), 'invalid_api_key'],
    ['a wrong token of Paradime', () => ({ authorization: 'Bearer prdm_wsp_x' }), 'invalid_api_key'],
  ]
  it.each(wrongKeys)('(%s) nothing is said of any schema', async (_what, headers, code) => {
    for (const query of [getIntrospectionQuery(), '{ auditLog { id } }', '{ getAuditLog }', '{{{']) {
      const answer = await ask(server, headers(), query)
      expect(answer).toMatchObject({
        status: 401,
        body: { errors: [{ message: expect.any(String), extensions: { code } }], data: null },
      })
      expect(answer.text).not.toMatch(/Did you mean|__schema|getAuditLogs|Query/)
    }
  })

  it('a key without the scope is refused', async () => {
    const scopes = ['audit:write'] as const
    const token = await server.makeKey({ scopes })
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { 'x-api-key': token },
      await pairHeaders(server, { scopes }),
      await styledHeaders(server, 'prdm_wsp', { scopes }),
    ]) {
      expect(await ask(server, headers, PARADIME)).toMatchObject({
        status: 403,
        body: { errors: [{ extensions: { code: 'insufficient_scope' } }] },
      })
    }
  })
})

describe('with a valid key', () => {
  it('introspection works, as tools send it', async () => {
    for (const headers of [paradime, arize, native]) {
      const { status, body } = await ask(
        server,
        headers,
        getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }),
      )
      expect(status).toBe(200)
      expect(body).not.toHaveProperty('errors')
      expect(body.data.__schema.types.length).toBeGreaterThan(10)
    }
  })

  it('GET reads queries by parameters', async () => {
    const query = 'query Q($n: Int!) { auditLogs(first: $n) { totalCount } } query R { __typename }'
    const parameters = new URLSearchParams({ query, variables: '{"n":2}', operationName: 'Q' })
    const { status, body } = await server.call(
      native.authorization?.slice(7),
      'GET',
      `/graphql?${parameters}`,
    )
    expect({ status, body }).toEqual({ status: 200, body: { data: { auditLogs: { totalCount: 0 } } } })
  })

  const bodies: readonly (readonly [string, string, number, string])[] = [
    ['a batch', '[{"query":"{ __typename }"}]', 400, 'batch_refused'],
    ['no JSON', '{"query":', 400, 'invalid_request'],
    ['no query', '{}', 400, 'invalid_request'],
    ['an empty query', '{"query":" "}', 400, 'invalid_request'],
    ['a query that is no text', '{"query":7}', 400, 'invalid_request'],
    ['variables that are no object', '{"query":"{ __typename }","variables":[]}', 400, 'invalid_request'],
    ['an unknown member', '{"query":"{ __typename }","id":"x"}', 400, 'invalid_request'],
    ['a broken document', '{"query":"{ a "}', 400, 'syntax_error'],
    ['an unknown field', '{"query":"{ nothing }"}', 400, 'validation_failed'],
    [
      'an operation that is not there',
      '{"query":"{ __typename }","operationName":"Q"}',
      400,
      'unknown_operation',
    ],
    [
      'two operations and no name',
      '{"query":"query A { __typename } query B { __typename }"}',
      400,
      'unknown_operation',
    ],
    ['a mutation', '{"query":"mutation { __typename }"}', 400, 'only_queries'],
    ['a subscription', '{"query":"subscription { __typename }"}', 400, 'only_queries'],
    [
      'a wrong variable',
      '{"query":"query Q($t: DateTime) { __typename @skip(if: false) }","variables":{"t":"x"}}',
      400,
      'validation_failed',
    ],
    [
      'more than 100 KB',
      JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(102_400) } }),
      413,
      'body_too_large',
    ],
  ]
  it.each(bodies)('refuses %s', async (_what, body, status, code) => {
    for (const headers of [paradime, arize, native]) {
      expect(await send(server, headers, body)).toMatchObject({
        status,
        body: {
          errors: expect.arrayContaining([
            expect.objectContaining({ extensions: expect.objectContaining({ code }) }),
          ]),
          data: null,
        },
      })
    }
  })

  it('says where in the document a problem is', async () => {
    expect((await ask(server, native, '{\n  nothing }')).body.errors[0]).toMatchObject({
      locations: [{ line: 2, column: 3 }],
    })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ])('takes no %s, which a page of another site could send', async (type) => {
    expect(await ask(server, { ...native, 'content-type': type }, NATIVE)).toMatchObject({
      status: 415,
      body: { errors: [{ extensions: { code: 'unsupported_media_type' } }] },
    })
  })

  it('a GET of a mutation runs nothing', async () => {
    const path = `/graphql?query=${encodeURIComponent('mutation { __typename }')}`
    expect((await server.call(native.authorization?.slice(7), 'GET', path)).status).toBe(400)
  })

  it.each([
    '2026-11-21T02:00:00Z',
    '2026-11-21T02:00:00.123456Z',
    '2026-11-21T02:00:00+01:00',
    '2026-11-21T02:00:00.000000+0000',
    '2026-11-21T02:00:00',
    '2026-11-21 02:00:00.1',
    '2026-11-21',
  ])('takes the time %s', async (time) => {
    const query = 'query Q($t: DateTime) { auditLogs(from: $t) { totalCount } }'
    expect((await ask(server, native, query, { t: time })).status).toBe(200)
    expect((await ask(server, native, `{ auditLogs(from: "${time}") { totalCount } }`)).status).toBe(200)
  })

  it.each(['', 'yesterday', '2026-02-30T00:00:00Z', 1_700_000_000, true, {}])(
    'refuses the time %j',
    async (time) => {
      const query = 'query Q($t: DateTime) { auditLogs(from: $t) { totalCount } }'
      expect(await ask(server, native, query, { t: time })).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: 'invalid_variables' } }] },
      })
    },
  )
})

describe('switched off', () => {
  it('an API is as if it did not exist', { timeout: 120_000 }, async () => {
    for (const off of ['paradime', 'arize-graphql', 'native-graphql']) {
      const names = ['native', 'arcus', 'paradime', 'arize-graphql', 'native-graphql'].filter(
        (name) => name !== off,
      )
      const some = await openTestServer({ dialects: names.join(',') })
      const key = await some.makeKey()
      const asked = {
        paradime: await ask(some, await pairHeaders(some), PARADIME),
        'arize-graphql': await ask(some, { 'x-api-key': key }, ARIZE),
        'native-graphql': await ask(some, { authorization: `Bearer ${key}` }, NATIVE),
      }
      for (const [name, { status }] of Object.entries(asked)) {
        if (name === off) expect(status, `${name} without ${off}`).toBe(off === 'native-graphql' ? 404 : 401)
        else expect(status, `${name} without ${off}`).toBe(200)
      }
      if (off === 'paradime') {
        expect((await ask(some, await pairHeaders(some), PARADIME, {}, '/api/v1/x/graphql')).status).toBe(404)
      }
      await some.close()
    }
  })

  it('or moved, it answers at its own path alone', async () => {
    const moved = await openTestServer({ dialect_prefixes: 'paradime=/paradime' })
    const headers = await pairHeaders(moved)
    expect((await ask(moved, headers, PARADIME, {}, '/paradime/graphql')).status).toBe(200)
    expect((await ask(moved, headers, PARADIME, {}, '/paradime/api/v1/x/graphql')).status).toBe(200)
    expect((await ask(moved, headers, PARADIME)).status).toBe(401)
    await moved.close()
  })
})
