import {
  type Actor,
  type Entry,
  FACET_FIELDS,
  formatMicroseconds,
  HISTOGRAM_INTERVALS,
  naiveCount,
  naiveFacets,
  naiveHistogram,
  naivePage,
  type PageQuery,
  printSearch,
} from '@counterfoil/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { randomPageQuery, seededRandom } from '../../../../core/dist/query/testing/random-query.js'
import { ask, type Headed } from '../../graphql/testing/graphql-client.js'
import { executed, isPastBounds, randomDocument } from '../../graphql/testing/random-document.js'
import { recordRandomEntries } from '../../testing/recorded-entries.js'
import { openTestServer, type TestServer } from '../../testing/test-server.js'
import { nativeSchema } from './schema.js'
import { enumName as name, toInput } from './testing/to-input.js'

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
/** The same 500 for every dialect are in test/src/dialects; `ORACLE_FILTERS` asks for more. */
const FILTERS = Number(process.env.ORACLE_FILTERS ?? 100)
const DOCUMENTS = 800
const ENTRIES = 200
const random = seededRandom(SEED)

let server: TestServer
let headers: Headed
let entries: readonly Entry[]

beforeAll(async () => {
  // Each page from the index, so that index and API are tested together.
  server = await openTestServer({}, undefined, { looksNearby: false })
  const key = await server.makeKey()
  headers = { authorization: `Bearer ${key}` }
  entries = await recordRandomEntries(server, key, random, ENTRIES)
}, 120_000)
afterAll(() => server.close())

const log = () => ({ organization_id: entries[0]!.organization_id, mode: entries[0]!.mode })

/** Variables that mean a query's selection: by filter, by search text, or half of it by each. */
function toVariables({ filter, from, to }: PageQuery): object {
  const bySearch = random.chance(0.4)
  return {
    ...(filter === undefined
      ? {}
      : bySearch
        ? { query: printSearch({ filter }) }
        : { filter: toInput(filter) }),
    ...(from === undefined ? {} : { from: formatMicroseconds(from) }),
    ...(to === undefined ? {} : { to: formatMicroseconds(to) }),
  }
}

const SELECT = '$query: String, $filter: Filter, $from: DateTime, $to: DateTime'
const SELECTED = 'query: $query, filter: $filter, from: $from, to: $to'

describe(`our GraphQL and plain answers agree (SEED=${SEED})`, () => {
  it(`on ${FILTERS} queries: pages to their end, and counts`, { timeout: 300_000 }, async () => {
    const query = `query Q(${SELECT}, $order: Order!, $first: Int!, $after: String) {
      auditLogs(${SELECTED}, order: $order, first: $first, after: $after) {
        totalCount complete pageInfo { hasNextPage endCursor } edges { node { seq } cursor }
      } }`
    for (let i = 0; i < FILTERS; i++) {
      const { after: _after, ...drawn } = { ...randomPageQuery(random, entries), log: log() }
      const selected = toVariables(drawn)
      const message = `SEED=${SEED} ${JSON.stringify(drawn)} ${JSON.stringify(selected)}`
      const first = random.pick([10, 60, 200])
      const got: number[] = []
      let after: string | null = null
      do {
        const variables: object = { ...selected, order: name(drawn.order), first, after }
        const { body, text } = await ask(server, headers, query, variables)
        expect(body, `${message} ${text}`).not.toHaveProperty('errors')
        const page = body.data.auditLogs
        got.push(...page.edges.map((edge: { node: { seq: number } }) => edge.node.seq))
        expect(page, message).toMatchObject({ totalCount: naiveCount(drawn, entries), complete: true })
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      } while (after !== null)
      expect(got, message).toEqual(naivePage({ ...drawn, limit: 1_000 }, entries).map(({ seq }) => seq))
    }
  })

  it('on histograms and facets', { timeout: 300_000 }, async () => {
    const query = `query Q(${SELECT}, $interval: HistogramInterval!, $fields: [FacetField!]!) {
      histogram(${SELECTED}, interval: $interval) { buckets { start total bySeverity { severity count } } }
      facets(${SELECTED}, fields: $fields, first: 5) { fields { field values { value count } } } }`
    for (let i = 0; i < 60; i++) {
      const drawn = { ...randomPageQuery(random, entries), log: log() }
      const interval = random.pick(HISTOGRAM_INTERVALS)
      const fields = [...new Set([random.pick(FACET_FIELDS), random.pick(FACET_FIELDS)])]
      const variables = { ...toVariables(drawn), interval: name(interval), fields: fields.map(name) }
      const { body, text } = await ask(server, headers, query, variables)
      const message = `SEED=${SEED} ${JSON.stringify(variables)} ${text}`
      expect(body.data?.facets.fields, message).toEqual(
        fields.map((field) => ({ field: name(field), values: naiveFacets(drawn, field, 5, entries) })),
      )
      const buckets = body.data.histogram.buckets.map(
        (bucket: { bySeverity: { severity: string; count: number }[] }) => ({
          ...bucket,
          bySeverity: Object.fromEntries(bucket.bySeverity.map(({ severity, count }) => [severity, count])),
        }),
      )
      expect(buckets, message).toEqual(
        naiveHistogram(drawn, interval, entries).map(({ start, total, by_severity }) => ({
          start: formatMicroseconds(start),
          total,
          bySeverity: Object.fromEntries(
            Object.entries(by_severity).map(([key, count]) => [name(key), count]),
          ),
        })),
      )
    }
  })

  it(`on ${DOCUMENTS} documents, every field`, { timeout: 300_000 }, async () => {
    const schema = nativeSchema()
    const newest = naivePage({ log: log(), order: 'newest_first', limit: 3 }, entries)
    const nodes = newest.map(expectedNode)
    const rootValue = {
      auditLogs: {
        nodes,
        edges: nodes.map((node) => ({ node, cursor: 'MS5' })),
        pageInfo: { hasNextPage: true, endCursor: 'MS5' },
        totalCount: entries.length,
        complete: true,
        completeThroughSeq: entries.length - 1,
      },
      entry: nodes[1],
    }
    const roots = { auditLogs: '(first: 3)', entry: `(id: "${newest[1]?.id}")` }
    let compared = 0
    // Some that are drawn are past the bounds.
    for (let i = 0; compared < DOCUMENTS && i < 4 * DOCUMENTS; i++) {
      const document = randomDocument(random, schema, roots)
      const answer = await ask(server, headers, document.query, document.variables)
      if (isPastBounds(answer)) continue
      const message = `SEED=${SEED} ${JSON.stringify(document)}`
      expect(opaque(answer.text), message).toBe(opaque(executed(schema, document, rootValue)))
      compared += 1
    }
    expect(compared).toBe(DOCUMENTS)
  })
})

/** Cursors and hashes are compared elsewhere; REST, which the entries come from, shows no metadata as empty. */
function opaque(json: string): string {
  return json
    .replace(/"MS5[\w-]*"/g, '"cursor"')
    .replace(/"[0-9a-f]{64}"/g, '"hash"')
    .replace(/("(?:x\d+_)?metadata":)\{\}/g, '$1null')
}

const HASH = '0'.repeat(64)

function expectedNode({ context, operation, actor, ...entry }: Entry): object {
  return {
    ...entry,
    organizationId: entry.organization_id,
    mode: name(entry.mode),
    recordedAt: entry.recorded_at,
    occurredAt: entry.occurred_at,
    severity: name(entry.severity),
    outcome: name(entry.outcome),
    errorCode: entry.error_code,
    actor: actor && expectedActor(actor),
    targets: entry.targets ?? [],
    context: context && {
      ipAddress: context.ip_address,
      userAgent: context.user_agent,
      sessionId: context.session_id,
      requestId: context.request_id,
      region: context.region,
      location: context.location,
      correlationId: context.correlation_id,
    },
    operation: operation && { ...operation, type: name(operation.type) },
    erasedSections: [],
    entryHash: HASH,
    prevHash: HASH,
  }
}

function expectedActor({ type, on_behalf_of, ...actor }: Actor): object {
  return { ...actor, type: name(type), onBehalfOf: on_behalf_of && expectedActor(on_behalf_of) }
}
