import { useState } from 'react'
import { call } from '../api/client.js'
import { Link } from '../router/link.js'
import { EntranceSheet } from '../sign-in/entrance-sheet.js'
import { TextField } from '../ui/field.js'
import { Form, textOf } from '../ui/form.js'
import { Banner } from '../ui/notice.js'
import { linkToken } from './link-token.js'
import { NewPasswordField } from './new-password-field.js'

/** Asks for a link to set a new password; or, where one leads here, sets it. */
export function PasswordResetPage() {
  const token = linkToken()
  return token === '' ? <AskForLink /> : <SetPassword token={token} />
}

function AskForLink() {
  const [mailed, setMailed] = useState<boolean>()
  const ask = async (fields: FormData) => {
    const body = { email: textOf(fields, 'email') }
    setMailed((await call<{ readonly mailed: boolean }>('POST', '/v1/password_resets', { body })).mailed)
  }
  return (
    <EntranceSheet title="Set a new password">
      {mailed === undefined ? (
        <Form submit="Send me a link" onSubmit={ask} beside={<Link to="/sign-in">Back to the sign-in</Link>}>
          <TextField label="E-mail address" name="email" type="email" autoComplete="username" required />
        </Form>
      ) : (
        <div className="form">
          <Banner tone={mailed ? 'good' : 'warning'}>
            {mailed
              ? 'If somebody here has that address, a mail with a link is on its way. It works once, for an hour.'
              : 'This server sends no mail. Ask an admin of your organization for a link to set a new password.'}
          </Banner>
          <Link to="/sign-in" className="button button-plain">
            Back to the sign-in
          </Link>
        </div>
      )}
    </EntranceSheet>
  )
}

function SetPassword({ token }: { readonly token: string }) {
  const [done, setDone] = useState(false)
  const set = async (fields: FormData) => {
    await call('POST', '/v1/password_resets/use', { body: { token, password: fields.get('password') } })
    setDone(true)
  }
  return (
    <EntranceSheet title="Set a new password">
      {done ? (
        <div className="form">
          <Banner tone="good">
            Your password is set. Wherever you were signed in, you are not any more.
          </Banner>
          <Link to="/sign-in" className="button button-primary">
            Sign in
          </Link>
        </div>
      ) : (
        <Form
          submit="Set the password"
          onSubmit={set}
          beside={<Link to="/sign-in">Back to the sign-in</Link>}
        >
          <NewPasswordField />
        </Form>
      )}
    </EntranceSheet>
  )
}
