import type { FacetField } from '@counterfoil/core'
import { useQueries } from '@tanstack/react-query'
import { useRef } from 'react'
import { type Facets, loadFacets } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { valuesOf, withoutKey } from '../query/query-text.js'
import { type LogSelection, selectionQuery } from './selection.js'

/** A field that values are counted of, and the search key that asks for one of them. */
export interface CountedField {
  readonly field: FacetField
  readonly key: string
}

export interface FacetCounts {
  /** Those of the search before, until those of this one are there; undefined when there was none. */
  readonly data: Facets['data'] | undefined
  readonly error: unknown
  retry(): void
}

/**
 * The most frequent values of fields among the matches. Those of a key that the search names are counted as if it did not, so
 * that another one can be added.
 */
export function useFacets(
  { query, from, to }: Omit<LogSelection, 'order'>,
  counted: readonly CountedField[],
  limit: number,
): FacetCounts {
  const audience = useAudience()
  const named = counted.filter(({ key }) => valuesOf(query, key).length > 0)
  const others = counted.filter((one) => !named.includes(one))
  const asked = [
    ...(others.length === 0 ? [] : [{ query, fields: others.map(({ field }) => field) }]),
    ...named.map(({ field, key }) => ({ query: withoutKey(query, key), fields: [field] })),
  ]
  const times = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const answers = useQueries({
    queries: asked.map(({ query, fields }) => ({
      queryKey: ['facets', audience, query, times, fields, limit],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        loadFacets({ ...selectionQuery({ query, ...times }), field: fields, limit }, signal),
    })),
  })
  const known = useRef<{ readonly audience: string; readonly data: Facets['data'] }>(undefined)
  const loaded = answers.flatMap(({ data }) => (data === undefined ? [] : [data.data]))
  if (loaded.length === asked.length) known.current = { audience, data: Object.assign({}, ...loaded) }
  return {
    data: known.current?.audience === audience ? known.current.data : undefined,
    error: answers.find(({ error }) => error !== null)?.error ?? null,
    retry: () => {
      for (const answer of answers) if (answer.error !== null) void answer.refetch()
    },
  }
}
