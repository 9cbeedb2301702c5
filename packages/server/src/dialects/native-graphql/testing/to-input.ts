import type { Filter } from '@counterfoil/core'

/** The name of an enum's value. */
export function enumName(value: string): string {
  return value.replaceAll('.', '_').toUpperCase()
}

/** The input that means a filter, written anew here. */
export function toInput(filter: Filter): object {
  switch (filter.op) {
    case 'and':
      return { and: filter.filters.map(toInput) }
    case 'or':
      return { or: filter.filters.map(toInput) }
    case 'not':
      return { not: toInput(filter.filter) }
    case 'equals':
      return { equals: { field: enumName(filter.field), values: filter.values } }
    case 'prefix':
      return { prefix: { field: enumName(filter.field), prefix: filter.prefix } }
    case 'contains':
      return { contains: { field: enumName(filter.field), needle: filter.needle } }
    case 'present':
      return { present: enumName(filter.field) }
    case 'cidr':
      return { cidr: filter.block }
    case 'severity_at_least':
      return { severityAtLeast: enumName(filter.severity) }
    case 'metadata_equals':
      return { metadataEquals: { path: filter.path, values: filter.values } }
    case 'metadata_present':
      return { metadataPresent: filter.path }
    case 'text':
      return { text: filter.needle }
  }
}
