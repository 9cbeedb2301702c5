import { TextField } from '../ui/field.js'

/** Six digits of an authenticator. */
export function CodeField({ label = 'Code of your authenticator' }: { readonly label?: string }) {
  return (
    <TextField
      label={label}
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9 ]{6,7}"
      placeholder="123456"
      required
      hint="Six digits, a new one every 30 seconds."
    />
  )
}
