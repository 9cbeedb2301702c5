import { type PointerEvent, useRef } from 'react'
import { zoneLabel } from '../time/zone.js'
import { Icon } from '../ui/icon.js'
import { boundedWidth, type ColumnChoice, columnOf } from './columns.js'
import { search, showColumns } from './logs-state.js'

interface GridHeadProps {
  readonly columns: readonly ColumnChoice[]
  readonly zone: string
  readonly order: 'asc' | 'desc'
  /** The column that the keyboard is on, when it is on the head. */
  readonly activeColumn: number | undefined
  /** Tells the width of a column while it is being dragged. */
  readonly onWidth: (column: number, width: number) => void
}

export function GridHead({ columns, zone, order, activeColumn, onWidth }: GridHeadProps) {
  const together = columns.reduce((sum, { width }) => sum + width, 0)
  return (
    <div className="grid-head" role="rowgroup">
      <div role="row" aria-rowindex={1} className="log-row log-head">
        {columns.map(({ id, width }, i) => (
          <div
            key={id}
            role="columnheader"
            aria-colindex={i + 1}
            aria-sort={id === 'time' ? (order === 'asc' ? 'ascending' : 'descending') : undefined}
            id={`cell--1-${i}`}
            className={activeColumn === i ? 'log-cell log-cell-active' : 'log-cell'}
            data-head={id}
            style={{ '--share': `${(width / together) * 100}%` } as React.CSSProperties}
          >
            {id === 'time' ? (
              <button
                type="button"
                tabIndex={-1}
                className="head-sort"
                title="Newest or oldest first"
                onClick={() => turnOrder(order)}
              >
                Time <span className="cell-faint">{zoneLabel(zone)}</span>
                <Icon name={order === 'asc' ? 'up' : 'down'} size={12} />
              </button>
            ) : (
              <span className="truncate">{columnOf(id).name}</span>
            )}
            <WidthHandle columns={columns} at={i} width={width} onWidth={onWidth} />
          </div>
        ))}
      </div>
    </div>
  )
}

export function turnOrder(order: 'asc' | 'desc'): void {
  search({ order: order === 'asc' ? 'desc' : 'asc' })
}

/** For the pointer; the columns menu does the same by keyboard. */
function WidthHandle({
  columns,
  at,
  width,
  onWidth,
}: {
  readonly columns: readonly ColumnChoice[]
  readonly at: number
  readonly width: number
  readonly onWidth: GridHeadProps['onWidth']
}) {
  const start = useRef<{ readonly x: number; readonly width: number }>(undefined)
  const widthAt = (event: PointerEvent) =>
    boundedWidth((start.current?.width ?? width) + event.clientX - (start.current?.x ?? event.clientX))
  return (
    <span
      className="head-handle"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.preventDefault()
        event.currentTarget.setPointerCapture(event.pointerId)
        // As wide as it is drawn, which may be less than it could be.
        start.current = { x: event.clientX, width: event.currentTarget.parentElement?.offsetWidth ?? width }
      }}
      onPointerMove={(event) => start.current !== undefined && onWidth(at, widthAt(event))}
      onPointerUp={(event) => {
        const id = columns[at]?.id
        if (start.current === undefined || id === undefined) return
        const next = widthAt(event)
        start.current = undefined
        showColumns(columns.map((one, i) => (i === at ? { id, width: next } : one)))
      }}
    />
  )
}
