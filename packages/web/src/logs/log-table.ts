import {
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  type Header,
  type ReactTable,
  tableFeatures,
  type Updater,
  useTable,
} from '@tanstack/react-table'
import { useMemo } from 'react'
import type { Entry } from '../api/entries.js'
import {
  boundedWidth,
  COLUMN_IDS,
  COLUMN_WIDTH_MAX,
  COLUMN_WIDTH_MIN,
  type ColumnChoice,
  type ColumnId,
  columnOf,
} from './columns.js'
import { showColumns } from './logs-state.js'

const features = tableFeatures({
  columnOrderingFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
})
type Features = typeof features

export type LogTable = ReactTable<Features, Entry>
export type LogHeader = Header<Features, Entry>
/** The columns that are shown: the same array as long as they are the same. */
export type LogColumns = ReturnType<LogTable['getVisibleLeafColumns']>

const DEFINITIONS = COLUMN_IDS.map((id) => {
  const { name, width, text } = columnOf(id)
  return {
    id,
    header: name,
    accessorFn: text,
    size: width,
    minSize: COLUMN_WIDTH_MIN,
    maxSize: COLUMN_WIDTH_MAX,
  }
})

const NO_ROWS: readonly Entry[] = []

interface ColumnState {
  readonly columnOrder: string[]
  readonly columnVisibility: Record<string, boolean>
  readonly columnSizing: Record<string, number>
}

/**
 * The columns of the list: which there are, in which order and how wide, is in the address and nowhere else. Rows are not
 * the table's: it would make those that are drawn anew with each step of the scroller.
 */
export function useLogTable(chosen: readonly ColumnChoice[]): LogTable {
  const state = useMemo(() => stateOf(chosen), [chosen])
  const handlers = useMemo(() => {
    const change =
      <Name extends keyof ColumnState>(name: Name) =>
      (updater: Updater<ColumnState[Name]>) =>
        showColumns(
          choicesOf({ ...state, [name]: typeof updater === 'function' ? updater(state[name]) : updater }),
        )
    return {
      onColumnOrderChange: change('columnOrder'),
      onColumnVisibilityChange: change('columnVisibility'),
      onColumnSizingChange: change('columnSizing'),
    }
  }, [state])
  return useTable({
    features,
    columns: DEFINITIONS,
    data: NO_ROWS,
    state,
    ...handlers,
    columnResizeMode: 'onEnd',
  })
}

function stateOf(chosen: readonly ColumnChoice[]): ColumnState {
  const shown = chosen.map(({ id }) => id)
  const others = COLUMN_IDS.filter((id) => !shown.includes(id))
  return {
    columnOrder: [...shown, ...others],
    columnVisibility: Object.fromEntries(others.map((id) => [id, false])),
    columnSizing: Object.fromEntries(chosen.map(({ id, width }) => [id, width])),
  }
}

function choicesOf({ columnOrder, columnVisibility, columnSizing }: ColumnState): readonly ColumnChoice[] {
  return (columnOrder as ColumnId[])
    .filter((id) => columnVisibility[id] !== false)
    .map((id) => ({ id, width: boundedWidth(columnSizing[id] ?? columnOf(id).width) }))
}

/** The columns as they are drawn: one that is being dragged is as wide as it would be. */
export function widthsOf(table: LogTable): readonly ColumnChoice[] {
  const { isResizingColumn, startSize, deltaOffset } = table.state.columnResizing
  return table.getVisibleLeafColumns().map((column) => ({
    id: column.id as ColumnId,
    width:
      column.id === isResizingColumn ? boundedWidth((startSize ?? 0) + (deltaOffset ?? 0)) : column.getSize(),
  }))
}
