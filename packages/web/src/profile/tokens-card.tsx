import { useState } from 'react'
import type { ApiKey, Listed, NewKey, Organization } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { ExpiryField, readExpiry } from '../keys/expiry-field.js'
import { Button } from '../ui/button.js'
import { CheckField, CheckGroup } from '../ui/check.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Dialog } from '../ui/dialog.js'
import { SelectField, TextField } from '../ui/field.js'
import { errorText, FormDialog, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Banner } from '../ui/notice.js'
import { Secret } from '../ui/secret.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'

const PATH = '/v1/me/personal_tokens'
const SCOPES = [
  ['audit:read', 'Read entries', 'As far as your role permits when it is used.'],
  ['audit:read:own', 'Read your own activity', 'Nothing that others did.'],
  ['audit:write', 'Record entries', 'As you.'],
] as const

/** A token that is on the screen: one that was just made, or one that is looked at again. */
interface ShownToken {
  readonly name: string
  readonly token: string
  readonly isLastTime: boolean
}

/** A person's own tokens, for their own scripts. */
export function TokensCard() {
  const tokens = useResource<Listed<ApiKey>>(PATH)
  const organization = useResource<Organization>('/v1/organization')
  const change = useChange(PATH)
  const [isMaking, setMaking] = useState(false)
  const [shown, setShown] = useState<ShownToken>()
  const mayViewAgain = organization.data?.view_tokens_again === true
  const make = async (fields: FormData) => {
    const { name, token } = await change<NewKey>('POST', PATH, {
      name: textOf(fields, 'name'),
      mode: textOf(fields, 'mode'),
      scopes: fields.getAll('scopes'),
      expires_at: readExpiry(fields),
    })
    setShown({ name, token, isLastTime: !mayViewAgain })
  }
  return (
    <Card
      title="Personal access tokens"
      intro="For your own scripts. A token does what its scopes and your role both permit at that moment."
      actions={
        <Button icon="plus" onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      <Loaded from={tokens}>
        {({ data }) => <TokenTable tokens={data} onShow={mayViewAgain ? setShown : undefined} />}
      </Loaded>
      {isMaking && (
        <FormDialog
          title="New personal access token"
          submit="Make the token"
          onSubmit={make}
          onClose={() => setMaking(false)}
        >
          <TokenFields />
        </FormDialog>
      )}
      {shown !== undefined && <ShownTokenDialog shown={shown} onClose={() => setShown(undefined)} />}
    </Card>
  )
}

function TokenTable({
  tokens,
  onShow,
}: {
  readonly tokens: readonly ApiKey[]
  /** Where the organization lets people look at their tokens again. */
  readonly onShow: ((shown: ShownToken) => void) | undefined
}) {
  if (tokens.length === 0) return <p className="soft">You have none.</p>
  return (
    <Table
      caption="Personal access tokens"
      rows={tokens}
      keyOf={({ id }) => id}
      columns={[
        { name: 'Name', cell: ({ name }) => <strong>{name}</strong> },
        { name: 'Log', cell: ({ mode }) => <Tag tone={mode === 'test' ? 'warning' : 'plain'}>{mode}</Tag> },
        { name: 'Scopes', cell: ({ scopes }) => <span className="mono">{scopes.join(' ')}</span> },
        { name: 'Last used', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
        { name: 'Ends', cell: ({ expires_at }) => <Moment time={expires_at} /> },
        { name: 'Actions', spoken: true, cell: (token) => <TokenActions token={token} onShow={onShow} /> },
      ]}
    />
  )
}

function TokenActions({
  token: { id, name },
  onShow,
}: {
  readonly token: ApiKey
  readonly onShow: ((shown: ShownToken) => void) | undefined
}) {
  const change = useChange(PATH)
  const reveal = async () => {
    try {
      const { token } = await change<{ readonly token: string }>('POST', `${PATH}/${id}/reveal`)
      onShow?.({ name, token, isLastTime: false })
    } catch (error) {
      toast(errorText(error))
    }
  }
  return (
    <div className="row-actions">
      {onShow !== undefined && (
        <Button look="quiet" small aria-label={`Show ${name}`} onClick={() => void reveal()}>
          Show
        </Button>
      )}
      <ConfirmButton
        label="Delete"
        about={name}
        question="Delete this token?"
        onConfirm={async () => {
          await change('DELETE', `${PATH}/${id}`)
          toast(`${name} is deleted`)
        }}
      >
        What uses <strong>{name}</strong> stops working with its next request.
      </ConfirmButton>
    </div>
  )
}

function ShownTokenDialog({ shown, onClose }: { readonly shown: ShownToken; readonly onClose: () => void }) {
  return (
    <Dialog title={shown.name} onClose={onClose}>
      <div className="form">
        <Banner tone="warning">
          {shown.isLastTime
            ? 'Copy the token now: it is not shown again. Whoever has it acts as you.'
            : 'Whoever has the token acts as you. Each time it is shown is recorded.'}
        </Banner>
        <Secret label="Token" value={shown.token} />
      </div>
    </Dialog>
  )
}

function TokenFields() {
  return (
    <>
      <TextField label="What it is for" name="name" maxLength={200} required placeholder="Nightly report" />
      <CheckGroup label="It may">
        {SCOPES.map(([scope, label, hint]) => (
          <CheckField
            key={scope}
            name="scopes"
            value={scope}
            label={label}
            hint={hint}
            defaultChecked={scope === 'audit:read'}
          />
        ))}
      </CheckGroup>
      <div className="form-row">
        <SelectField label="Log" name="mode">
          <option value="live">Live</option>
          <option value="test">Test</option>
        </SelectField>
        <ExpiryField />
      </div>
    </>
  )
}
