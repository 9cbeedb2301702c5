import type { Filter } from '@counterfoil/core'
import { FIELDS, SEVERITY_LEVELS, TEXT_FIELDS } from './names.js'

/** `input Filter @oneOf`: GraphQL has seen to it that exactly one member is given. */
export type FilterInput = Readonly<Partial<FilterMembers>>
interface FilterMembers {
  readonly and: readonly FilterInput[]
  readonly or: readonly FilterInput[]
  readonly not: FilterInput
  readonly equals: { readonly field: string; readonly values: readonly string[] }
  readonly prefix: { readonly field: string; readonly prefix: string }
  readonly contains: { readonly field: string; readonly needle: string }
  readonly present: string
  readonly cidr: string
  readonly severityAtLeast: string
  readonly metadataEquals: { readonly path: string; readonly values: readonly string[] }
  readonly metadataPresent: string
  readonly text: string
}

export const FILTER_SDL = `
"Selects entries. Exactly one member is given; filters nest."
input Filter @oneOf {
  "All of these hold."
  and: [Filter!]
  "At least one of these holds."
  or: [Filter!]
  not: Filter
  equals: EqualsFilter
  prefix: PrefixFilter
  "Whatever the case."
  contains: ContainsFilter
  "There and not empty."
  present: Field
  "The IP address lies in this block, such as 10.0.0.0/8."
  cidr: String
  severityAtLeast: Severity
  metadataEquals: MetadataFilter
  "There is a scalar at this JSON pointer in metadata."
  metadataPresent: String
  "Some value of the entry contains it, whatever the case."
  text: String
}

"The field is one of the values."
input EqualsFilter {
  field: Field!
  values: [String!]!
}

"The field begins with the prefix: \`order.\` for every action of orders."
input PrefixFilter {
  field: TextField!
  prefix: String!
}

input ContainsFilter {
  field: TextField!
  needle: String!
}

"The scalar at this JSON pointer in metadata is one of the values; numbers and booleans as JSON writes them."
input MetadataFilter {
  path: String!
  values: [String!]!
}
`

/** The filter that an input means. Bounds are checked afterwards, with the rest of the selection. */
export function toFilter(input: FilterInput): Filter {
  const { and, or, not, equals, prefix, contains, present, cidr, metadataEquals, metadataPresent, text } =
    input
  if (and !== undefined) return { op: 'and', filters: and.map(toFilter) }
  if (or !== undefined) return { op: 'or', filters: or.map(toFilter) }
  if (not !== undefined) return { op: 'not', filter: toFilter(not) }
  if (equals !== undefined)
    return { op: 'equals', field: FIELDS.valueOf(equals.field), values: equals.values }
  if (prefix !== undefined) {
    return { op: 'prefix', field: TEXT_FIELDS.valueOf(prefix.field), prefix: prefix.prefix }
  }
  if (contains !== undefined) {
    return { op: 'contains', field: TEXT_FIELDS.valueOf(contains.field), needle: contains.needle }
  }
  if (present !== undefined) return { op: 'present', field: FIELDS.valueOf(present) }
  if (cidr !== undefined) return { op: 'cidr', block: cidr }
  if (metadataEquals !== undefined) return { op: 'metadata_equals', ...metadataEquals }
  if (metadataPresent !== undefined) return { op: 'metadata_present', path: metadataPresent }
  if (text !== undefined) return { op: 'text', needle: text }
  return { op: 'severity_at_least', severity: SEVERITY_LEVELS.valueOf(input.severityAtLeast as string) }
}
