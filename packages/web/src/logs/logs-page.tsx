import { useQuery } from '@tanstack/react-query'
import { type Entry, type EntryList, listEntries } from '../api/entries.js'
import { useAudience } from '../api/me.js'
import { exactTime } from '../time/format.js'
import { useZone } from '../time/zone.js'
import { Loading } from '../ui/loading.js'
import { ErrorNotice } from '../ui/notice.js'
import { Table } from '../ui/table.js'

export function LogsPage() {
  const audience = useAudience()
  const zone = useZone()
  const list = useQuery<EntryList>({
    queryKey: ['entries', audience],
    queryFn: ({ signal }) => listEntries({}, signal),
  })
  if (list.isPending) return <Loading />
  if (list.error !== null) return <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />
  return (
    <div className="sheet">
      <h1>Logs</h1>
      <Table
        caption="Entries"
        rows={list.data.data}
        keyOf={({ id }: Entry) => id}
        columns={[
          { name: 'Time', cell: ({ created_at }) => exactTime(created_at, zone) },
          { name: 'User', cell: ({ actor }) => actor?.label ?? actor?.id },
          { name: 'Action', cell: ({ action }) => action },
          { name: 'Resource', cell: ({ resource }) => resource?.label ?? resource?.id },
        ]}
      />
    </div>
  )
}
