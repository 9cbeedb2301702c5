import { useState } from 'react'
import { CATALOGUE, type Catalogue } from '../api/catalogue.js'
import type { FacetValue } from '../api/entries.js'
import { may, useMe } from '../api/me.js'
import { useResource } from '../api/resource.js'
import { toggleValues, valuesOf } from '../query/query-text.js'
import { count, counted } from '../time/format.js'
import { FacetValues, mostOf, withAsked } from './facet.js'
import { search } from './logs-state.js'
import type { LogSelection } from './selection.js'
import { type CountedField, useFacets } from './use-facets.js'

const ACTION: readonly CountedField[] = [{ field: 'action', key: 'action' }]
/** More actions than anybody looks through; the search box completes the rest. */
const ACTIONS_MAX = 100
const SHOWN_FIRST = 6

/** Actions of the catalogue that belong together, of those that the matches have. */
interface ActionGroup {
  /** Undefined for those that are in no group. */
  readonly name: string | undefined
  readonly count: number
  readonly values: readonly FacetValue[]
}

/** The actions of the matches under the groups of the catalogue; a group asks for all of its actions at once. */
export function ActionFacet({ selection }: { readonly selection: Omit<LogSelection, 'order'> }) {
  const isCatalogueOpen = may(useMe().data, 'catalogue.read')
  const catalogue = useResource<Catalogue>(CATALOGUE, isCatalogueOpen).data
  const found = useFacets(selection, ACTION, ACTIONS_MAX).data?.action ?? []
  const values = withAsked(found, selection.query, 'action')
  if (values.length === 0) return null
  const groups = groupsOf(values, catalogue)
  const isGrouped = groups.some(({ name }) => name !== undefined)
  return (
    <section className="facet">
      <h3>Action</h3>
      {groups.map((group) => (
        <div key={group.name ?? ''} className={isGrouped ? 'facet-group' : undefined}>
          {isGrouped && <GroupButton group={group} query={selection.query} />}
          <ActionValues values={group.values} query={selection.query} most={mostOf(values)} />
        </div>
      ))}
    </section>
  )
}

/** The most frequent groups first, and last what is in none. */
function groupsOf(values: readonly FacetValue[], catalogue: Catalogue | undefined): readonly ActionGroup[] {
  const groupOf = new Map(
    catalogue?.groups.flatMap(({ name, actions }) =>
      name === null ? [] : actions.map(({ action }) => [action, name] as const),
    ),
  )
  return [...Map.groupBy(values, ({ value }) => groupOf.get(value))]
    .map(([name, members]) => ({
      name,
      values: members,
      count: members.reduce((sum, member) => sum + member.count, 0),
    }))
    .toSorted((a, b) => Number(a.name === undefined) - Number(b.name === undefined) || b.count - a.count)
}

function GroupButton({ group, query }: { readonly group: ActionGroup; readonly query: string }) {
  const names = group.values.map(({ value }) => value)
  const chosen = valuesOf(query, 'action')
  return (
    <button
      type="button"
      className="facet-value facet-group-name"
      aria-pressed={names.every((name) => chosen.includes(name))}
      onClick={() => search({ query: toggleValues(query, 'action', names, true) })}
    >
      <span className="facet-name truncate">{group.name ?? 'In no group'}</span>
      <span className="facet-count numbers">{count(group.count)}</span>
    </button>
  )
}

function ActionValues({
  values,
  query,
  most,
}: {
  readonly values: readonly FacetValue[]
  readonly query: string
  readonly most: number
}) {
  const [showsAll, setShowsAll] = useState(false)
  const more = values.length - SHOWN_FIRST
  return (
    <>
      <FacetValues
        searchKey="action"
        query={query}
        values={showsAll ? values : values.slice(0, SHOWN_FIRST)}
        most={most}
      />
      {more > 0 && (
        <button
          type="button"
          className="facet-more"
          aria-expanded={showsAll}
          onClick={() => setShowsAll(!showsAll)}
        >
          {showsAll ? 'Fewer' : counted(more, 'more action', 'more actions')}
        </button>
      )}
    </>
  )
}
