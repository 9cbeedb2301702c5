import { withTerm, writeTerm } from '../query/query-text.js'
import type { CellTerm } from './columns.js'
import { search } from './logs-state.js'

/** Searches for entries with the same cell, or without. */
export function filterBy(
  query: string,
  { key, value, exact }: CellTerm,
  options: { readonly exclude?: boolean } = {},
): void {
  search({ query: withTerm(query, writeTerm(key, value, { exact: exact === true }), options) })
}
