import { lazy, Suspense } from 'react'
import { Loading } from '../ui/loading.js'
import { Popover } from '../ui/popover.js'
import type { ColumnChoice } from './columns.js'

const ColumnsPanel = lazy(async () => ({ default: (await import('./columns-panel.js')).ColumnsPanel }))

/** Which columns there are, in which order and how wide: everything that dragging does, and by keyboard. */
export function ColumnsMenu({ columns }: { readonly columns: readonly ColumnChoice[] }) {
  return (
    <Popover label="Columns" icon="columns" align="end" face={null}>
      {() => (
        <Suspense fallback={<Loading />}>
          <ColumnsPanel columns={columns} />
        </Suspense>
      )}
    </Popover>
  )
}
