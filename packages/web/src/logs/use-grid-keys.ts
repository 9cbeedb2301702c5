import type { KeyboardEvent } from 'react'
import { copy } from '../ui/toast.js'
import { filterBy } from './cell-filter.js'
import { type ColumnChoice, columnOf } from './columns.js'
import { turnOrder } from './grid-head.js'
import type { ActiveCell } from './log-grid.js'
import { openEntry } from './logs-state.js'
import type { LogView } from './use-log.js'
import type { Scroller } from './use-scroller.js'

interface GridKeys {
  readonly view: LogView
  readonly scroller: Scroller
  readonly firstRank: number
  readonly rowCount: number
  readonly columns: readonly ColumnChoice[]
  readonly columnCount: number
  readonly query: string
  readonly order: 'asc' | 'desc'
  readonly openId: string | undefined
  readonly active: ActiveCell
  readonly setActive: (cell: ActiveCell) => void
}

/** Keys of the grid, after the ARIA pattern for data grids: nothing wraps. */
export function useGridKeys(grid: GridKeys): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.altKey || event.metaKey) return
    const next = nextCell(event, grid)
    if (next !== undefined) {
      event.preventDefault()
      grid.setActive(next)
      if (next.row >= 0) grid.scroller.reveal(next.row)
      followOpen(grid, next.row)
    } else if (!event.ctrlKey && act(event.key, grid)) {
      event.preventDefault()
      event.stopPropagation()
    }
  }
}

function nextCell(
  { key, ctrlKey }: KeyboardEvent,
  { active: { row, column }, rowCount, columnCount, scroller }: GridKeys,
): ActiveCell | undefined {
  const lastRow = rowCount - 1
  const to = (nextRow: number, nextColumn = column): ActiveCell => ({
    row: Math.max(-1, Math.min(lastRow, nextRow)),
    column: Math.max(0, Math.min(columnCount - 1, nextColumn)),
  })
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return ctrlKey ? undefined : to(row + 1)
    case 'ArrowUp':
    case 'k':
      return ctrlKey ? undefined : to(row - 1)
    case 'ArrowRight':
      return to(row, column + 1)
    case 'ArrowLeft':
      return to(row, column - 1)
    case 'Home':
      return ctrlKey ? to(0, 0) : to(row, 0)
    case 'End':
      return ctrlKey ? to(lastRow, columnCount - 1) : to(row, columnCount - 1)
    case 'PageDown':
      return to(row + scroller.seenRows)
    case 'PageUp':
      return to(Math.max(0, row - scroller.seenRows))
    default:
      return undefined
  }
}

/** While an entry is open, going to another row opens that one. */
function followOpen({ view, firstRank, openId }: GridKeys, row: number): void {
  const id = openId === undefined || row < 0 ? undefined : view.entryAt(firstRank + row)?.id
  if (id !== undefined) openEntry(id, true)
}

/** What a key does to the active cell; false when it does nothing. */
function act(
  key: string,
  { view, firstRank, columns, columnCount, query, order, openId, active }: GridKeys,
): boolean {
  const column = columns[active.column]
  if (active.row < 0) {
    if ((key !== 'Enter' && key !== ' ') || column?.id !== 'time') return false
    turnOrder(order)
    return true
  }
  const entry = view.entryAt(firstRank + active.row)
  if (entry === undefined) return false
  if (key === 'Enter') {
    openEntry(entry.id, openId !== undefined)
    return true
  }
  if (column === undefined || columnCount !== columns.length) return false
  const { name, text, term } = columnOf(column.id)
  if (key === 'y') {
    void copy(text(entry), name)
    return true
  }
  const found = term?.(entry)
  if ((key !== 'f' && key !== 'x') || found === undefined) return false
  filterBy(query, found, { exclude: key === 'x' })
  return true
}
