import { type FormEvent, useState } from 'react'
import { ERASURES_QUERY } from '../entry/erasures.js'
import { ENTRY_PATH } from '../logs/logs-state.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { count, counted } from '../time/format.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { Banner, ErrorNotice } from '../ui/notice.js'
import { Card } from '../ui/sheet.js'
import { useVerification, type VerificationState } from './use-verification.js'

/** Verifies a range of the log, some thousand entries at a time, with what was found in words. */
export function VerifyCard({ size }: { readonly size: number }) {
  const { state, start, cancel } = useVerification()
  const [problem, setProblem] = useState<string>()
  const verify = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const from = Number(form.get('from'))
    const to = Number(form.get('to'))
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to >= size)
      return setProblem(`Give whole numbers from 0 to ${size - 1}, the first not after the last.`)
    setProblem(undefined)
    void start(from, to)
  }
  const isRunning = state.kind === 'running'
  return (
    <Card title="Verify" intro="The whole log, or a part of it by seq.">
      {size === 0 ? (
        <Banner tone="plain">The log is empty: there is nothing to verify.</Banner>
      ) : (
        // Anew when the log has grown, so that the last entry is the newest again.
        <form className="verify-form" onSubmit={verify}>
          <TextField label="From seq" name="from" inputMode="numeric" defaultValue="0" disabled={isRunning} />
          <TextField
            key={isRunning ? 'running' : size}
            label="To seq"
            name="to"
            inputMode="numeric"
            defaultValue={String(size - 1)}
            disabled={isRunning}
            error={problem}
          />
          {isRunning ? (
            <Button onClick={cancel}>Stop</Button>
          ) : (
            <Button look="primary" icon="shield" type="submit">
              Verify
            </Button>
          )}
        </form>
      )}
      <div aria-live="polite">
        <Outcome state={state} />
      </div>
    </Card>
  )
}

function Outcome({ state }: { readonly state: VerificationState }) {
  switch (state.kind) {
    case 'running':
      return (
        <div className="verify-progress">
          <progress
            value={state.walked}
            max={Math.max(1, state.to - state.from + 1)}
            aria-label="Entries verified"
          />
          <span className="numbers">
            {count(state.walked)} of {count(state.to - state.from + 1)}
          </span>
        </div>
      )
    case 'whole':
      return (
        <Banner tone="good">
          {counted(state.walked, 'entry', 'entries')}, seq {count(state.from)} to {count(state.to)}: every
          hash is what its entry and the one before make it. Nothing was changed, removed or put in between.
          {state.redacted > 0 && (
            <p>
              <strong>{count(state.redacted)} redacted</strong>: parts of{' '}
              {state.redacted === 1 ? 'it' : 'them'} were erased. What is left of{' '}
              {state.redacted === 1 ? 'it' : 'them'} was verified.{' '}
              <Link to={linkTo('/logs', { q: ERASURES_QUERY, range: 'all' })}>Show the erasures</Link>
            </p>
          )}
        </Banner>
      )
    case 'broken':
      return (
        <Banner tone="danger">
          <strong>The log is broken at seq {count(state.seq)}.</strong>{' '}
          {REASONS[state.reason] ?? state.reason} {count(state.walked)} entries before it are as they were.
          {state.entryId !== null && (
            <>
              {' '}
              <Link to={linkTo(ENTRY_PATH + state.entryId, { range: 'all' })}>Show the entry</Link>
            </>
          )}
          <p className="mono verify-explanation">{state.explanation}</p>
        </Banner>
      )
    case 'stopped':
      return (
        <Banner tone="plain">
          Stopped after {counted(state.walked, 'entry', 'entries')}; none was broken.
        </Banner>
      )
    case 'failed':
      return <ErrorNotice error={state.error} />
    default:
      return null
  }
}

const REASONS: Readonly<Record<string, string>> = {
  prev_hash_mismatch: 'It does not follow the entry before: something was removed, put in or swapped.',
  entry_hash_mismatch: 'Its content is not what was recorded.',
  missing_row: 'It is missing.',
  null_hash: 'Its hash was removed.',
}
