import { buildSchema, type GraphQLSchema } from 'graphql'
import { defineScalars, SCALARS_SDL } from '../../graphql/scalars.js'

const LOG_ARGUMENTS = `(
    "Entries in the page."
    first: Int!
    "endCursor of the page before, of the same connection."
    after: String
    "Logged then or later; 30 days before endTime when left out."
    startTime: DateTime
    "Logged then or earlier; now when left out."
    endTime: DateTime
  )`

/** A connection's three types: the vendor's names for them are not published. */
function connectionSdl(node: string): string {
  return `
type ${node}Connection {
  pageInfo: PageInfo!
  edges: [${node}Edge!]!
}

type ${node}Edge {
  node: ${node}!
  cursor: String!
}
`
}

const NODE_FIELDS = `
  id: ID!
  "Null when it is not known who."
  user: User
  ip: String
  success: Boolean!
  loggedAt: DateTime!
`

export function arizeSchema(): GraphQLSchema {
  return defineScalars(
    buildSchema(`
${SCALARS_SDL}
type Query {
  account: Account!
  "Whoever the key belongs to."
  viewer: User!
  "What an id of this API names; null when there is no such thing for this key."
  node(id: ID!): Node
  rateLimit: RateLimit!
}

type RateLimit {
  "Complexity that a query may have."
  limit: Int!
  "Complexity of this query."
  cost: Int!
}

interface Node {
  id: ID!
}

type Account implements Node {
  id: ID!
  name: String!
  "Who tried to sign in, and what anonymous actors did."
  unauthenticatedAuditLogs${LOG_ARGUMENTS}: UnauthenticatedAuditLogConnection!
  "Everything else: what users, API keys, services and the system did."
  authenticatedAuditLogs${LOG_ARGUMENTS}: AuthenticatedAuditLogConnection!
  "Entries of the category export."
  exporterAuditLogs${LOG_ARGUMENTS}: ExporterAuditLogConnection!
}

type PageInfo {
  hasNextPage: Boolean!
  "Null on an empty page."
  endCursor: String
}

type User {
  id: ID
  email: String
}

type Model {
  name: String
}

type UnauthenticatedAuditLog implements Node {${NODE_FIELDS}
  mutationName: String
}

type AuthenticatedAuditLog implements Node {${NODE_FIELDS}
  operationName: String
  operationText: String
  "JSON in a string."
  variables: String
}

type ExporterAuditLog implements Node {${NODE_FIELDS}
  "What was exported; null when the entry names no resource."
  model: Model
}
${['UnauthenticatedAuditLog', 'AuthenticatedAuditLog', 'ExporterAuditLog'].map(connectionSdl).join('')}
`),
  )
}
