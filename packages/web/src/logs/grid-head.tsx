import type { MouseEvent, TouchEvent } from 'react'
import { zoneLabel } from '../time/zone.js'
import { Icon } from '../ui/icon.js'
import { type ColumnId, columnOf } from './columns.js'
import { type LogHeader, type LogTable, widthsOf } from './log-table.js'
import { search } from './logs-state.js'

interface GridHeadProps {
  readonly table: LogTable
  readonly zone: string
  readonly order: 'asc' | 'desc'
  /** The column that the keyboard is on, when it is on the head. */
  readonly activeColumn: number | undefined
}

export function GridHead({ table, zone, order, activeColumn }: GridHeadProps) {
  const together = widthsOf(table).reduce((sum, { width }) => sum + width, 0)
  return (
    <div className="grid-head" role="rowgroup">
      <div role="row" aria-rowindex={1} className="log-row log-head">
        {table.getHeaderGroups()[0]?.headers.map((header, i) => (
          <div
            key={header.id}
            role="columnheader"
            aria-colindex={i + 1}
            aria-sort={header.id === 'time' ? (order === 'asc' ? 'ascending' : 'descending') : undefined}
            id={`cell--1-${i}`}
            className={activeColumn === i ? 'log-cell log-cell-active' : 'log-cell'}
            data-head={header.id}
            style={{ '--share': `${(header.getSize() / together) * 100}%` } as React.CSSProperties}
          >
            {header.id === 'time' ? (
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
              <span className="truncate">{columnOf(header.id as ColumnId).name}</span>
            )}
            <WidthHandle table={table} header={header} />
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
function WidthHandle({ table, header }: { readonly table: LogTable; readonly header: LogHeader }) {
  const grab = (event: MouseEvent<HTMLElement> | TouchEvent<HTMLElement>) => {
    const drawn = event.currentTarget.parentElement?.offsetWidth ?? header.getSize()
    header.getResizeHandler()(event)
    // From as wide as it is drawn, which may be less than it could be.
    table.setColumnResizing((before) => ({
      ...before,
      startSize: drawn,
      columnSizingStart: [[header.id, drawn]],
    }))
  }
  return (
    <span
      className="head-handle"
      aria-hidden="true"
      onMouseDown={(event) => {
        event.preventDefault()
        grab(event)
      }}
      onTouchStart={grab}
    />
  )
}
