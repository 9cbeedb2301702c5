import { memo } from 'react'
import type { Entry } from '../api/entries.js'
import { isErased } from '../entry/erasures.js'
import { dateTime } from '../time/format.js'
import { actorName, columnOf } from './columns.js'
import { Severity } from './severity.js'

interface LogCardProps {
  readonly entry: Entry | undefined
  readonly rank: number
  /** Pixels from the top of all rows; undefined on paper, where one follows the other. */
  readonly top: number | undefined
  readonly zone: string
  readonly isOpen: boolean
  readonly isActive: boolean
}

/** A row where there is no room for columns: what, who and when. */
export const LogCard = memo(function LogCard({ entry, rank, top, zone, isOpen, isActive }: LogCardProps) {
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
          <>
            <span className="log-card-line">
              {entry.action === null ? (
                <span className="cell-erased">erased</span>
              ) : (
                <span className="cell-strong truncate">{entry.action}</span>
              )}
              {entry.severity !== null && <Severity name={entry.severity} />}
            </span>
            <span className="log-card-line soft">
              <span className="truncate">
                {[
                  isErased(entry, '/actor') ? 'erased' : actorName(entry.actor),
                  columnOf('resource').text(entry),
                ]
                  .filter((text) => text !== '')
                  .join(' · ')}
              </span>
              <span className="numbers">{dateTime(Date.parse(entry.created_at), zone).slice(5, 19)}</span>
            </span>
          </>
        )}
      </div>
    </div>
  )
})
