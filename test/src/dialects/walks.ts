import { readCsv } from '../../../packages/server/dist/dialects/wherobots/testing/read-csv.js'
import {
  ask,
  type Headed,
  pairHeaders,
} from '../../../packages/server/dist/graphql/testing/graphql-client.js'
import type { TestServer } from '../../../packages/server/dist/testing/test-server.js'
import type { Shown } from './shown.js'

/** Who asks: the same log by every kind of key. */
export interface Client {
  readonly server: TestServer
  readonly key: string
  readonly pair: Headed
}

/** Parameters of a query string, in order; names may repeat. */
export type Parameters = readonly (readonly [name: string, value: string])[]

/** A whole list, and how many there are where the dialect says so. */
export interface Whole {
  readonly shown: readonly Shown[]
  readonly total?: number
}

const PAGES_MAX = 2_000

/** A client of the log of `key`, which must be one of `slug`. */
export async function clientOf(server: TestServer, key: string, slug: string): Promise<Client> {
  return { server, key, pair: await pairHeaders(server, { slug }) }
}

/** A page of a list and the cursor of the next, null at the end. */
type Page = Whole & { readonly next: string | null }

/** Follows cursors to the end. */
async function walk(page: (cursor: string | undefined) => Promise<Page>): Promise<Whole> {
  const shown: Shown[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const { next, total, ...answer } = await page(cursor)
    shown.push(...answer.shown)
    if (next === null) return { shown, ...(total === undefined ? {} : { total }) }
    cursor = next
  }
  throw new Error('The list has no end.')
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
async function get({ server, key }: Client, path: string, parameters: Parameters): Promise<any> {
  const query = new URLSearchParams(parameters as [string, string][]).toString()
  const { status, body } = await server.call(key, 'GET', `${path}?${query}`)
  if (status !== 200) throw new Error(`GET ${path}?${query} answered ${status} ${JSON.stringify(body)}`)
  return body
}

const more = (name: string, value: string | undefined): Parameters =>
  value === undefined ? [] : [[name, value]]

export function walkArcus(
  client: Client,
  parameters: Parameters,
  path = '/v1/audit_log_entries',
): Promise<Whole> {
  const isActivity = path !== '/v1/audit_log_entries'
  const asked: Parameters = isActivity
    ? [['limit', '100']]
    : [
        ['limit', '200'],
        ['include_count', 'true'],
        ['expand[]', 'data.actor'],
        ['expand[]', 'data.diff'],
      ]
  return walk(async (cursor) => {
    const body = await get(client, path, [...parameters, ...asked, ...more('cursor', cursor)])
    if (body.partial === true) throw new Error(`${path} is partial: ${body.complete_through_seq}`)
    const { data, total_count, next_cursor, has_more } = body
    return {
      shown: data,
      next: has_more ? next_cursor : null,
      ...(total_count === undefined ? {} : { total: total_count }),
    }
  })
}

export async function walkArcwise(client: Client, parameters: Parameters): Promise<Whole> {
  return { shown: await get(client, '/api/event_history', [...parameters, ['limit', '10000']]) }
}

export function walkArizeRest(client: Client, parameters: Parameters): Promise<Whole> {
  return walk(async (cursor) => {
    const asked: Parameters = [...parameters, ['limit', '100'], ...more('cursor', cursor)]
    const { logs, pagination } = await get(client, '/v2/audit-logs', asked)
    return { shown: logs, next: pagination.has_more ? pagination.next_cursor : null }
  })
}

export function walkWherobots(client: Client, parameters: Parameters): Promise<Whole> {
  return walk(async (cursor) => {
    const asked: Parameters = [...parameters, ['size', '100'], ...more('cursor', cursor)]
    const { items, total, next_page } = await get(client, '/audit-log', asked)
    return { shown: items, total, next: next_page }
  })
}

/** The export's rows, by the names in its first. */
export async function readWherobotsExport(client: Client, parameters: Parameters): Promise<Whole> {
  const [names = [], ...rows] = readCsv(await get(client, '/audit-log/export', parameters))
  return { shown: rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))) }
}

async function askWhole(
  { server }: Client,
  headers: Headed,
  query: string,
  variables: object,
  // biome-ignore lint/suspicious/noExplicitAny: data of every shape.
): Promise<any> {
  const { status, text, body } = await ask(server, headers, query, variables)
  if (status !== 200) throw new Error(`${query} with ${JSON.stringify(variables)} answered ${status} ${text}`)
  return body.data
}

export async function readParadime(client: Client, variables: object, fields: string): Promise<Whole> {
  const query = `query Q($from: DateTime, $to: DateTime) {
    getAuditLogs(startTime: $from, endTime: $to) { auditLogs { ${fields} } } }`
  return { shown: (await askWhole(client, client.pair, query, variables)).getAuditLogs.auditLogs }
}

/** `first` is bounded by the cost of the fields. */
export function walkArizeGraphQl(
  client: Client,
  connection: string,
  variables: object,
  fields: string,
  first: number,
): Promise<Whole> {
  const query = `query Q($from: DateTime, $to: DateTime, $first: Int!, $after: String) { account {
    ${connection}(startTime: $from, endTime: $to, first: $first, after: $after) {
      pageInfo { hasNextPage endCursor } edges { node { ${fields} } } } } }`
  return walk(async (after) => {
    const data = await askWhole(client, { 'x-api-key': client.key }, query, { ...variables, first, after })
    const { edges, pageInfo } = data.account[connection]
    return {
      shown: edges.map(({ node }: { node: Shown }) => node),
      next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
    }
  })
}

export function walkNative(client: Client, variables: object, fields: string, first: number): Promise<Whole> {
  const query = `query Q($query: String, $filter: Filter, $from: DateTime, $to: DateTime, $first: Int!, $after: String) {
    auditLogs(query: $query, filter: $filter, from: $from, to: $to, first: $first, after: $after) {
      complete totalCount pageInfo { hasNextPage endCursor } nodes { ${fields} } } }`
  const headers = { authorization: `Bearer ${client.key}` }
  return walk(async (after) => {
    const { auditLogs } = await askWhole(client, headers, query, { ...variables, first, after })
    const { complete, totalCount, nodes, pageInfo } = auditLogs
    if (!complete) throw new Error('The page is not complete.')
    return { shown: nodes, total: totalCount, next: pageInfo.hasNextPage ? pageInfo.endCursor : null }
  })
}
