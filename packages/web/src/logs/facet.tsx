import type { FacetValue } from '../api/entries.js'
import { toggleValues, valuesOf } from '../query/query-text.js'
import { count } from '../time/format.js'
import { search } from './logs-state.js'
import { Severity } from './severity.js'

interface FacetProps {
  readonly title: string
  /** The key that asks for one of the values. */
  readonly searchKey: string
  readonly query: string
  readonly values: readonly FacetValue[]
}

/** The most frequent values of a field. */
export function Facet({ title, searchKey, query, values }: FacetProps) {
  const shown = withAsked(values, query, searchKey)
  if (shown.length === 0) return null
  return (
    <section className="facet">
      <h3>{title}</h3>
      <FacetValues searchKey={searchKey} query={query} values={shown} most={mostOf(shown)} />
    </section>
  )
}

/** What the search asks for is shown also where it is not among the most frequent, so that it can be let go. It counts 0. */
export function withAsked(
  values: readonly FacetValue[],
  query: string,
  searchKey: string,
): readonly FacetValue[] {
  const known = new Set(values.map(({ value }) => askedFor(searchKey, value)))
  const others = valuesOf(query, searchKey).filter((value) => !known.has(value))
  return [...values, ...others.map((value) => ({ value, count: 0 }))]
}

export function mostOf(values: readonly FacetValue[]): number {
  return Math.max(1, ...values.map((value) => value.count))
}

/** Values with their share of the most frequent one; pressing one asks for it, or no longer. */
export function FacetValues({
  searchKey,
  query,
  values,
  most,
}: Omit<FacetProps, 'title'> & { readonly most: number }) {
  const chosen = valuesOf(query, searchKey)
  return (
    <ul>
      {values.map(({ value, count: total }) => {
        const asked = askedFor(searchKey, value)
        return (
          <li key={value}>
            <button
              type="button"
              className="facet-value"
              aria-pressed={chosen.includes(asked)}
              onClick={() =>
                search({ query: toggleValues(query, searchKey, [asked], searchKey === 'action') })
              }
            >
              <progress className="facet-bar" value={total} max={most} aria-hidden="true" />
              <span className="facet-name truncate" title={value}>
                {searchKey === 'severity' ? <Severity name={value} /> : value}
              </span>
              <span className="facet-count numbers">{total > 0 && count(total)}</span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** Parts of a user agent are looked for, and a part may be so long. */
const PART_CHARS_MAX = 256

function askedFor(searchKey: string, value: string): string {
  return searchKey === 'ua' ? value.slice(0, PART_CHARS_MAX) : value
}
