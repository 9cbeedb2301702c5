import { useState } from 'react'
import type { Listed, Role, Sso } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { RoleField } from '../people/role-field.js'
import { Button } from '../ui/button.js'
import { CheckField } from '../ui/check.js'
import { ConfirmButton } from '../ui/confirm.js'
import { TextField } from '../ui/field.js'
import { FormDialog, optionalText, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Secret } from '../ui/secret.js'
import { Card } from '../ui/sheet.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'

const PATH = '/v1/sso'

/** The organization's own OpenID Connect provider. */
export function SsoCard({ slug }: { readonly slug: string }) {
  const sso = useResource<Sso>(PATH)
  const [open, setOpen] = useState(false)
  const change = useChange(PATH)
  // There being none is an answer, and no failure.
  const isUnset = sso.error?.status === 404
  return (
    <Card
      title="Single sign-on"
      intro="Your people sign in at your own OpenID Connect provider."
      actions={
        <div className="row-actions">
          {(isUnset || sso.data !== undefined) && (
            <Button onClick={() => setOpen(true)}>{isUnset ? 'Set up' : 'Change'}</Button>
          )}
          {!isUnset && sso.data !== undefined && (
            <ConfirmButton
              label="Remove"
              about="single sign-on"
              question="Remove single sign-on?"
              onConfirm={async () => {
                await change('DELETE', PATH)
                toast('Single sign-on is removed')
              }}
            >
              People sign in with passwords again. Who has none asks an admin for a link.
            </ConfirmButton>
          )}
        </div>
      }
    >
      {isUnset ? (
        <p className="soft">It is not set up.</p>
      ) : (
        <Loaded from={sso}>{(answer) => <SsoFacts sso={answer} slug={slug} />}</Loaded>
      )}
      {open && (
        <SsoDialog before={isUnset ? undefined : sso.data} slug={slug} onClose={() => setOpen(false)} />
      )}
    </Card>
  )
}

function SsoFacts({ sso, slug }: { readonly sso: Sso; readonly slug: string }) {
  const facts = [
    ['Provider', sso.issuer],
    ['Client id', sso.client_id],
    ['Domains', sso.domains.join(', ')],
    ['Unknown people', sso.auto_create ? `are made, as ${sso.default_role ?? 'member'}` : 'are refused'],
  ] as const
  return (
    <>
      <dl className="fact-grid">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>Passwords</dt>
          <dd>{sso.required ? <Tag tone="accent">lead in no more</Tag> : 'lead in as well'}</dd>
        </div>
      </dl>
      <Secret label="Where people begin" value={`${location.origin}/v1/sso/${slug}/start`} />
    </>
  )
}

function SsoDialog({
  before,
  slug,
  onClose,
}: {
  readonly before: Sso | undefined
  readonly slug: string
  readonly onClose: () => void
}) {
  const roles = useResource<Listed<Role>>('/v1/roles')
  const change = useChange(PATH)
  const save = async (fields: FormData) => {
    await change('PUT', PATH, {
      issuer: textOf(fields, 'issuer'),
      client_id: textOf(fields, 'client_id'),
      client_secret: optionalText(fields, 'client_secret'),
      domains: textOf(fields, 'domains')
        .split(/[\s,]+/)
        .filter((domain) => domain !== ''),
      default_role: optionalText(fields, 'role'),
      auto_create: fields.get('auto_create') === 'on',
      required: fields.get('required') === 'on',
    })
    toast('Single sign-on is set')
  }
  return (
    <FormDialog title="Single sign-on" submit="Check and save" wide onSubmit={save} onClose={onClose}>
      <Secret
        label="Redirect URI, to give to the provider"
        value={`${location.origin}/v1/sso/${slug}/callback`}
      />
      <TextField
        label="Issuer"
        name="issuer"
        type="url"
        defaultValue={before?.issuer}
        placeholder="https://login.example.com"
        required
        hint="The provider’s URL, as its tokens name it. It is asked when you save."
      />
      <div className="form-row">
        <TextField
          label="Client id"
          name="client_id"
          defaultValue={before?.client_id}
          autoComplete="off"
          required
        />
        <TextField
          label="Client secret"
          name="client_secret"
          type="password"
          autoComplete="off"
          hint={before?.has_client_secret === true ? 'The one there is stays when left empty.' : undefined}
        />
      </div>
      <TextField
        label="Domains of e-mail addresses"
        name="domains"
        defaultValue={before?.domains.join(', ')}
        placeholder="example.com"
        required
        hint="With commas between them. A subdomain is another one."
      />
      <CheckField
        label="Make people who are unknown"
        name="auto_create"
        defaultChecked={before?.auto_create}
        hint="At their first sign-in, with the role below. Otherwise they are refused until somebody adds them."
      />
      <Loaded from={roles}>
        {({ data }) => <RoleField roles={data} chosen={before?.default_role ?? 'member'} />}
      </Loaded>
      <CheckField
        label="Passwords lead in no more"
        name="required"
        defaultChecked={before?.required}
        hint="Sessions that began with a password end at once. Try the single sign-on before you switch this on."
      />
    </FormDialog>
  )
}
