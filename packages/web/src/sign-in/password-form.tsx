import { type FormEvent, useState } from 'react'
import { ApiError, call } from '../api/client.js'
import { forgetKey } from '../api/credentials.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { Banner } from '../ui/notice.js'

/** E-mail address and password for a browser's session. */
export function PasswordForm({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const signIn = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    setProblem(undefined)
    forgetKey()
    try {
      const body = { email: form.get('email'), password: form.get('password'), cookie: true }
      const { object } = await call<{ readonly object: string }>('POST', '/v1/sessions', { body })
      if (object === 'session') return onSignedIn()
      setProblem('This account has a second factor.')
    } catch (error) {
      setProblem(error instanceof ApiError ? `${error.message} ${error.hint ?? ''}` : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="sign-in-form" onSubmit={(event) => void signIn(event)}>
      <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
      {problem !== undefined && <Banner tone="danger">{problem}</Banner>}
      <Button look="primary" type="submit" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  )
}
