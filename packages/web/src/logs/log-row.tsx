import { memo } from 'react'
import type { Entry } from '../api/entries.js'
import { Icon } from '../ui/icon.js'
import { CellContent } from './cell.js'
import { filterBy } from './cell-filter.js'
import { type ColumnId, columnOf } from './columns.js'
import type { LogColumns } from './log-table.js'

interface LogRowProps {
  /** Undefined while it is on its way. */
  readonly entry: Entry | undefined
  readonly rank: number
  /** Pixels from the top of all rows; undefined on paper, where one follows the other. */
  readonly top: number | undefined
  readonly columns: LogColumns
  readonly zone: string
  readonly query: string
  readonly isOpen: boolean
  /** The column of the cell that the keyboard is on. */
  readonly activeColumn: number | undefined
  /** The column of the cell that the pointer is on. */
  readonly hoveredColumn: number | undefined
}

/** A row of the grid. Nothing in it takes the focus: the grid has it, and says which cell is meant. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { entry, rank, top, columns, isOpen, activeColumn, ...rest } = props
  return (
    <div
      role="row"
      aria-rowindex={rank + 2}
      aria-selected={isOpen}
      className={activeColumn === undefined ? 'log-row' : 'log-row log-row-active'}
      data-rank={rank}
      style={top === undefined ? undefined : { transform: `translateY(${top}px)` }}
    >
      {columns.map(({ id }, i) => (
        <div
          key={id}
          role="gridcell"
          aria-colindex={i + 1}
          id={`cell-${rank}-${i}`}
          data-column={i}
          className={activeColumn === i ? 'log-cell log-cell-active' : 'log-cell'}
        >
          {entry === undefined ? (
            <span className="log-waiting" />
          ) : (
            <>
              <CellContent entry={entry} column={id as ColumnId} zone={rest.zone} />
              {rest.hoveredColumn === i && (
                <CellTools entry={entry} column={id as ColumnId} query={rest.query} />
              )}
            </>
          )}
        </div>
      ))}
    </div>
  )
})

/** For the pointer; by keyboard, f and x do the same on the active cell. */
function CellTools({
  entry,
  column,
  query,
}: {
  readonly entry: Entry
  readonly column: ColumnId
  readonly query: string
}) {
  const { name, term } = columnOf(column)
  const found = term?.(entry)
  if (found === undefined) return null
  return (
    <span className="cell-tools">
      <button
        type="button"
        tabIndex={-1}
        title={`Only with this ${name.toLowerCase()} (f)`}
        aria-label={`Only with this ${name.toLowerCase()}`}
        onClick={() => filterBy(query, found)}
      >
        <Icon name="plus" size={13} />
      </button>
      <button
        type="button"
        tabIndex={-1}
        title={`Without this ${name.toLowerCase()} (x)`}
        aria-label={`Without this ${name.toLowerCase()}`}
        onClick={() => filterBy(query, found, { exclude: true })}
      >
        <Icon name="minus" size={13} />
      </button>
    </span>
  )
}
