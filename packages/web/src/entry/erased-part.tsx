import { useQuery } from '@tanstack/react-query'
import { type Entry, type EntryList, listEntries } from '../api/entries.js'
import { may, useAudience, useMe } from '../api/me.js'
import { ENTRY_PATH } from '../logs/logs-state.js'
import { Link } from '../router/link.js'
import { withParams } from '../router/location.js'
import { dateTime } from '../time/format.js'
import { Banner } from '../ui/notice.js'
import { ERASURES_QUERY, erasuresOf, SECTION_NAMES } from './erasures.js'

const PAGE = 100
/** Who erases more than a thousand times after an entry finds the rest by a search. */
const PAGES_MAX = 10

/** What was erased of an entry, and by which recorded erasure. */
export function ErasedPart({ entry, zone }: { readonly entry: Entry; readonly zone: string }) {
  const erased = entry.erased_sections ?? []
  if (erased.length === 0) return null
  return (
    <Banner tone="plain">
      <strong>Erased: {erased.map((section) => SECTION_NAMES[section]).join('; ')}.</strong> The hashes of
      what was erased stay, so that the entry and the log can still be verified.
      <RecordedErasures entry={entry} zone={zone} />
    </Banner>
  )
}

function RecordedErasures({ entry, zone }: { readonly entry: Entry; readonly zone: string }) {
  const audience = useAudience()
  const me = useMe().data
  const about = useQuery<Erasures>({
    queryKey: ['erasures', audience, entry.seq],
    queryFn: ({ signal }) => loadErasures(entry.created_at, signal),
  })
  if (about.error !== null)
    return <p>Which erasure it was cannot be looked up at the moment: {about.error.message}</p>
  if (about.data === undefined) return null
  const { named, possible } = erasuresOf(entry, about.data.entries)
  if (named.length > 0)
    return (
      <ul className="erasures">
        {named.map((erasure) => (
          <ErasureLine key={erasure.id} erasure={erasure} zone={zone} />
        ))}
      </ul>
    )
  if (possible.length > 0)
    return (
      <>
        <p>By one of these, which took more entries than they name:</p>
        <ul className="erasures">
          {possible.map((erasure) => (
            <ErasureLine key={erasure.id} erasure={erasure} zone={zone} />
          ))}
        </ul>
      </>
    )
  // Whoever sees their own entries alone is not shown those about erasures.
  if (!may(me, 'entries.read') || !about.data.isAll) return null
  return (
    <p className="erasure-unknown">No recorded erasure names this entry. Ask your operator who erased it.</p>
  )
}

/** Entries about erasures, and whether these are all there are. */
interface Erasures {
  readonly entries: readonly Entry[]
  readonly isAll: boolean
}

async function loadErasures(since: string, signal: AbortSignal): Promise<Erasures> {
  const query = { query: ERASURES_QUERY, from_date: since, limit: PAGE }
  const entries: Entry[] = []
  let page: EntryList | undefined
  for (let i = 0; i < PAGES_MAX && page?.has_more !== false; i++) {
    page = await listEntries({ ...query, cursor: page?.next_cursor ?? undefined }, signal)
    entries.push(...page.data)
    if (page.partial === true) return { entries, isAll: false }
  }
  return { entries, isAll: page?.has_more === false }
}

function ErasureLine({ erasure, zone }: { readonly erasure: Entry; readonly zone: string }) {
  const { reason, legal_basis: basis } = erasure.metadata
  return (
    <li>
      <Link to={withParams({}, ENTRY_PATH + erasure.id)}>
        Erasure of {dateTime(Date.parse(erasure.created_at), zone).slice(0, 16)}
      </Link>
      {typeof reason === 'string' && `: ${reason}`}
      {typeof basis === 'string' && <span className="soft"> {basis}</span>}
    </li>
  )
}
