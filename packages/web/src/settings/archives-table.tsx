import { useState } from 'react'
import type { Listed } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { FormDialog, optionalText } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import type { Archive } from './retention.js'

const ARCHIVES = '/v1/archives'

/** Parts of the log that were archived; those who may have a period archived, which stays in the log. */
export function ArchivesTable({ mayManage }: { readonly mayManage: boolean }) {
  const archives = useResource<Listed<Archive>>(ARCHIVES, true, ({ data }) =>
    data.some(({ status }) => status === 'pending'),
  )
  const [isAsking, setAsking] = useState(false)
  return (
    <>
      <Loaded from={archives}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">There are none.</p>
          ) : (
            <Table
              caption="Archives"
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Entries', cell: entriesText },
                { name: 'Where', cell: WhereCell },
                { name: 'Asked for', cell: ({ asked_at }) => <Moment time={asked_at} /> },
              ]}
            />
          )
        }
      </Loaded>
      {mayManage && (
        <div>
          <Button onClick={() => setAsking(true)}>Archive a period</Button>
        </div>
      )}
      {isAsking && <ArchiveDialog onClose={() => setAsking(false)} />}
    </>
  )
}

function WhereCell({ status, place, failure }: Archive) {
  if (status === 'pending') return <Tag>being made</Tag>
  if (status === 'made')
    return (
      <span className="lines">
        <small className="mono">{place}</small>
      </span>
    )
  return (
    <span className="lines">
      <span>
        <Tag tone="danger">not made</Tag>
      </span>
      <small>{failure}</small>
    </span>
  )
}

function entriesText({ from, to, entries, from_date: since, to_date: until }: Archive): string {
  if (from !== null && to !== null) {
    const chosen = entries === null || entries === to - from ? '' : `${entries.toLocaleString()} of `
    return `${chosen}${from.toLocaleString()} to ${(to - 1).toLocaleString()}`
  }
  return `${since?.slice(0, 10) ?? 'the first'} to ${until?.slice(0, 10) ?? 'the newest'}`
}

function ArchiveDialog({ onClose }: { readonly onClose: () => void }) {
  const change = useChange(ARCHIVES)
  const ask = async (fields: FormData) => {
    const from = optionalText(fields, 'from')
    const to = optionalText(fields, 'to')
    await change('POST', ARCHIVES, {
      ...(from === undefined ? {} : { from_date: `${from}T00:00:00Z` }),
      ...(to === undefined ? {} : { to_date: `${to}T23:59:59.999999Z` }),
    })
    toast('The archive is asked for')
  }
  return (
    <FormDialog title="Archive a period" submit="Archive" onClose={onClose} onSubmit={ask}>
      <p>
        A verified copy of the entries with all that proves them, where the server keeps archives. They stay
        in the log.
      </p>
      <TextField label="From" name="from" type="date" hint="A day in UTC; the first entry when left empty." />
      <TextField label="To" name="to" type="date" hint="A day in UTC; the newest entry when left empty." />
    </FormDialog>
  )
}
