import { memo } from 'react'
import type { Entry } from '../api/entries.js'
import { isCellErased } from '../entry/erasures.js'
import { exactTime } from '../time/format.js'
import { type ColumnId, columnOf } from './columns.js'
import { Severity } from './severity.js'

interface CellProps {
  readonly entry: Entry
  readonly column: ColumnId
  readonly zone: string
}

/** What stands in a cell: one line, cut off where it is too long. */
export const CellContent = memo(function CellContent({ entry, column, zone }: CellProps) {
  if (isCellErased(entry, column)) return <span className="cell-erased">erased</span>
  switch (column) {
    case 'time': {
      const text = exactTime(entry.created_at, zone)
      return (
        <span className="numbers" title={timeTitle(entry, zone)}>
          {text.slice(0, 19)}
          <span className="cell-faint">{text.slice(19, 23)}</span>
        </span>
      )
    }
    case 'severity':
      return entry.severity === null ? null : <Severity name={entry.severity} />
    case 'action':
      return (
        <>
          <span className="cell-strong truncate">{entry.action}</span>
          {entry.outcome !== null && entry.outcome !== 'success' && (
            <span className={`outcome outcome-${entry.outcome}`}>{entry.outcome}</span>
          )}
        </>
      )
    case 'resource':
      return (
        <>
          <span className="truncate">{columnOf('resource').text(entry)}</span>
          {entry.resource !== null && !isSaid(entry.resource.type, columnOf('resource').text(entry)) && (
            <span className="cell-faint truncate">{entry.resource.type}</span>
          )}
        </>
      )
    default: {
      const { text, isMono } = columnOf(column)
      return <span className={isMono === true ? 'truncate mono' : 'truncate'}>{text(entry)}</span>
    }
  }
})

/** Whether a label begins with its kind: nobody needs to read `Order 4711 order`. */
function isSaid(type: string, label: string): boolean {
  return label.toLowerCase().startsWith(type.toLowerCase())
}

/** A time in the reader's zone, in UTC, and exactly as it was recorded. */
function timeTitle({ created_at }: Entry, zone: string): string {
  return `${exactTime(created_at, zone)} ${zone}\n${exactTime(created_at, 'UTC')} UTC`
}
