import type { Filter } from './query.js'

/** Holds for every entry. */
export const EVERYTHING: Filter = { op: 'and', filters: [] }
/** Holds for no entry. */
export const NOTHING: Filter = { op: 'or', filters: [] }

/**
 * A filter that holds for the same entries, in one shape: no `and` directly within `and`, no `or` within `or`,
 * neither with a single part, no `not` within `not`, no value twice, and `EVERYTHING` or `NOTHING` only alone.
 */
export function simplify(filter: Filter): Filter {
  switch (filter.op) {
    case 'and':
      return combine('and', filter.filters, EVERYTHING, NOTHING)
    case 'or':
      return combine('or', filter.filters, NOTHING, EVERYTHING)
    case 'not':
      return negate(simplify(filter.filter))
    case 'equals':
    case 'metadata_equals':
      return filter.values.length === 0 ? NOTHING : { ...filter, values: [...new Set(filter.values)] }
    default:
      return filter
  }
}

/** `neutral` adds nothing to the whole, `decisive` settles it. */
function combine(op: 'and' | 'or', filters: readonly Filter[], neutral: Filter, decisive: Filter): Filter {
  const parts = filters.map(simplify).flatMap((part) => (part.op === op ? part.filters : [part]))
  if (parts.some((part) => isSame(part, decisive))) return decisive
  const rest = parts.filter((part) => !isSame(part, neutral))
  if (rest.length === 0) return neutral
  return rest.length === 1 ? rest[0]! : { op, filters: rest }
}

function negate(filter: Filter): Filter {
  if (filter.op === 'not') return filter.filter
  if (isSame(filter, EVERYTHING)) return NOTHING
  if (isSame(filter, NOTHING)) return EVERYTHING
  return { op: 'not', filter }
}

function isSame(filter: Filter, constant: Filter): boolean {
  return (
    (filter.op === 'and' || filter.op === 'or') && filter.op === constant.op && filter.filters.length === 0
  )
}
