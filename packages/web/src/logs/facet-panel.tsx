import type { FacetField } from '@counterfoil/core'
import { useQuery } from '@tanstack/react-query'
import { type Facets, loadFacets } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { toggleValue, valuesOf } from '../query/query-text.js'
import { count } from '../time/format.js'
import { IconButton } from '../ui/button.js'
import { Loading } from '../ui/loading.js'
import { ErrorNotice } from '../ui/notice.js'
import { search, showFacets } from './logs-state.js'
import { Severity } from './severity.js'
import { type LogSelection, selectionQuery } from './use-log.js'
import './facet-panel.css'

/** The facets of the panel: each with the search key that asks for one of its values. */
const FACETS: readonly (readonly [field: FacetField, title: string, key: string])[] = [
  ['action', 'Action', 'action'],
  ['actor.email', 'User', 'actor.email'],
  ['resource.type', 'Resource type', 'resource.type'],
  ['severity', 'Severity', 'severity'],
  ['outcome', 'Outcome', 'outcome'],
  ['category', 'Category', 'category'],
  ['ip_address', 'IP address', 'ip'],
  ['region', 'Region', 'region'],
  ['source.name', 'Source', 'source'],
  ['workspace.id', 'Workspace', 'workspace.id'],
  ['actor.type', 'Actor type', 'actor.type'],
]
const VALUES_SHOWN = 6

/** What the matches have in common, with counts; pressing a value asks for it. */
export function FacetPanel({ selection }: { readonly selection: Omit<LogSelection, 'order'> }) {
  const audience = useAudience()
  const facets = useQuery<Facets>({
    queryKey: ['facets', audience, selection],
    queryFn: ({ signal }) =>
      loadFacets(
        { ...selectionQuery(selection), field: FACETS.map(([field]) => field), limit: VALUES_SHOWN },
        signal,
      ),
    placeholderData: (previous, query) => (query?.queryKey[1] === audience ? previous : undefined),
  })
  return (
    <aside className="facets" aria-label="Filters">
      <div className="facets-head">
        <h2>Filters</h2>
        <IconButton icon="close" label="Close the filters" small onClick={() => showFacets(false)} />
      </div>
      {facets.error !== null && <ErrorNotice error={facets.error} onRetry={() => void facets.refetch()} />}
      {facets.isPending && <Loading />}
      {FACETS.map(([field, title, key]) => (
        <Facet
          key={field}
          title={title}
          searchKey={key}
          query={selection.query}
          values={facets.data?.data[field] ?? []}
        />
      ))}
    </aside>
  )
}

interface FacetProps {
  readonly title: string
  readonly searchKey: string
  readonly query: string
  readonly values: readonly { readonly value: string; readonly count: number }[]
}

function Facet({ title, searchKey, query, values }: FacetProps) {
  const chosen = valuesOf(query, searchKey)
  const most = Math.max(1, ...values.map((value) => value.count))
  if (values.length === 0) return null
  return (
    <section className="facet">
      <h3>{title}</h3>
      <ul>
        {values.map(({ value, count: total }) => (
          <li key={value}>
            <button
              type="button"
              className="facet-value"
              aria-pressed={chosen.includes(value)}
              onClick={() => search({ query: toggleValue(query, searchKey, value, searchKey === 'action') })}
            >
              <progress className="facet-bar" value={total} max={most} aria-hidden="true" />
              <span className="facet-name truncate" title={value}>
                {searchKey === 'severity' ? <Severity name={value} /> : value}
              </span>
              <span className="facet-count numbers">{count(total)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
