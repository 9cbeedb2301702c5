import { useMe } from '../api/me.js'
import { count, counted, dateTime } from '../time/format.js'

interface PrintHeadProps {
  readonly query: string
  /** RFC 3339. */
  readonly from?: string
  readonly to?: string
  readonly zone: string
  readonly total: number
  /** The rank of row 0, and the first and the last row on paper. */
  readonly firstRank: number
  readonly rows: readonly [first: number, last: number]
}

/** What a printed list is a list of: a sheet of paper has no address. */
export function PrintHead({ query, from, to, zone, total, firstRank, rows: [first, last] }: PrintHeadProps) {
  const me = useMe().data
  const write = (iso: string) => dateTime(Date.parse(iso), zone)
  return (
    <header className="print-head">
      <h2>
        Audit log of {me?.organization.name} ({me?.mode})
      </h2>
      <p>
        {counted(total, 'entry', 'entries')}
        {from !== undefined && ` from ${write(from)}`}
        {to !== undefined && ` to ${write(to)}`}
        {query !== '' && (
          <>
            , found by <code>{query}</code>
          </>
        )}
        . Times in {zone}. Printed {dateTime(Date.now(), zone)}.
      </p>
      {last - first + 1 < total && (
        <p>
          On paper are entries {count(firstRank + first + 1)} to {count(firstRank + last + 1)}. An export has
          all of them.
        </p>
      )}
    </header>
  )
}
