import { call } from '../api/client.js'
import { forgetKey, keepKey } from '../api/credentials.js'
import { TextField } from '../ui/field.js'
import { Form, textOf } from '../ui/form.js'

/** A key that may read, for those who have no account: kept in this tab until it is closed. */
export function KeyForm({ onSignedIn }: { readonly onSignedIn: () => void }) {
  const signIn = async (fields: FormData) => {
    keepKey(textOf(fields, 'key'))
    try {
      await call('GET', '/v1/me')
    } catch (error) {
      forgetKey()
      throw error
    }
    onSignedIn()
  }
  return (
    <Form submit="Open the log" onSubmit={signIn}>
      <TextField
        label="API key"
        name="key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="cf_live_…"
        required
        hint="It needs the scope audit:read. This tab alone keeps it, until you close it."
      />
    </Form>
  )
}
