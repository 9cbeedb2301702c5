import { type FormEvent, useState } from 'react'
import { readLocal, writeLocal } from '../time/local-input.js'
import { zoneLabel } from '../time/zone.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import type { JumpToTimeProps } from './jump-to-time.js'
import './jump-form.css'

/** A day and a time of the reader's zone. */
export function JumpForm({ zone, topAt, onJump }: JumpToTimeProps) {
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
