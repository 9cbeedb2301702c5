import { TextField } from '../ui/field.js'
import { Form, textOf } from '../ui/form.js'

const STORED = 'counterfoil.sso'

/** Leads to the sign-in of an organization's own provider. */
export function SsoForm({ slug, returnTo }: { readonly slug: string | null; readonly returnTo: string }) {
  const start = async (fields: FormData) => {
    const organization = textOf(fields, 'organization').toLowerCase()
    localStorage.setItem(STORED, organization)
    location.assign(
      `/v1/sso/${encodeURIComponent(organization)}/start?return_to=${encodeURIComponent(returnTo)}`,
    )
  }
  return (
    <Form submit="Continue" onSubmit={start}>
      <TextField
        label="Organization"
        name="organization"
        autoComplete="organization"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={slug ?? localStorage.getItem(STORED) ?? ''}
        placeholder="acme"
        required
        hint="Its short name, as your administrator told you. You sign in at your organization’s own provider."
      />
    </Form>
  )
}
