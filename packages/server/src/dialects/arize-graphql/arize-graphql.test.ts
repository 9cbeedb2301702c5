import { setTimeout as delay } from 'node:timers/promises'
import type { Entry, EntryContent } from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sentEntries } from '../../../../core/dist/testing/index.js'
import { ask, type Headed } from '../../graphql/testing/graphql-client.js'
import { walk } from '../../graphql/testing/walk.js'
import { startArrivals } from '../../testing/arrivals.js'
import { readFixture } from '../../testing/fixture.js'
import { recordEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { findPythonWithRequests, NO_PYTHON, runPython } from '../../testing/vendor-request.js'

const python = await findPythonWithRequests()
if (python === undefined) console.warn(NO_PYTHON)

const UNAUTHENTICATED = readFixture(import.meta.url, 'documents-unauthenticated.graphql')
const AUTHENTICATED = readFixture(import.meta.url, 'documents-authenticated.graphql')
const EXPORTER = readFixture(import.meta.url, 'documents-exporter.graphql')

const ADA = { type: 'user', id: 'u_1', email: 'ada@example.com' } as const
const DOCUMENTED: readonly Partial<EntryContent>[] = [
  { action: 'user.login', category: 'authentication', actor: ADA, context: { ip_address: '203.0.113.7' } },
  {
    action: 'ai_integration.created',
    actor: ADA,
    operation: {
      type: 'mutation',
      name: 'createAiIntegration',
      text: 'mutation createAiIntegration { ... }',
      variables: { name: 'x' },
    },
  },
  {
    action: 'model.exported',
    category: 'export',
    actor: ADA,
    resource: { type: 'model', id: 'm_1', label: 'Fraud model' },
  },
  {
    action: 'user.login',
    category: 'authentication',
    outcome: 'failure',
    actor: { type: 'anonymous', email: 'eve@example.com' },
    context: { ip_address: '203.0.113.9' },
  },
]

/** What arrives while others read. */
const ARRIVING = { action: 'order.created', actor: ADA }

let server: TestServer
beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

async function organization(slug: string, options = {}): Promise<{ key: string; headers: Headed }> {
  const key = await server.makeKey({ slug, ...options })
  return { key, headers: { 'x-api-key': key } }
}

describe("the vendor's documents", () => {
  let headers: Headed
  let entries: readonly Entry[]

  beforeAll(async () => {
    const made = await organization('documents')
    headers = made.headers
    entries = await recordEntries(server, made.key, DOCUMENTED)
  })

  it.each([
    ['unauthenticated', UNAUTHENTICATED, 0],
    ['authenticated', AUTHENTICATED, 1],
    ['exporter', EXPORTER, 2],
  ])('are answered byte for byte: %s', async (_name, query, line) => {
    const answer = await ask(server, headers, query, { num: 1 })
    expect(answer.status).toBe(200)
    const { endCursor } = Object.values<{ pageInfo: { endCursor: string } }>(answer.body.data.account)[0]!
      .pageInfo
    const times = Object.fromEntries(entries.map(({ recorded_at }, i) => [i, recorded_at]))
    const answers = readFixture(import.meta.url, 'documents-answers.json', { ...times, cursor: endCursor })
    expect(answer.text).toBe(answers.split('\n')[line])
  })

  it.skipIf(python === undefined)('their pagination in Python ends, with every entry once', async () => {
    const { key } = await organization('paged')
    await recordEntries(server, key, sentEntries(250), 1_000)
    const printed = await runPython(python as string, pythonProgram(server.url, key))
    const edges = JSON.parse(printed.trimEnd().split('\n').at(-1) as string)
    expect(edges.map((edge: { node: { id: string } }) => numberOf(edge.node.id))).toEqual(
      Array.from({ length: 250 }, (_, i) => 250 - i),
    )
  })

  it('end on an empty page, which has no cursor', async () => {
    const first = (await ask(server, headers, AUTHENTICATED, { num: 5 })).body.data.account
      .authenticatedAuditLogs
    const { body } = await ask(server, headers, AUTHENTICATED, { num: 5, cursor: first.pageInfo.endCursor })
    expect(body.data.account.authenticatedAuditLogs).toEqual({
      pageInfo: { hasNextPage: false, endCursor: null },
      edges: [],
    })
  })

  it('show 30 days before the end when no start is given', async () => {
    const count = async (variables: object) =>
      (await ask(server, headers, UNAUTHENTICATED, { num: 10, ...variables })).body.data.account
        .unauthenticatedAuditLogs.edges.length
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
    expect(await count({})).toBe(2)
    expect(await count({ endTime: inDays(29) })).toBe(2)
    expect(await count({ endTime: inDays(31) })).toBe(0)
    expect(await count({ startTime: inDays(-180) })).toBe(2)
  })

  it('hold both bounds inclusively, as an answer gives them', async () => {
    const at = entries[1]?.recorded_at
    const { body } = await ask(server, headers, AUTHENTICATED, { num: 5, startTime: at, endTime: at })
    expect(body.data.account.authenticatedAuditLogs.edges).toHaveLength(1)
  })
})

describe('a connection', () => {
  it('shows nobody where nobody is known', async () => {
    const { key, headers } = await organization('users')
    const actors = [
      undefined,
      { type: 'anonymous' },
      { type: 'user', id: 'u' },
      { type: 'user', email: 'e@x.y' },
    ] as const
    await recordEntries(
      server,
      key,
      actors.map((actor) => ({
        action: 'a',
        category: 'authentication',
        ...(actor === undefined ? {} : { actor }),
      })),
    )
    const query =
      '{ account { unauthenticatedAuditLogs(first: 9) { edges { node { user { id email } ip } } } } }'
    const { body } = await ask(server, headers, query)
    const users = body.data.account.unauthenticatedAuditLogs.edges.map(
      (edge: { node: { user: unknown } }) => edge.node.user,
    )
    expect(users).toEqual([
      { id: null, email: 'e@x.y' },
      { id: Buffer.from('User:u').toString('base64'), email: null },
      null,
      null,
    ])
  })

  it('goes on only from a cursor of its own', async () => {
    const { key, headers } = await organization('cursors')
    await recordEntries(server, key, [...DOCUMENTED, ...DOCUMENTED])
    const cursorOf = async (name: string, query: string) =>
      (await ask(server, headers, query, { num: 1 })).body.data.account[name].pageInfo.endCursor as string
    const cursor = await cursorOf('authenticatedAuditLogs', AUTHENTICATED)
    const refused = {
      status: 400,
      body: { errors: [{ extensions: { code: 'invalid_cursor' } }], data: null },
    }
    expect(await ask(server, headers, EXPORTER, { num: 1, cursor })).toMatchObject(refused)
    expect(await ask(server, headers, AUTHENTICATED, { num: 1, cursor: `${cursor}x` })).toMatchObject(refused)
    expect(await ask(server, headers, AUTHENTICATED, { num: 1, cursor: '' })).toMatchObject(refused)
    expect(
      await ask(server, (await organization('other')).headers, AUTHENTICATED, { num: 1, cursor }),
    ).toMatchObject(refused)
    expect((await ask(server, headers, AUTHENTICATED, { num: 1, cursor })).status).toBe(200)
  })

  it.each([
    [{ num: 0 }, 'invalid_request'],
    [{ num: -1 }, 'invalid_request'],
    [{ num: 112 }, 'too_costly'],
    [{ num: 1.5 }, 'invalid_variables'],
    [{}, 'invalid_variables'],
    [{ num: 5, startTime: '2026-01-02T00:00:00Z', endTime: '2026-01-01T00:00:00Z' }, 'invalid_request'],
  ])('refuses %j', async (variables, code) => {
    const { headers } = await organization('documents')
    expect(await ask(server, headers, AUTHENTICATED, variables)).toMatchObject({
      status: 400,
      body: { errors: [{ extensions: { code } }], data: null },
    })
  })

  it('tells what a query costs', async () => {
    const { headers } = await organization('documents')
    const { body } = await ask(server, headers, '{ rateLimit { limit cost } account { id name } }')
    expect(body.data).toMatchObject({ rateLimit: { limit: 1_000, cost: 6 }, account: { name: 'documents' } })
  })

  it('shows one organization and mode alone, and with audit:read:own what the key did itself', async () => {
    const { key } = await organization('isolated')
    await recordEntries(server, key, DOCUMENTED)
    const own = await organization('isolated', { scopes: ['audit:read:own'] })
    await recordEntries(server, key, [
      { action: 'mine', actor: { type: 'api_key', id: own.key.split('_')[2] ?? '' } },
    ])
    const names = async (headers: Headed) =>
      (
        await ask(server, headers, AUTHENTICATED, { num: 50 })
      ).body.data.account.authenticatedAuditLogs.edges.map(
        (edge: { node: { operationName: string } }) => edge.node.operationName,
      )
    expect(await names({ 'x-api-key': key })).toEqual(['mine', 'createAiIntegration'])
    expect(await names(own.headers)).toEqual(['mine'])
    expect(await names((await organization('isolated', { mode: 'test' })).headers)).toEqual([])
    expect(await names((await organization('elsewhere')).headers)).toEqual([])
  })
})

describe('real clients', () => {
  it('a pager meets every earlier entry once and ends, while 200 a second arrive', {
    timeout: 300_000,
  }, async () => {
    const { key, headers } = await organization('busy')
    await recordEntries(server, key, sentEntries(10_000), 1_000)
    const meanwhile = startArrivals(server, key, 200, () => ARRIVING)
    const query = AUTHENTICATED.replace(/node \{[^}]*\{[^}]*\}[^}]*\}/, 'node { id loggedAt }')
    const seen = await walk(server, headers, query, { num: 200 }, ({ account }) => {
      const { edges, pageInfo } = account.authenticatedAuditLogs
      return { ids: edges.map((edge: { node: { id: string } }) => edge.node.id), ...pageInfo }
    })
    expect(await meanwhile.stop()).toBeGreaterThan(100)
    const numbers = seen.map(numberOf)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a))
    expect(numbers.filter((number) => number <= 10_000)).toHaveLength(10_000)
  })

  it('a poller that keeps the last time and id gets every entry once', { timeout: 120_000 }, async () => {
    const { key, headers } = await organization('polled')
    const meanwhile = startArrivals(server, key, 200, () => ARRIVING)
    let state = { loggedAt: new Date(Date.now() - 180 * 86_400_000).toISOString(), id: 0 }
    const got: number[] = []
    const poll = async () => {
      const nodes: { id: string; loggedAt: string }[] = []
      await walk(server, headers, AUTHENTICATED, { num: 100, startTime: state.loggedAt }, ({ account }) => {
        const { edges, pageInfo } = account.authenticatedAuditLogs
        nodes.push(...edges.map((edge: { node: { id: string; loggedAt: string } }) => edge.node))
        return { ids: [], ...pageInfo }
      })
      // Oldest first, without what was there last time.
      const fresh = nodes.toReversed().filter(({ id }) => numberOf(id) > state.id)
      got.push(...fresh.map(({ id }) => numberOf(id)))
      const last = fresh.at(-1)
      if (last !== undefined) state = { loggedAt: last.loggedAt, id: numberOf(last.id) }
    }
    for (let i = 0; i < 12; i++) {
      await poll()
      await delay(100)
    }
    const count = await meanwhile.stop()
    await poll()
    expect(count).toBeGreaterThan(100)
    expect(got).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  })
})

/** The number in an id such as base64 of `AuditLog:42`. */
function numberOf(id: string): number {
  const match = /^AuditLog:(\d+)$/.exec(Buffer.from(id, 'base64').toString())
  if (match === null) throw new Error(`no id: ${id}`)
  return Number(match[1])
}

/** The documents' own loop, with a client of three lines before it and what it gathered printed after it. */
function pythonProgram(url: string, key: string): string {
  return `
import json, requests
authenticated_audit_logs_query = ${JSON.stringify(AUTHENTICATED)}
class Client:
    def execute(self, query, params):
        response = requests.post("${url}/graphql", json={"query": query, "variables": params}, headers={"x-api-key": "${key}"})
        response.raise_for_status()
        return response.json()["data"]
client = Client()
${readFixture(import.meta.url, 'documents-pagination.py').replace('2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z')}
print(json.dumps(authenticated_logs))
`
}
