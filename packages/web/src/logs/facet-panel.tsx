import { IconButton } from '../ui/button.js'
import { Loading } from '../ui/loading.js'
import { ErrorNotice } from '../ui/notice.js'
import { ActionFacet } from './action-facet.js'
import { Facet } from './facet.js'
import { showFacets } from './logs-state.js'
import type { LogSelection } from './selection.js'
import { type CountedField, useFacets } from './use-facets.js'
import './facet-panel.css'

/** The facets below that of the actions. */
const FACETS: readonly (CountedField & { readonly title: string })[] = [
  { title: 'User', field: 'actor.email', key: 'actor.email' },
  { title: 'Resource type', field: 'resource.type', key: 'resource.type' },
  { title: 'Severity', field: 'severity', key: 'severity' },
  { title: 'Outcome', field: 'outcome', key: 'outcome' },
  { title: 'Category', field: 'category', key: 'category' },
  { title: 'IP address', field: 'ip_address', key: 'ip' },
  { title: 'User agent', field: 'user_agent', key: 'ua' },
  { title: 'Session', field: 'session_id', key: 'session' },
  { title: 'Region', field: 'region', key: 'region' },
  { title: 'Source', field: 'source.name', key: 'source' },
  { title: 'Workspace', field: 'workspace.id', key: 'workspace.id' },
  { title: 'Actor type', field: 'actor.type', key: 'actor.type' },
]
const VALUES_SHOWN = 6

/** What the matches have in common, with counts; pressing a value asks for it. */
export function FacetPanel({ selection }: { readonly selection: Omit<LogSelection, 'order'> }) {
  const { data, error, retry } = useFacets(selection, FACETS, VALUES_SHOWN)
  return (
    <aside className="facets" aria-label="Filters">
      <div className="facets-head">
        <h2>Filters</h2>
        <IconButton icon="close" label="Close the filters" small onClick={() => showFacets(false)} />
      </div>
      {error !== null && <ErrorNotice error={error} onRetry={retry} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && <ActionFacet selection={selection} />}
      {FACETS.map(({ title, field, key }) => (
        <Facet
          key={field}
          title={title}
          searchKey={key}
          query={selection.query}
          values={data?.[field] ?? []}
        />
      ))}
    </aside>
  )
}
