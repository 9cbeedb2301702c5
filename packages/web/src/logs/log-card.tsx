import { memo } from 'react'
import type { Entry } from '../api/entries.js'
import { isCellErased } from '../entry/erasures.js'
import { dateTime } from '../time/format.js'
import { type CardLine, cardLinesOf } from './card-lines.js'
import { CellContent } from './cell.js'
import { type ColumnChoice, type ColumnId, columnOf } from './columns.js'

interface LogCardProps {
  readonly entry: Entry | undefined
  readonly rank: number
  /** Pixels from the top of all rows; undefined on paper, where one follows the other. */
  readonly top: number | undefined
  readonly columns: readonly ColumnChoice[]
  readonly zone: string
  readonly isOpen: boolean
  readonly isActive: boolean
}

/** A row where there is no room for columns: it says what the chosen ones would, line by line. */
export const LogCard = memo(function LogCard(props: LogCardProps) {
  const { entry, rank, top, columns, zone, isOpen, isActive } = props
  return (
    <div
      role="row"
      aria-rowindex={rank + 2}
      aria-selected={isOpen}
      className={isActive ? 'log-row log-card log-row-active' : 'log-row log-card'}
      data-rank={rank}
      style={top === undefined ? undefined : { transform: `translateY(${top}px)` }}
    >
      <div role="gridcell" aria-colindex={1} id={`cell-${rank}-0`} data-column={0} className="log-card-cell">
        {entry === undefined ? (
          <span className="log-waiting" />
        ) : (
          cardLinesOf(columns).map((line) => (
            <Line key={line.left.join()} line={line} entry={entry} zone={zone} />
          ))
        )}
      </div>
    </div>
  )
})

interface LineProps {
  readonly line: CardLine
  readonly entry: Entry
  readonly zone: string
}

function Line({ line: { left, right }, entry, zone }: LineProps) {
  return (
    <span className="log-card-line">
      <span className="log-card-text">
        {left.includes('action') ? (
          <CellContent entry={entry} column="action" zone={zone} />
        ) : (
          <span className="truncate">
            {left
              .map((id) => textOf(id, entry, zone))
              .filter((text) => text !== '')
              .join(' · ')}
          </span>
        )}
      </span>
      {right === 'severity' && <CellContent entry={entry} column="severity" zone={zone} />}
      {right === 'time' && <span className="numbers">{textOf('time', entry, zone)}</span>}
    </span>
  )
}

function textOf(id: ColumnId, entry: Entry, zone: string): string {
  if (isCellErased(entry, id)) return 'erased'
  // Which year it is, a card has no room for.
  return id === 'time' ? dateTime(Date.parse(entry.created_at), zone).slice(5, 19) : columnOf(id).text(entry)
}
