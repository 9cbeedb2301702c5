import type { Random } from '../../../../packages/core/dist/query/testing/random-query.js'
import { HOSTILE_STRINGS } from '../hostile-strings.js'
import type { Insiders } from './insiders.js'
import type { OpenApi, Route } from './openapi.js'
import { randomDocumentText, randomJson, randomParameter } from './random-values.js'

export interface FuzzRequest {
  readonly method: string
  /** As it goes over the wire, in ASCII. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

/** What fits the server that is asked. */
export interface Target {
  readonly document: OpenApi
  readonly routes: readonly Route[]
  readonly entity: string
  readonly entryIds: readonly string[]
  /** Headers of callers who are known: every kind of key. */
  readonly credentials: readonly Readonly<Record<string, string>>[]
  /** Whose requests reach what administration does, and not only its refusals. */
  readonly insiders: Insiders
}

/** Routes of the administration: everything of ours but what reads and records entries. */
export function isAdministration({ path }: Pick<Route, 'path'>): boolean {
  return path.startsWith('/v1/') && !/audit_log|activity|\{entity_id\}/.test(path)
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

export function randomRequest(random: Random, target: Target): FuzzRequest {
  const route = random.pick(target.routes)
  const method = random.chance(0.95) ? route.method : random.pick(METHODS)
  const path = pathOf(random, target, route)
  const query = queryOf(random, route)
  const body = method === 'GET' && random.chance(0.97) ? undefined : bodyOf(random, target, route)
  return {
    method,
    url: query === '' ? path : `${path}?${query}`,
    headers: headersOf(random, target, route, body),
    ...(body === undefined ? {} : { body }),
  }
}

function pathOf(random: Random, target: Target, { path }: Route): string {
  const { entity, entryIds, insiders } = target
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (random.chance(0.2)) return encodeURIComponent(random.pick(HOSTILE_STRINGS).slice(0, 600)) || '%20'
    if (random.chance(0.03))
      return random.pick(['%zz', '%', '%00', '%ff', '%c0%80', '..', '%2e%2e', 'x'.repeat(5_000)])
    if (name === 'entity_id') return entity
    if (path.startsWith('/v1/platform/organizations')) return random.pick(insiders.organizationIds)
    if (isAdministration({ path })) return random.pick(insiders.ids)
    const id = random.pick(entryIds)
    return random.pick([id, id, `act_${id.replaceAll('-', '')}`, id.toUpperCase(), 'order'])
  })
  if (random.chance(0.97)) return filled
  return random.pick([
    `${filled}/`,
    `${filled}/x`,
    `/${filled}`,
    filled.toUpperCase(),
    filled.slice(0, -1),
    `${filled};a=1`,
  ])
}

function queryOf(random: Random, { operation, path }: Route): string {
  const isGraphQl = path.endsWith('/graphql')
  const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  // Few at a time: one that is wrong hides the others.
  const share = named.length > 8 ? 2 / named.length : 0.35
  const parts = named.flatMap(({ name, schema }) => {
    if (!random.chance(isGraphQl && name === 'query' ? 0.95 : share)) return []
    const value = isGraphQl && name === 'query' ? randomDocumentText(random) : randomParameter(random, schema)
    const part = `${encodeURIComponent(name)}=${encodeURIComponent(value.slice(0, 3_000))}`
    return random.chance(0.06) ? [part, part] : [part]
  })
  if (random.chance(0.04)) parts.push(`${encodeURIComponent(random.pick(HOSTILE_STRINGS).slice(0, 100))}=1`)
  if (random.chance(0.03))
    parts.push(random.pick(['limit=%zz', '=', '&&', 'a[b]=1', '%', '%00=%00', 'limit', 'expand[]=data.x']))
  return parts.join('&')
}

function bodyOf(random: Random, { document }: Target, { path, operation }: Route): Buffer {
  const kind = random.next()
  if (kind < 0.03) return Buffer.alloc(0)
  if (kind < 0.06) return Buffer.from(random.pick(NO_JSON))
  if (kind < 0.08) return Buffer.from(Array.from({ length: 40 }, () => random.between(0, 255)))
  if (kind < 0.09) return Buffer.from(`{"a":${'['.repeat(5_000)}`)
  if (kind < 0.1) return Buffer.from(`{"action":"a.b","metadata":${'{"a":'.repeat(200)}1${'}'.repeat(201)}`)
  if (kind < 0.103) return Buffer.from(JSON.stringify({ action: 'a.b', description: 'x'.repeat(300_000) }))
  if (kind < 0.11)
    return Buffer.from(JSON.stringify(Array.from({ length: 1_001 }, () => ({ action: 'a.b' }))))
  if (path.endsWith('/graphql')) return Buffer.from(graphQlBody(random))
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema ?? {}
  const json = JSON.stringify(randomJson(random, document, schema))
  return Buffer.from(random.chance(0.03) ? json.slice(0, -1) : json)
}

const NO_JSON = [
  '{',
  '[',
  'null',
  '""',
  '{"action":}',
  "{'action':'a'}",
  '\ufeff{}',
  '{"a":1,"a":2}',
  '\u0000',
  'NaN',
  '{}{}',
  '[]',
]

function graphQlBody(random: Random): string {
  const extra = random.chance(0.05) ? { [random.pick(HOSTILE_STRINGS)]: 1 } : {}
  const variables = random.pick([
    undefined,
    null,
    {},
    { f: { text: 'a' } },
    { f: { and: [] } },
    { x: [1] },
    'x',
    [],
  ])
  const operationName = random.pick([undefined, undefined, null, 'Q', 'G', '', 5])
  return JSON.stringify({
    query: random.chance(0.97) ? randomDocumentText(random) : 5,
    variables,
    operationName,
    ...extra,
  })
}

const CONTENT_TYPES = [
  'application/x-ndjson',
  'text/plain',
  'application/json; charset=latin1',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
  'nonsense',
  'application/json;',
]

function headersOf(random: Random, target: Target, { operation, path }: Route, body: Buffer | undefined) {
  const isOpen = operation.security?.length === 0
  const kind = random.next()
  const known =
    isAdministration({ path }) && random.chance(0.6)
      ? random.pick(path.startsWith('/v1/platform/') ? target.insiders.operators : target.insiders.owners)
      : usualCredentials(random, target, path)
  const credentials =
    isOpen || kind < 0.03 ? {} : kind < 0.06 ? random.pick(WRONG_CREDENTIALS) : (known ?? {})
  const type = random.chance(0.96) ? 'application/json' : random.pick(CONTENT_TYPES)
  return {
    ...credentials,
    ...(body === undefined && random.chance(0.98) ? {} : { 'content-type': type }),
    ...(random.chance(0.02) ? { 'content-encoding': random.pick(['gzip', 'identity', 'br']) } : {}),
    ...(random.chance(0.04)
      ? { 'idempotency-key': random.pick(['a', 'b', '', 'x'.repeat(256), '"q"']) }
      : {}),
    ...(random.chance(0.02) ? { accept: random.pick(['text/html', '*/*', 'application/xml', '']) } : {}),
    ...(random.chance(0.01) ? { 'x-large': 'x'.repeat(random.pick([8_000, 20_000])) } : {}),
  }
}

function usualCredentials(random: Random, { credentials }: Target, path: string) {
  // Whose key it is decides which of the APIs on this path answers.
  return path.endsWith('/graphql') || random.chance(0.1) ? random.pick(credentials) : credentials[0]
}

const WRONG_CREDENTIALS: readonly Readonly<Record<string, string>>[] = [
  { authorization: 'Bearer cf_live_wrong' },
  { authorization: 'Bearer ' },
  { authorization: 'Basic dXNlcjpwYXNz' },
  { authorization: `Bearer ${'x'.repeat(3_000)}` },
  { authorization: 'Bearer: prdm_wsp_wrong' },
  { authorization: 'Bearer prdm_cmp_wrong' },
  { 'x-api-key': 'wrong' },
  { 'x-api-key': '' },
  { 'x-api-key': 'wrong', 'x-api-secret': 'wrong' },
  { 'x-api-secret': 'alone' },
  { bearer: '3f0e7a52-8a4c-4d55-9c0e-5b1a7f6d2c11' },
]
