import { buildSchema, type GraphQLSchema } from 'graphql'
import { defineScalars, SCALARS_SDL } from '../../graphql/scalars.js'

/** The thirteen fields of an entry, in the order in which the vendor's documents show them. */
export const ENTRY_FIELDS = [
  'id',
  'createdDttm',
  'updatedDttm',
  'workspaceId',
  'workspaceName',
  'actorType',
  'actorUserId',
  'actorEmail',
  'eventSourceId',
  'eventSource',
  'eventId',
  'eventType',
  'metadataJson',
] as const
export type EntryField = (typeof ENTRY_FIELDS)[number]

/** How `metadataJson` goes out: as the vendor's client reads it, or as the vendor's page shows it. */
export type MetadataForm = 'string' | 'object'

export function paradimeSchema(metadata: MetadataForm): GraphQLSchema {
  return defineScalars(
    buildSchema(`
${SCALARS_SDL}
type Query {
  """
  Entries of the account, newest first: all of them, in all workspaces, unless arguments say less. The arguments are
  an addition of Counterfoil.
  """
  getAuditLogs(
    "At most so many, 1 to 1,000."
    limit: Int
    "Leaves out so many of the newest, up to 10,000; only with a limit."
    offset: Int
    "Recorded then or later."
    startTime: DateTime
    "Recorded then or earlier."
    endTime: DateTime
  ): AuditLogs!
}

type AuditLogs {
  auditLogs: [AuditLog!]!
}

type AuditLog {
  id: Int!
  "UTC, as 2024-02-13 16:09:29.718805."
  createdDttm: String!
  "The same: entries never change."
  updatedDttm: String!
  "-1 for none."
  workspaceId: Int!
  workspaceName: String!
  actorType: String!
  "-1 when it is not known who."
  actorUserId: Int!
  actorEmail: String
  "-1 for none."
  eventSourceId: Int!
  eventSource: String!
  eventId: Int!
  eventType: String!
  metadataJson: ${metadata === 'string' ? 'String' : 'JSON'}
}
`),
  )
}
