import { lazy, Suspense, useMemo, useState } from 'react'
import { may, useMe } from '../api/me.js'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { Button, IconButton } from '../ui/button.js'
import { ViewsMenu } from '../views/views-menu.js'
import { ColumnsMenu } from './columns-menu.js'
import { type LogsState, showFacets, showLive } from './logs-state.js'
import { RangePicker } from './range-picker.js'
import { SearchBox } from './search-box.js'
import type { LogSelection } from './selection.js'
import type { LogView } from './use-log.js'

const ExportDialog = lazy(async () => ({
  default: (await import('../export/export-dialog.js')).ExportDialog,
}))

interface ToolbarProps {
  readonly state: LogsState
  readonly view: LogView
  readonly selection: LogSelection
  readonly now: number
  readonly zone: string
  readonly onRefresh: () => void
}

/** Above the list: what is looked for, and what can be done with what is found. */
export function Toolbar({ state, view, selection, now, zone, onRefresh }: ToolbarProps) {
  const times = useMemo(
    () => ({
      ...(selection.from === undefined ? {} : { from: selection.from }),
      ...(selection.to === undefined ? {} : { to: selection.to }),
    }),
    [selection.from, selection.to],
  )
  return (
    <div className="logs-tools">
      <SearchBox query={state.query} times={times} />
      <div className="logs-buttons">
        <span className="logs-range">
          <RangePicker range={state.range} now={now} zone={zone} />
        </span>
        <Button
          icon={state.isLive ? 'pause' : 'live'}
          aria-pressed={state.isLive}
          title="Live"
          onClick={() => showLive(!state.isLive)}
        >
          <span className="logs-button-text">Live</span>
        </Button>
        <Button
          icon="filter"
          aria-pressed={state.showsFacets}
          title="Filters"
          onClick={() => showFacets(!state.showsFacets)}
        >
          <span className="logs-button-text">Filters</span>
        </Button>
        <ExportButton state={state} view={view} selection={selection} zone={zone} />
        <ViewsMenu />
        <ColumnsMenu columns={state.columns} />
        <IconButton look="plain" icon="refresh" label="Load anew" onClick={onRefresh} />
      </div>
    </div>
  )
}

/** For those who may export, of the list as it is. */
function ExportButton({ state, view, selection, zone }: Omit<ToolbarProps, 'now' | 'onRefresh'>) {
  const me = useMe().data
  const [isOpen, setOpen] = useState(false)
  const total = view.total ?? 0
  const isAllowed = may(me, 'entries.export') || may(me, 'entries.read_own')
  useShortcuts({ e: () => isAllowed && setOpen(true) })
  if (!isAllowed) return null
  return (
    <>
      <Button
        icon="download"
        title="Export"
        disabled={view.total === undefined || view.isStale}
        onClick={() => setOpen(true)}
      >
        <span className="logs-button-text">Export</span>
      </Button>
      {isOpen && (
        <Suspense>
          <ExportDialog
            selection={selection}
            total={total}
            newestAt={view.newestAt}
            columns={state.columns}
            zone={zone}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  )
}
