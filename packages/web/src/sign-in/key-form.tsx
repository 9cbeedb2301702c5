import { type FormEvent, useState } from 'react'
import { ApiError, call } from '../api/client.js'
import { forgetKey, keepKey } from '../api/credentials.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'

/** A key that may read, for those who have no account: kept in this tab until it is closed. */
export function KeyForm({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const signIn = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    setProblem(undefined)
    keepKey(String(new FormData(event.currentTarget).get('key')).trim())
    try {
      await call('GET', '/v1/me')
      onSignedIn()
    } catch (error) {
      forgetKey()
      setProblem(error instanceof ApiError ? `${error.message} ${error.hint ?? ''}` : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="sign-in-form" onSubmit={(event) => void signIn(event)}>
      <TextField
        label="API key"
        name="key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="cf_live_…"
        required
        error={problem}
        hint="It needs the scope audit:read. This tab alone keeps it, until you close it."
      />
      <Button look="primary" type="submit" disabled={busy}>
        {busy ? 'Checking…' : 'Open the log'}
      </Button>
    </form>
  )
}
