import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Entry, type EntryList, listEntries } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { ENTRY_PATH } from '../logs/logs-state.js'
import { writeTerm } from '../query/query-text.js'
import { Link } from '../router/link.js'
import { withParams } from '../router/location.js'
import { count, dateTime } from '../time/format.js'
import { Loading } from '../ui/loading.js'
import { ErrorNotice } from '../ui/notice.js'
import { sentenceOf } from './sentence.js'

const SHOWN = 5

interface Relation {
  readonly title: string
  readonly search: string
}

/** What else was recorded of the same actor, resource, session, request or correlation. */
export function Related({ entry, zone }: { readonly entry: Entry; readonly zone: string }) {
  const relations = relationsOf(entry)
  if (relations.length === 0) return null
  return (
    <section className="entry-part">
      <div className="entry-part-head">
        <h3>Related entries</h3>
      </div>
      {relations.map((relation) => (
        <RelatedGroup key={relation.search} relation={relation} entry={entry} zone={zone} />
      ))}
    </section>
  )
}

function relationsOf({ actor, resource, ...entry }: Entry): readonly Relation[] {
  const all: readonly (readonly [title: string, key: string, value: string | null | undefined])[] = [
    ['Same request', 'request', entry.request_id],
    ['Same correlation', 'correlation', entry.correlation_id],
    ['Same session', 'session', entry.session_id],
    ['Same resource', 'resource.id', resource?.id],
    ['Same actor', 'actor.id', actor?.id],
  ]
  return all.flatMap(([title, key, value]) =>
    value === null || value === undefined || value === '' ? [] : [{ title, search: writeTerm(key, value) }],
  )
}

function RelatedGroup({
  relation: { title, search },
  entry,
  zone,
}: {
  readonly relation: Relation
  readonly entry: Entry
  readonly zone: string
}) {
  const audience = useAudience()
  const [open, setOpen] = useState(false)
  const list = useQuery<EntryList>({
    queryKey: ['related', audience, search],
    queryFn: ({ signal }) => listEntries({ query: search, limit: SHOWN + 1, include_count: 'true' }, signal),
    enabled: open,
  })
  const others = list.data?.data.filter(({ id }) => id !== entry.id).slice(0, SHOWN) ?? []
  return (
    <details className="related" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title}
        <span className="soft numbers">
          {list.data?.total_count !== undefined && ` ${count(Math.max(0, list.data.total_count - 1))} more`}
        </span>
      </summary>
      {list.isPending && open && <Loading />}
      {list.error !== null && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
      <ul>
        {others.map((other) => (
          <li key={other.id}>
            <Link to={withParams({}, ENTRY_PATH + other.id)} className="related-link">
              <span className="numbers soft">{dateTime(Date.parse(other.created_at), zone).slice(5)}</span>
              <span className="truncate">{sentenceOf(other)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {list.data !== undefined && (
        <Link
          to={withParams(
            { q: search, range: 'all', from: undefined, to: undefined, page: undefined },
            '/logs',
          )}
        >
          Show all in the list
        </Link>
      )}
    </details>
  )
}
