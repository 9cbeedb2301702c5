import type { Random } from '../../../../packages/core/dist/query/testing/random-query.js'
import { HOSTILE_STRINGS } from '../hostile-strings.js'
import { type OpenApi, resolved, type Schema } from './openapi.js'

/** Texts that fit into a URL: node's parser takes 16 KiB of headers. */
const SHORT_STRINGS = HOSTILE_STRINGS.filter((text) => text.length <= 600)
const TIMES = [
  '2026-11-21T02:00:00Z',
  '2026-11-21T02:00:00.123456+02:00',
  '2999-12-31T23:59:59.999999Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2026-11-21',
  '2026-11-21T02:00:00',
  '1700000000',
  '1700000000.25',
]
const NO_TIMES = [
  'now',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-11-21T23:59:60Z',
  '2026-11-21T02:00:00+99:99',
  '1700000000000',
  '99999999999999999999',
  '-1',
  'T',
  '+275760-09-13T00:00:00Z',
]
const NO_INTEGERS = ['-1', '1.5', '1e3', '0x10', ' 5', '', '５', 'NaN', '99999999999999999999', '+1', '1_000']

/** A parameter's text: usually one that its schema allows, else a wrong, a hostile or a huge one. */
export function randomParameter(random: Random, schema: Schema): string {
  if (random.chance(0.2)) return random.pick(SHORT_STRINGS)
  if (random.chance(0.02)) return 'x'.repeat(random.pick([1_000, 4_000, 12_000]))
  if (schema.enum !== undefined) {
    const choice = String(random.pick(schema.enum))
    return random.chance(0.8) ? choice : choice.toLowerCase() === choice ? choice.toUpperCase() : `${choice} `
  }
  if (schema.type === 'integer') return integerText(random, schema)
  if (schema.type === 'boolean') return random.pick(['true', 'false', '1', ''])
  if (schema.format === 'date-time') return random.pick(random.chance(0.7) ? TIMES : NO_TIMES)
  if (schema.format === 'byte') return Buffer.from(`User:${random.pick(SHORT_STRINGS)}`).toString('base64')
  return random.pick(USUAL_TEXTS)
}

const USUAL_TEXTS = [
  'order.created',
  'order.*',
  'user',
  'usr_1',
  'refund',
  '/total=5',
  '/total',
  'actor:user',
  'severity:>=error -outcome:success',
  'since:24h order',
  '(a OR b) NOT c',
  '10.0.0.0/8',
  '10.0.0.0/99',
  'data.actor',
  'data.diff',
  'actor',
  'chain',
  'day',
  'action,severity',
  ...TIMES,
]

function integerText(random: Random, { minimum = 0, maximum = 1_000 }: Schema): string {
  if (random.chance(0.25)) return random.pick(NO_INTEGERS)
  return String(
    random.pick([minimum, minimum + 1, maximum, minimum - 1, maximum + 1, random.between(minimum, maximum)]),
  )
}

/** JSON that mostly fits a schema: members left out, of the wrong type, unknown, or hostile. */
export function randomJson(random: Random, document: OpenApi, given: Schema, depth = 0): unknown {
  if (random.chance(0.02)) return random.pick(WRONG_VALUES)
  const schema = resolved(document, given)
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return random.pick(schema.enum)
  if (schema.oneOf !== undefined) return randomJson(random, document, random.pick(schema.oneOf), depth)
  const type = random.pick([schema.type ?? ['string', 'object', 'integer', 'null', 'array']].flat())
  switch (type) {
    case 'object':
      return randomObject(random, document, schema, depth)
    case 'array':
      return Array.from({ length: random.between(0, 3) }, () =>
        randomJson(random, document, schema.items ?? {}, depth + 1),
      )
    case 'integer':
    case 'number':
      return random.pick([0, 1, -1, schema.minimum ?? 5, schema.maximum ?? 50, 1.5, 1e21, 2 ** 53])
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    default:
      return randomString(random, schema)
  }
}

const WRONG_VALUES: readonly unknown[] = [null, 0, -1, '', [], {}, true, [[]], { a: { b: {} } }, 'x', 1e308]

function randomString(random: Random, { format }: Schema): string {
  if (random.chance(0.15)) return random.pick(HOSTILE_STRINGS)
  if (format === 'uuid') return randomUuid(random)
  if (format === 'date-time') return random.pick(random.chance(0.8) ? TIMES : NO_TIMES)
  return random.pick(['order.created', 'usr_1', 'authentication', 'ada@example.com', '10.0.0.1', 'live'])
}

function randomUuid(random: Random): string {
  const hex = (length: number) => Array.from({ length }, () => random.between(0, 15).toString(16)).join('')
  return `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`
}

function randomObject(random: Random, document: OpenApi, schema: Schema, depth: number): object {
  const { properties = {}, required = [] } = schema
  const share = depth > 4 ? 0 : 0.3
  const members = Object.entries(properties).flatMap(([name, property]) => {
    const isWanted = required.includes(name) ? random.chance(0.97) : random.chance(share)
    return isWanted ? [[name, randomJson(random, document, property, depth + 1)] as const] : []
  })
  const extra = random.chance(0.04)
    ? [[random.pick(HOSTILE_STRINGS), random.pick(WRONG_VALUES)] as const]
    : []
  return Object.fromEntries([...members, ...extra])
}

const DOCUMENTS = [
  '{ auditLogs(first: 5, query: "actor:user") { totalCount nodes { id action actor { email } } pageInfo { endCursor } } }',
  'query Q($f: Filter) { auditLogs(filter: $f, first: 2, order: OLDEST_FIRST) { edges { node { seq metadata } cursor } } }',
  '{ histogram(interval: DAY) { buckets { start total } } facets(fields: [ACTION], first: 3) { fields { values { value } } } }',
  '{ entry(id: "01900000-0000-7000-8000-000000000000") { id diff } }',
  '{ account { authenticatedAuditLogs(first: 10, startTime: "2026-01-01") { edges { node { id user { email } } } } } rateLimit { cost } }',
  '{ account { exporterAuditLogs(first: 3) { pageInfo { hasNextPage } edges { node { model { name } } } } } }',
  'query G { getAuditLogs(limit: 3, offset: 1) { auditLogs { id createdDttm eventType metadataJson } } }',
  '{ getAuditLogs { auditLogs { ...F @include(if: true) } } } fragment F on AuditLog { id a: actorEmail }',
  '{ __schema { types { name } } __type(name: "Query") { fields { name } } }',
]
const TOKENS = [
  ...['{', '}', '(', ')', '[', ']', ':', '!', '$', '@', '...', '=', '|', '&', '#', '"', '"""', ','],
  ...[
    'query',
    'mutation',
    'subscription',
    'fragment',
    'on',
    'null',
    'true',
    '-1',
    '2147483648',
    '1e999',
    '0',
  ],
  ...[
    '@skip(if: $x)',
    '@deprecated',
    '__typename',
    'first: -1',
    'first: 100000',
    'after: "x"',
    'id',
    'nodes',
    'x',
  ],
  ...['filter: {and: []}', 'filter: {not: {text: ""}}', 'filter: {cidr: "x"}', 'query: "((("', '$x: Int = 1'],
]

/** A document as it may be, or with some of its tokens lost, doubled, moved or replaced. */
export function randomDocumentText(random: Random): string {
  const document = random.pick(DOCUMENTS)
  if (random.chance(0.25)) return document
  if (random.chance(0.02)) return random.pick(HOSTILE_STRINGS)
  const tokens = document.match(/\.\.\.|"[^"]*"|\w+|\S/g) ?? []
  for (let changes = random.between(1, 4); changes > 0; changes--) {
    const at = random.between(0, tokens.length - 1)
    const other = random.chance(0.15) ? JSON.stringify(random.pick(HOSTILE_STRINGS)) : random.pick(TOKENS)
    const change = random.between(0, 3)
    if (change === 0) tokens.splice(at, 1)
    else if (change === 1) tokens.splice(at, 0, tokens[at] ?? '')
    else tokens.splice(at, change === 2 ? 1 : 0, other)
  }
  return tokens.join(' ')
}
