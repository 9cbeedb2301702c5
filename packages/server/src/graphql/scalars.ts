import { formatMicroseconds } from '@counterfoil/core'
import { GraphQLError, type GraphQLSchema, isScalarType } from 'graphql'
import { readIsoTime } from '../http/iso-time.js'

/** In SDL. `DateTime` goes in as microseconds since 1970, and out as the text of an entry. */
export const SCALARS_SDL = `
"An ISO 8601 time such as 2026-11-21T02:00:00.123456Z. Without an offset it is UTC; a date is its midnight."
scalar DateTime
"Any JSON value."
scalar JSON
"A whole number up to 2^53 - 1."
scalar Integer
`

/** Gives the scalars of `SCALARS_SDL` their meaning in a schema that was built from text. */
export function defineScalars(schema: GraphQLSchema): GraphQLSchema {
  const dateTime = schema.getType('DateTime')
  if (isScalarType(dateTime)) {
    dateTime.parseValue = (value) => readDateTime(value)
    dateTime.parseLiteral = (node) => readDateTime('value' in node ? node.value : undefined)
    dateTime.serialize = (value) => (typeof value === 'number' ? formatMicroseconds(value) : value)
  }
  return schema
}

/** Microseconds since 1970. Throws a GraphQLError for text that is no time. */
function readDateTime(value: unknown): number {
  const time = typeof value === 'string' ? readIsoTime(value) : undefined
  if (time !== undefined) return time
  throw new GraphQLError(
    `DateTime is an ISO 8601 time such as 2026-11-21T02:00:00Z, not ${JSON.stringify(value)}.`,
  )
}
