import { type MouseEvent, useEffect, useRef, useState } from 'react'
import { NARROW, useMedia } from '../ui/use-media.js'
import { usePrinting } from '../ui/use-printing.js'
import { cardHeight } from './card-lines.js'
import { type ColumnChoice, tracksOf } from './columns.js'
import { GridHead } from './grid-head.js'
import { LogCard } from './log-card.js'
import { LogRow } from './log-row.js'
import { type LogColumns, useLogTable, widthsOf } from './log-table.js'
import { closeEntry, openEntry } from './logs-state.js'
import { printedRows } from './printed-rows.js'
import { useGridKeys } from './use-grid-keys.js'
import type { LogView } from './use-log.js'
import type { Scroller } from './use-scroller.js'
import './log-grid.css'

export const ROW_PX = 34
export const HEAD_PX = 34

interface LogGridProps {
  readonly view: LogView
  readonly scroller: Scroller
  /** Ranks that the grid shows: all matches, or those of a page. */
  readonly firstRank: number
  readonly rowCount: number
  readonly columns: readonly ColumnChoice[]
  readonly zone: string
  readonly query: string
  readonly order: 'asc' | 'desc'
  readonly openId: string | undefined
}

/** The cell that keys are about: a row of the grid, -1 for its head, and a column. */
export interface ActiveCell {
  readonly row: number
  readonly column: number
}

/** The log as an ARIA grid: one tab stop, arrows move from cell to cell, Enter opens. Rows are drawn where they are seen. */
export function LogGrid(props: LogGridProps) {
  const { view, scroller, firstRank, zone, openId } = props
  const isPrinting = usePrinting()
  // Paper has room for columns, which sets them narrower.
  const isNarrow = useMedia(NARROW) && !isPrinting
  const table = useLogTable(props.columns)
  const rows = isPrinting ? rowsOnPaper(props) : scroller.drawn
  const [active, setActive] = useState<ActiveCell>({ row: 0, column: 0 })
  const [isFocused, setFocused] = useState(false)
  const [hovered, setHovered] = useState('')
  const keys = useGridKeys({ ...props, columnCount: isNarrow ? 1 : props.columns.length, active, setActive })
  useOpenRowInSight(props)
  const { tracks, least } = tracksOf(widthsOf(table))
  return (
    <div
      ref={scroller.ref}
      role="grid"
      aria-label="Entries"
      aria-rowcount={view.total === undefined ? -1 : view.total + 1}
      aria-colcount={isNarrow ? 1 : props.columns.length}
      aria-activedescendant={
        isFocused ? `cell-${active.row < 0 ? -1 : active.row + firstRank}-${active.column}` : undefined
      }
      aria-busy={view.isStale}
      tabIndex={0}
      className={view.isStale ? 'log-grid log-grid-stale' : 'log-grid'}
      style={
        {
          '--columns': `${tracks} 1fr`,
          '--least': `${least}px`,
          '--row': `${isNarrow ? cardHeight(props.columns) : ROW_PX}px`,
        } as React.CSSProperties
      }
      onKeyDown={keys}
      onFocus={() => {
        setFocused(true)
        setActive((before) => inSight(before, scroller))
      }}
      onBlur={() => setFocused(false)}
      onPointerMove={(event) => setHovered(event.pointerType === 'mouse' ? placeOf(event.target) : '')}
      onPointerLeave={() => setHovered('')}
      onClick={(event) => clicked(event, view, firstRank, setActive, openId)}
    >
      {!isNarrow && (
        <GridHead
          table={table}
          zone={zone}
          order={props.order}
          activeColumn={isFocused && active.row < 0 ? active.column : undefined}
        />
      )}
      <div className="log-rows" role="rowgroup" style={isPrinting ? undefined : { height: scroller.height }}>
        <GridRows
          {...props}
          rows={rows}
          shown={table.getVisibleLeafColumns()}
          active={isFocused ? active : undefined}
          hovered={hovered}
          isNarrow={isNarrow}
        />
      </div>
    </div>
  )
}

/** One follows the other there. */
function rowsOnPaper({ view, firstRank, rowCount, scroller }: LogGridProps) {
  const [first, last] = printedRows(view, firstRank, rowCount, scroller.topRow)
  return Array.from({ length: last - first + 1 }, (_, i) => ({ row: first + i, top: undefined }))
}

/** Keys begin where somebody looks, not where they once were. */
function inSight(cell: ActiveCell, { topRow, seenRows }: Scroller): ActiveCell {
  const isSeen = cell.row < 0 || (cell.row >= topRow && cell.row < topRow + seenRows)
  return isSeen ? cell : { ...cell, row: topRow }
}

interface GridRowsProps extends LogGridProps {
  readonly rows: readonly { readonly row: number; readonly top: number | undefined }[]
  readonly shown: LogColumns
  readonly active: ActiveCell | undefined
  readonly hovered: string
  readonly isNarrow: boolean
}

function GridRows({ rows, view, firstRank, rowCount, shown, openId, active, ...rest }: GridRowsProps) {
  const { columns, zone, query, hovered, isNarrow } = rest
  return rows.map(({ row, top }) => {
    const rank = firstRank + row
    const entry = row < rowCount ? view.entryAt(rank) : undefined
    const shared = { entry, rank, top, zone, isOpen: entry !== undefined && entry.id === openId }
    const isActive = active?.row === row
    if (isNarrow) return <LogCard key={row} {...shared} columns={columns} isActive={isActive} />
    return (
      <LogRow
        key={row}
        {...shared}
        columns={shown}
        query={query}
        activeColumn={isActive ? active?.column : undefined}
        hoveredColumn={columnOfPlace(hovered, rank)}
      />
    )
  })
}

/** `rank column` of the cell that an event is in. */
function placeOf(target: EventTarget): string {
  const cell = (target as Element).closest<HTMLElement>('[data-column]')
  const row = cell?.closest<HTMLElement>('[data-rank]')
  return cell === null || row === null || row === undefined
    ? ''
    : `${row.dataset.rank} ${cell.dataset.column}`
}

function columnOfPlace(place: string, rank: number): number | undefined {
  const [row, column] = place.split(' ')
  return row === String(rank) ? Number(column) : undefined
}

function clicked(
  event: MouseEvent,
  view: LogView,
  firstRank: number,
  setActive: (cell: ActiveCell) => void,
  openId: string | undefined,
): void {
  const [rank, column] = placeOf(event.target).split(' ')
  if (column === undefined || (event.target as Element).closest('button') !== null) return
  setActive({ row: Number(rank) - firstRank, column: Number(column) })
  // Somebody who marks text wants to copy it.
  if (getSelection()?.isCollapsed === false) return
  const id = view.entryAt(Number(rank))?.id
  if (id === undefined) return
  if (id === openId) closeEntry()
  else openEntry(id, openId !== undefined)
}

/** Brings the row of the entry that was opened from elsewhere, by j and k, into sight. */
function useOpenRowInSight({ view, scroller, firstRank, rowCount, openId }: LogGridProps): void {
  const shown = useRef<string>(undefined)
  useEffect(() => {
    if (openId === undefined || openId === shown.current) return
    shown.current = openId
    const from = Math.max(0, scroller.first - 2)
    for (let row = from; row <= Math.min(rowCount - 1, scroller.last + 2); row++) {
      if (view.entryAt(firstRank + row)?.id === openId) return scroller.reveal(row)
    }
  })
}
