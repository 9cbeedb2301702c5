import { ACTOR_TYPES, MODES, OPERATION_TYPES, OUTCOMES } from '@counterfoil/core'
import { buildSchema, type GraphQLSchema } from 'graphql'
import { defineScalars, SCALARS_SDL } from '../../graphql/scalars.js'
import { FILTER_SDL } from './filter-input.js'
import { COUNTED_FIELDS, FIELDS, INTERVALS, SEVERITY_LEVELS, TEXT_FIELDS, toEnumName } from './names.js'

function enumSdl(name: string, values: readonly string[]): string {
  return `enum ${name} { ${values.map(toEnumName).join(' ')} }\n`
}

const SELECTION_ARGUMENTS = `
    "Search text with keys: \`actor:ada action:order -outcome:success since:24h refund\`."
    query: String
    filter: Filter
    "Recorded then or later."
    from: DateTime
    "Recorded then or earlier."
    to: DateTime`

const COVERAGE_FIELDS = `
  "Entries up to this seq were looked at; -1 for an empty log."
  completeThroughSeq: Integer!
  "False while the search index has not taken in all that was recorded before."
  complete: Boolean!`

const ENTRY_SDL = `
type Entry {
  id: ID!
  organizationId: ID!
  mode: Mode!
  seq: Integer!
  recordedAt: DateTime!
  "As the client wrote it."
  occurredAt: String
  "Null, as category, severity and outcome are, when this part of the entry was erased."
  action: String
  category: String
  severity: Severity
  outcome: Outcome
  errorCode: String
  description: String
  actor: Actor
  resource: Resource
  targets: [Resource!]!
  context: Context
  source: Source
  workspace: Workspace
  operation: Operation
  before: JSON
  after: JSON
  "RFC 6902 JSON Patch from before to after."
  diff: JSON
  metadata: JSON
  "Sections that were erased: /actor, /context, /event, /occurred_at, /payload."
  erasedSections: [String!]!
  entryHash: String!
  prevHash: String!
}

type Actor {
  type: ActorType!
  id: String
  label: String
  name: String
  email: String
  onBehalfOf: Actor
}

type Resource {
  type: String!
  id: String
  label: String
}

type Context {
  ipAddress: String
  userAgent: String
  sessionId: String
  requestId: String
  region: String
  location: String
  correlationId: String
}

type Source {
  name: String!
  seq: Integer
}

type Workspace {
  id: String!
  name: String
}

type Operation {
  type: OperationType!
  name: String
  text: String
  variables: JSON
}
`

export function nativeSchema(): GraphQLSchema {
  return defineScalars(
    buildSchema(`
${SCALARS_SDL}
type Query {
  auditLogs(${SELECTION_ARGUMENTS}
    order: Order! = NEWEST_FIRST
    "Entries in the page, 1 to 1,000."
    first: Int! = 50
    "endCursor of the page before, with the same query, filter and order."
    after: String
  ): EntryConnection!
  entry(id: ID!): Entry
  "Buckets that hold an entry, oldest first; at most 2,000."
  histogram(${SELECTION_ARGUMENTS}
    interval: HistogramInterval! = HOUR
  ): Histogram!
  "The most frequent values of fields."
  facets(${SELECTION_ARGUMENTS}
    fields: [FacetField!]!
    "Values of each field, 1 to 100."
    first: Int! = 10
  ): Facets!
}

type EntryConnection {
  pageInfo: PageInfo!
  edges: [EntryEdge!]!
  nodes: [Entry!]!
  "How many entries are selected in all; counted only when asked for."
  totalCount: Integer!${COVERAGE_FIELDS}
  "Only while the index is away: no entry before this seq was looked at."
  coveredFromSeq: Integer
}

type EntryEdge {
  node: Entry!
  cursor: String!
}

type PageInfo {
  hasNextPage: Boolean!
  "Null on an empty page."
  endCursor: String
}

type Histogram {
  buckets: [HistogramBucket!]!${COVERAGE_FIELDS}
}

type HistogramBucket {
  start: DateTime!
  total: Integer!
  bySeverity: [SeverityCount!]!
}

type SeverityCount {
  severity: Severity!
  count: Integer!
}

type Facets {
  fields: [Facet!]!${COVERAGE_FIELDS}
}

type Facet {
  field: FacetField!
  values: [FacetValue!]!
}

type FacetValue {
  value: String!
  count: Integer!
}
${ENTRY_SDL}
${FILTER_SDL}
enum Order { NEWEST_FIRST OLDEST_FIRST }
${[TEXT_FIELDS, FIELDS, COUNTED_FIELDS, INTERVALS, SEVERITY_LEVELS].map(({ sdl }) => sdl).join('\n')}
${enumSdl('Mode', MODES)}
${enumSdl('Outcome', OUTCOMES)}
${enumSdl('ActorType', ACTOR_TYPES)}
${enumSdl('OperationType', OPERATION_TYPES)}
`),
  )
}
