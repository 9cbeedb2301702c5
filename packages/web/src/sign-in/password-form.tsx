import { useState } from 'react'
import { ApiError, call } from '../api/client.js'
import { forgetKey } from '../api/credentials.js'
import { Link } from '../router/link.js'
import { linkTo } from '../router/location.js'
import { TextField } from '../ui/field.js'
import { Form } from '../ui/form.js'
import { Banner } from '../ui/notice.js'

/** What the first step answers when a second one is to come. */
export interface PendingSignIn {
  readonly object: 'pending_sign_in'
  readonly pending_token: string
  readonly next: 'second_factor' | 'enrol'
}

/** E-mail address and password for a browser's session, or for the second step to it. */
export function PasswordForm({
  onSignedIn,
  onPending,
  returnTo,
}: {
  readonly onSignedIn: () => void
  readonly onPending: (pending: PendingSignIn) => void
  readonly returnTo: string
}) {
  const [ssoStart, setSsoStart] = useState<string>()
  const signIn = async (fields: FormData) => {
    setSsoStart(undefined)
    forgetKey()
    const body = { email: fields.get('email'), password: fields.get('password'), cookie: true }
    try {
      const answer = await call<PendingSignIn | { readonly object: 'session' }>('POST', '/v1/sessions', {
        body,
      })
      if (answer.object === 'session') onSignedIn()
      else onPending(answer)
    } catch (error) {
      const start = error instanceof ApiError && error.code === 'sso_required' ? error.body.start : undefined
      if (typeof start !== 'string') throw error
      setSsoStart(`${start}?return_to=${encodeURIComponent(returnTo)}`)
    }
  }
  return (
    <Form
      submit="Sign in"
      onSubmit={signIn}
      beside={<Link to={linkTo('/password-reset')}>Forgot your password?</Link>}
    >
      <TextField
        label="E-mail address"
        name="email"
        type="email"
        autoComplete="username"
        required
        // Whoever comes here comes to sign in.
        autoFocus
      />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
      {ssoStart !== undefined && (
        <div role="alert">
          <Banner tone="plain">
            Your organization signs in at its own provider. <a href={ssoStart}>Continue there</a>
          </Banner>
        </div>
      )}
    </Form>
  )
}
