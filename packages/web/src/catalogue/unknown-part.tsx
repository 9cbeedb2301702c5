import { useState } from 'react'
import type { Listed } from '../api/administration.js'
import { UNKNOWN, type UnknownAction } from '../api/catalogue.js'
import { useResource } from '../api/resource.js'
import { count } from '../time/format.js'
import { Button } from '../ui/button.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Table } from '../ui/table.js'
import { ActionDialog } from './action-dialog.js'
import { EntriesLink } from './entries-link.js'

/** Actions that the log has and the catalogue does not. */
export function UnknownPart({ mayManage }: { readonly mayManage: boolean }) {
  const unknown = useResource<Listed<UnknownAction>>(UNKNOWN)
  const [added, setAdded] = useState<string>()
  return (
    <>
      <Loaded from={unknown}>
        {({ data }) =>
          data.length === 0 ? (
            <Notice icon="check" title="Nothing is unknown">
              Every action in this log is in the catalogue.
            </Notice>
          ) : (
            <Table
              caption="Unknown actions"
              rows={data}
              keyOf={({ action }) => action}
              columns={[
                { name: 'Action', cell: ({ action }) => <span className="mono">{action}</span> },
                {
                  name: 'In this log',
                  cell: ({ action, count: seen }) => (
                    <EntriesLink action={action}>{count(seen ?? 0)}</EntriesLink>
                  ),
                },
                { name: 'Last seen', cell: ({ last_seen_at }) => <Moment time={last_seen_at} never="–" /> },
                {
                  name: 'Actions',
                  spoken: true,
                  cell: ({ action }) =>
                    mayManage && (
                      <div className="row-actions">
                        <Button
                          look="quiet"
                          small
                          aria-label={`Add ${action}`}
                          onClick={() => setAdded(action)}
                        >
                          Add
                        </Button>
                      </div>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {added !== undefined && (
        <ActionDialog action={undefined} name={added} groups={[]} onClose={() => setAdded(undefined)} />
      )}
    </>
  )
}
