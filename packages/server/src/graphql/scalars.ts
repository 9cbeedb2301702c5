import { formatMicroseconds, parseRfc3339 } from '@counterfoil/core'
import { GraphQLError, type GraphQLSchema, isScalarType } from 'graphql'

/** In SDL. `DateTime` goes in as microseconds since 1970, and out as the text of an entry. */
export const SCALARS_SDL = `
"An ISO 8601 time such as 2026-11-21T02:00:00.123456Z. Without an offset it is UTC."
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
  const moment = typeof value === 'string' ? parseRfc3339(toRfc3339(value)) : undefined
  if (moment === undefined) {
    throw new GraphQLError(
      `DateTime is an ISO 8601 time such as 2026-11-21T02:00:00Z, not ${JSON.stringify(value)}.`,
    )
  }
  return moment.epochMicroseconds
}

/** Python writes a blank for the T, offsets without a colon, and none at all for what it takes as UTC. */
function toRfc3339(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([Zz]|[+-]\d\d:?\d\d)?$/.exec(text)
  if (parts === null) return text
  const [, date, time, offset = 'Z'] = parts
  return `${date}T${time}${offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`
}
