import type { Listed } from '../api/administration.js'
import { type CatalogueFlag, FLAGS } from '../api/catalogue.js'
import { useResource } from '../api/resource.js'
import { ENTRY_PATH } from '../logs/logs-state.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { count } from '../time/format.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Table } from '../ui/table.js'

const KINDS = { unknown_action: 'Unknown action', metadata_mismatch: 'Metadata do not fit' } as const

/** Entries that did not agree with the catalogue when they were recorded, counted. */
export function FlagsPart() {
  const flags = useResource<Listed<CatalogueFlag>>(FLAGS)
  return (
    <Loaded from={flags}>
      {({ data }) =>
        data.length === 0 ? (
          <Notice icon="check" title="Nothing was flagged">
            With the policy “flag”, entries that do not agree are recorded unaltered, and counted here.
          </Notice>
        ) : (
          <Table
            caption="Flagged entries"
            rows={data}
            keyOf={({ kind, action, newest }) => `${kind} ${action} ${newest.entry_id}`}
            columns={[
              { name: 'Action', cell: ({ action }) => <span className="mono">{action ?? 'others'}</span> },
              { name: 'Reason', cell: ({ kind }) => KINDS[kind] },
              { name: 'Entries', cell: ({ count: seen }) => <span className="numbers">{count(seen)}</span> },
              { name: 'Last', cell: ({ last_seen_at }) => <Moment time={last_seen_at} /> },
              {
                name: 'The newest',
                cell: ({ newest }) => (
                  <span className="lines">
                    <Link to={linkTo(ENTRY_PATH + encodeURIComponent(newest.entry_id))}>Entry</Link>
                    <small>{newest.message}</small>
                  </span>
                ),
              },
            ]}
          />
        )
      }
    </Loaded>
  )
}
