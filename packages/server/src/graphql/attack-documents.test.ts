import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../testing/test-server.js'
import { type Attack, attacks } from './testing/attacks.js'
import { type GraphQlAnswer, type Headed, pairHeaders, send } from './testing/graphql-client.js'

/** Machines that run tests are busy with other things too: the best of a few tries is what the document costs. */
const TRIES = 4
/** Reading 40,000 levels of JSON takes half of it on a busy machine; a second is promised. */
const REFUSED_WITHIN_MS = 250

let server: TestServer
let headers: Readonly<Record<'paradime' | 'arize' | 'native', Headed>>

beforeAll(async () => {
  server = await openTestServer()
  const key = await server.makeKey()
  headers = {
    paradime: await pairHeaders(server),
    arize: { 'x-api-key': key },
    native: { authorization: `Bearer ${key}` },
  }
  // The first documents are slow for everybody: code that never ran.
  for (const attack of attacks(TARGETS[2][1]).slice(0, 10)) await sendAttack('native', attack)
})
afterAll(() => server.close())

const TARGETS = [
  ['paradime', { object: 'getAuditLogs', scalar: '__typename', type: 'AuditLogs' }],
  ['arize', { object: 'account', scalar: 'name', type: 'Account' }],
  ['native', { object: 'auditLogs(first: 1)', scalar: 'complete', type: 'EntryConnection' }],
] as const

describe.each(TARGETS)('%s', (api, target) => {
  it.each(attacks(target).map((attack) => [attack.name, attack] as const))(
    'refuses at once: %s',
    async (_name, attack) => {
      const answers: GraphQlAnswer[] = []
      for (let i = 0; i < TRIES; i++) {
        answers.push(await sendAttack(api, attack))
        if ((answers.at(-1)?.ms ?? 0) < REFUSED_WITHIN_MS) break
      }
      const [answer] = answers
      expect(answer?.status, answer?.text.slice(0, 200)).toBeGreaterThanOrEqual(400)
      expect(answer?.status).toBeLessThan(500)
      expect(answer?.body.data).toBe(null)
      expect(answer?.body.errors[0].extensions.code).toEqual(expect.any(String))
      expect(answer?.text.length).toBeLessThan(200_000)
      expect(Math.min(...answers.map(({ ms }) => ms))).toBeLessThan(REFUSED_WITHIN_MS)
    },
  )
})

it('more than 60 of them', () => {
  expect(new Set(attacks(TARGETS[0][1]).map(({ name }) => name)).size).toBeGreaterThanOrEqual(60)
})

it('a connection within its cost is answered, and past it refused, by the published formula', async () => {
  const query = (first: number, fields: string) =>
    `{ rateLimit { cost } account { authenticatedAuditLogs(first: ${first}) { edges { node { ${fields} } } } } }`
  // 1 + 1 + 50 × (edges, node and three fields) = 252, and two for rateLimit and cost.
  const within = await send(server, headers.arize, JSON.stringify({ query: query(50, 'id ip loggedAt') }))
  expect(within.body.data.rateLimit).toEqual({ cost: 254 })
  for (const [first, status] of [
    [199, 200],
    [200, 400],
    [1_000_000_000, 400],
  ] as const) {
    const answer = await send(
      server,
      headers.arize,
      JSON.stringify({ query: query(first, 'id ip loggedAt') }),
    )
    expect(answer.status, String(first)).toBe(status)
    if (status === 400) expect(answer.body.errors[0].extensions.code).toBe('too_costly')
  }
})

it('counts the page size of a variable, and of its default', async () => {
  const document = (type: string) =>
    `query Q($n: ${type}) { auditLogs(first: $n) { nodes { id action category severity outcome seq mode } } }`
  const refused = { status: 400, body: { errors: [{ extensions: { code: 'too_costly' } }] } }
  expect(
    await send(server, headers.native, JSON.stringify({ query: document('Int! = 1000') })),
  ).toMatchObject(refused)
  expect(
    await send(server, headers.native, JSON.stringify({ query: document('Int!'), variables: { n: 1_000 } })),
  ).toMatchObject(refused)
  expect(
    await send(server, headers.native, JSON.stringify({ query: document('Int!'), variables: { n: 500 } })),
  ).toMatchObject({ status: 200 })
})

function sendAttack(api: keyof typeof headers, { body, query, variables }: Attack): Promise<GraphQlAnswer> {
  return send(server, headers[api], body ?? JSON.stringify({ query, variables }))
}
