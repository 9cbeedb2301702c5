import { type FormEvent, useRef, useState } from 'react'
import { useShortcuts } from '../keyboard/shortcuts.js'
import { readLocal, writeLocal } from '../time/local-input.js'
import { zoneLabel } from '../time/zone.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { Popover } from '../ui/popover.js'
import './jump-to-time.css'

interface JumpToTimeProps {
  readonly zone: string
  /** When the entry at the top of the list was recorded. */
  readonly topAt: string | undefined
  readonly onJump: (at: string) => void
}

/** Goes to where the list was at a moment, and leaves all entries in it. */
export function JumpToTime({ zone, topAt, onJump }: JumpToTimeProps) {
  const place = useRef<HTMLSpanElement>(null)
  useShortcuts({ gt: () => place.current?.querySelector('button')?.click() })
  return (
    <span ref={place}>
      <Popover label="Go to time" icon="clock" look="quiet" small>
        {(close) => (
          <JumpForm
            zone={zone}
            topAt={topAt}
            onJump={(at) => {
              close()
              onJump(at)
            }}
          />
        )}
      </Popover>
    </span>
  )
}

function JumpForm({ zone, topAt, onJump }: JumpToTimeProps) {
  const [problem, setProblem] = useState<string>()
  const go = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const ms = readLocal(String(new FormData(event.currentTarget).get('at')), zone)
    if (ms === undefined) return setProblem('Give a day and a time.')
    // The list shows entries of the whole second.
    onJump(new Date(ms + 999).toISOString())
  }
  return (
    <form className="jump" onSubmit={go}>
      <TextField
        label={`Time in ${zoneLabel(zone)}`}
        name="at"
        type="datetime-local"
        step={1}
        autoFocus
        defaultValue={topAt === undefined ? '' : writeLocal(Date.parse(topAt), zone)}
        error={problem}
      />
      <Button look="primary" small type="submit">
        Go
      </Button>
    </form>
  )
}
