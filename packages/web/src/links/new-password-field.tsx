import { useState } from 'react'
import { TextField } from '../ui/field.js'

export const PASSWORD_LENGTH_MIN = 12

/** A password that is being set, which may be looked at. */
export function NewPasswordField({ label = 'New password' }: { readonly label?: string }) {
  const [shown, setShown] = useState(false)
  return (
    <div className="password">
      <TextField
        label={label}
        name="password"
        type={shown ? 'text' : 'password'}
        autoComplete="new-password"
        minLength={PASSWORD_LENGTH_MIN}
        spellCheck={false}
        required
        hint={`At least ${PASSWORD_LENGTH_MIN} characters. A sentence is easy to remember and hard to guess.`}
      />
      <button type="button" className="link-button" aria-pressed={shown} onClick={() => setShown(!shown)}>
        Show the password
      </button>
    </div>
  )
}
