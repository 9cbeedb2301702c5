import type { Filter } from './query.js'

/** Whether a filter looks for a part of a text, so that an engine has to read long texts to answer it. */
export function searchesText(filter: Filter | undefined): boolean {
  switch (filter?.op) {
    case 'and':
    case 'or':
      return filter.filters.some(searchesText)
    case 'not':
      return searchesText(filter.filter)
    case 'text':
    case 'contains':
      return true
    default:
      return false
  }
}
