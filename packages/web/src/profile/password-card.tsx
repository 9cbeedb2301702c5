import { useState } from 'react'
import type { Me } from '../api/me.js'
import { useChange } from '../api/resource.js'
import { NewPasswordField } from '../links/new-password-field.js'
import { Button } from '../ui/button.js'
import { TextField } from '../ui/field.js'
import { FormDialog } from '../ui/form.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'
import { byProvider } from './by-provider.js'

export function PasswordCard({ me }: { readonly me: Me }) {
  const [open, setOpen] = useState(false)
  const change = useChange('/v1/me/sessions')
  if (me.session?.method === 'sso') return <Card title="Password" intro={byProvider} />
  const save = async (fields: FormData) => {
    const body = { current_password: fields.get('current_password'), password: fields.get('password') }
    await change('POST', '/v1/me/password', body)
    toast('Your password is changed; your other sessions have ended')
  }
  return (
    <Card
      title="Password"
      intro="A new one ends your other sessions."
      actions={<Button onClick={() => setOpen(true)}>Change the password</Button>}
    >
      {open && (
        <FormDialog
          title="Change the password"
          submit="Change"
          onSubmit={save}
          onClose={() => setOpen(false)}
        >
          <TextField
            label="Present password"
            name="current_password"
            type="password"
            autoComplete="current-password"
            required
          />
          <NewPasswordField />
        </FormDialog>
      )}
    </Card>
  )
}
