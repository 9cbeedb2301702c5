import {
  canonicalJson,
  type Entry,
  formatMicroseconds,
  matches,
  microsecondsOf,
  naivePage,
  type Selection,
} from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../core/dist/query/testing/random-query.js'
import { ask, type Headed } from '../../graphql/testing/graphql-client.js'
import { executed, isPastBounds, randomDocument } from '../../graphql/testing/random-document.js'
import { recordRandomEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { CONNECTION_FILTERS } from './connections.js'
import { arizeSchema } from './schema.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
/** The same 500 for every dialect are in test/src/dialects; `ORACLE_FILTERS` asks for more. */
const FILTERS = Number(process.env.ORACLE_FILTERS ?? 100)
const DOCUMENTS = 800
const ENTRIES = 200
const random = seededRandom(SEED)
const NAMES = Object.keys(CONNECTION_FILTERS) as (keyof typeof CONNECTION_FILTERS)[]

let server: TestServer
let headers: Headed
let entries: readonly Entry[]

beforeAll(async () => {
  server = await openTestServer()
  const key = await server.makeKey()
  headers = { 'x-api-key': key }
  entries = await recordRandomEntries(server, key, random, ENTRIES)
}, 120_000)
afterAll(() => server.close())

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** An entry as the documents describe a node, written anew here. */
function expectedNode({ actor, context, operation, resource, ...entry }: Entry) {
  const isKnown = actor?.id !== undefined || actor?.email !== undefined
  return {
    id: base64(`AuditLog:${entry.seq + 1}`),
    user: isKnown
      ? { id: actor.id === undefined ? null : base64(`User:${actor.id}`), email: actor.email ?? null }
      : null,
    ip: context?.ip_address ?? null,
    success: entry.outcome === 'success',
    loggedAt: entry.recorded_at,
    mutationName: operation?.name ?? entry.action,
    operationName: operation?.name ?? entry.action,
    operationText: operation?.text ?? null,
    variables: operation?.variables === undefined ? null : canonicalJson(operation.variables),
    model: resource === undefined ? null : { name: resource.label ?? resource.id ?? null },
  }
}

describe(`Arize's connections and a plain filter agree (SEED=${SEED})`, () => {
  it('on which entry is where: each in exactly one connection', () => {
    const seen = NAMES.map(
      (name) => entries.filter((entry) => matches(CONNECTION_FILTERS[name], entry)).length,
    )
    for (const count of seen) expect(count).toBeGreaterThan(5)
    for (const entry of entries) {
      expect(NAMES.filter((name) => matches(CONNECTION_FILTERS[name], entry))).toHaveLength(1)
    }
  })

  it(`on ${FILTERS} times and pages`, { timeout: 300_000 }, async () => {
    const log = { organization_id: entries[0]!.organization_id, mode: entries[0]!.mode }
    for (let i = 0; i < FILTERS; i++) {
      const name = random.pick(NAMES)
      const moment = () => microsecondsOf(random.pick(entries).recorded_at) + random.between(-1, 1)
      const [from, to] = [moment(), moment()].sort((a, b) => a - b) as [number, number]
      const times = { ...(random.chance(0.5) ? { from } : {}), ...(random.chance(0.5) ? { to } : {}) }
      const selection: Selection = { log, filter: CONNECTION_FILTERS[name], ...times }
      const expected = naivePage({ ...selection, order: 'newest_first', limit: 1_000 }, entries)
      const first = random.pick([1, 7, 60, 150])
      const got: string[] = []
      let cursor: string | null = null
      do {
        const query = `query Q($n: Int!, $c: String, $from: DateTime, $to: DateTime) { account { ${name}(first: $n, after: $c, startTime: $from, endTime: $to) { pageInfo { hasNextPage endCursor } edges { node { id } cursor } } } }`
        const variables = { n: first, c: cursor, ...iso('from', times.from), ...iso('to', times.to) }
        const { body } = await ask(server, headers, query, variables)
        const page = body.data.account[name]
        got.push(...page.edges.map((edge: { node: { id: string } }) => edge.node.id))
        expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null)
        cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      } while (cursor !== null && got.length < 30)
      const message = `SEED=${SEED} ${name} ${JSON.stringify(times)}`
      expect(got, message).toEqual(
        expected.slice(0, got.length).map(({ seq }) => base64(`AuditLog:${seq + 1}`)),
      )
      if (cursor === null) expect(got.length, message).toBe(expected.length)
    }
  })

  it(`on ${DOCUMENTS} documents, every field`, { timeout: 300_000 }, async () => {
    const schema = arizeSchema()
    const log = { organization_id: entries[0]!.organization_id, mode: entries[0]!.mode }
    const connection = (name: (typeof NAMES)[number]) => {
      const filter = CONNECTION_FILTERS[name]
      const page = naivePage({ log, filter, order: 'newest_first', limit: 3 }, entries)
      return {
        edges: page.map((entry) => ({ node: expectedNode(entry), cursor: CURSOR })),
        pageInfo: { hasNextPage: true, endCursor: CURSOR },
      }
    }
    const rootValue = {
      account: {
        id: base64(`Account:${log.organization_id}`),
        name: 'acme',
        ...Object.fromEntries(NAMES.map((name) => [name, connection(name)])),
      },
      rateLimit: { limit: 1_000, cost: 0 },
    }
    let compared = 0
    // Some that are drawn are past the bounds.
    for (let i = 0; compared < DOCUMENTS && i < 4 * DOCUMENTS; i++) {
      const { query, variables } = randomDocument(
        random,
        schema,
        { account: '', rateLimit: '' },
        LOG_ARGUMENTS,
      )
      const answer = await ask(server, headers, query, variables)
      const message = `SEED=${SEED} ${query} ${JSON.stringify(variables)}`
      if (isPastBounds(answer)) continue
      compared += 1
      expect(answer.status, `${message} ${answer.text}`).toBe(200)
      const expected = executed(schema, { query, variables }, rootValue)
      expect(withoutVariables(answer.text), message).toBe(withoutVariables(expected))
    }
    expect(compared).toBe(DOCUMENTS)
  })
})

const CURSOR = 'MS5-'
const LOG_ARGUMENTS = Object.fromEntries(NAMES.map((name) => [name, '(first: 3)']))

/** Cursors are opaque, and the cost is a query's own. */
function withoutVariables(json: string): string {
  return json.replace(/"MS5[\w-]*"/g, '"cursor"').replace(/("(?:x\d+_)?cost":)\d+/g, '$10')
}

function iso(name: string, us: number | undefined): Readonly<Record<string, string>> {
  return us === undefined ? {} : { [name]: formatMicroseconds(us) }
}
