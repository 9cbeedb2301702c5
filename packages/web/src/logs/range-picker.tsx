import { lazy, Suspense } from 'react'
import { type Range, rangeLabel } from '../time/ranges.js'
import { Loading } from '../ui/loading.js'
import { Popover } from '../ui/popover.js'

const RangePanel = lazy(async () => ({ default: (await import('./range-panel.js')).RangePanel }))

export interface RangePickerProps {
  readonly range: Range
  readonly now: number
  readonly zone: string
}

/** From and to: shortcuts that stay relative in the link, and days and times of one's own. */
export function RangePicker({ range, now, zone }: RangePickerProps) {
  const label = rangeLabel(range, zone)
  return (
    <Popover label={`Time range: ${label}`} face={<span className="truncate">{label}</span>} icon="clock">
      {(close) => (
        <Suspense fallback={<Loading />}>
          <RangePanel range={range} now={now} zone={zone} onChosen={close} />
        </Suspense>
      )}
    </Popover>
  )
}
