import type { Filter } from './query.js'

/** One text for a filter, in whatever order a caller wrote the keys of its objects. */
export function canonicalFilter(filter: Filter): string {
  return JSON.stringify(asArrays(filter))
}

function asArrays(filter: Filter): unknown {
  switch (filter.op) {
    case 'and':
    case 'or':
      return [filter.op, ...filter.filters.map(asArrays)]
    case 'not':
      return [filter.op, asArrays(filter.filter)]
    case 'equals':
      return [filter.op, filter.field, ...filter.values]
    case 'prefix':
      return [filter.op, filter.field, filter.prefix]
    case 'contains':
      return [filter.op, filter.field, filter.needle]
    case 'present':
      return [filter.op, filter.field]
    case 'cidr':
      return [filter.op, filter.block]
    case 'severity_at_least':
      return [filter.op, filter.severity]
    case 'metadata_equals':
      return [filter.op, filter.path, ...filter.values]
    case 'metadata_present':
      return [filter.op, filter.path]
    case 'text':
      return [filter.op, filter.needle]
  }
}
