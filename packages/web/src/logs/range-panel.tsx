import { type FormEvent, useState } from 'react'
import { readLocal, writeLocal } from '../time/local-input.js'
import { absolute, type Bounds, boundsOf, isRelative, type Range, SHORTCUTS } from '../time/ranges.js'
import { zoneLabel } from '../time/zone.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { search } from './logs-state.js'
import type { RangePickerProps } from './range-picker.js'
import './range-panel.css'

/** Shortcuts, and days and times of one's own. */
export function RangePanel({
  range,
  now,
  zone,
  onChosen,
}: RangePickerProps & { readonly onChosen: () => void }) {
  const bounds = boundsOf(range, now, zone)
  const choose = (chosen: Range) => {
    onChosen()
    search({ range: chosen })
  }
  return (
    <div className="range">
      <ul className="range-shortcuts" aria-label="Shortcuts">
        {SHORTCUTS.map(([name, label]) => (
          <li key={name}>
            <button
              type="button"
              className="menu-item"
              aria-current={range.kind === 'relative' && range.name === name}
              onClick={() => choose({ kind: 'relative', name })}
            >
              {label}
            </button>
          </li>
        ))}
      </ul>
      <CustomRange bounds={bounds} now={now} zone={zone} onChoose={choose} />
      {range.kind === 'relative' && range.name !== 'all' && (
        <div className="range-freeze">
          <Button small onClick={() => choose(absolute(bounds.from ?? 0, bounds.to ?? now))}>
            Keep these very times
          </Button>
          <p className="soft">A link then shows the same window tomorrow.</p>
        </div>
      )}
    </div>
  )
}

interface CustomRangeProps {
  readonly bounds: Bounds
  readonly now: number
  readonly zone: string
  readonly onChoose: (range: Range) => void
}

function CustomRange({ bounds, now, zone, onChoose }: CustomRangeProps) {
  const [problem, setProblem] = useState<string>()
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const ago = String(form.get('ago')).trim()
    if (ago !== '') {
      if (isRelative(ago)) return onChoose({ kind: 'relative', name: ago })
      return setProblem('Write a number and m, h, d or w: 90m, 36h, 14d.')
    }
    const from = readLocal(String(form.get('from')), zone)
    const to = readLocal(String(form.get('to')), zone)
    if (from === undefined && to === undefined) return setProblem('Give at least one of the two.')
    if (from !== undefined && to !== undefined && from > to) return setProblem('“From” is after “To”.')
    onChoose({
      kind: 'absolute',
      ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
      // To the end of the second that was written.
      ...(to === undefined ? {} : { to: new Date(to + 999).toISOString() }),
    })
  }
  return (
    <form className="range-custom" onSubmit={apply}>
      <TextField
        label="From"
        name="from"
        type="datetime-local"
        step={1}
        defaultValue={bounds.from === undefined ? '' : writeLocal(bounds.from, zone)}
      />
      <TextField
        label="To"
        name="to"
        type="datetime-local"
        step={1}
        defaultValue={writeLocal(bounds.to ?? now, zone)}
      />
      <TextField label="Or the last" name="ago" placeholder="90m, 36h, 14d" error={problem} />
      <div className="range-apply">
        <span className="soft">Times in {zoneLabel(zone)}</span>
        <Button look="primary" small type="submit">
          Apply
        </Button>
      </div>
    </form>
  )
}
