import type { NewKey } from '../api/administration.js'
import { type Me, may } from '../api/me.js'
import { useChange } from '../api/resource.js'
import { CheckField, CheckGroup } from '../ui/check.js'
import { SelectField, TextField } from '../ui/field.js'
import { FormDialog, textOf } from '../ui/form.js'
import { ExpiryField, readExpiry } from './expiry-field.js'

export const KEYS = '/v1/api_keys'

/** What a key may be given, and the permission that its maker needs for it. */
const SCOPES = [
  ['audit:write', 'Record entries', 'entries.record'],
  ['audit:read', 'Read, count, export and verify every entry', 'entries.read'],
  ['audit:read:own', 'Read what it recorded as its own activity', 'entries.read_own'],
  ['viewer_tokens:create', 'Make viewer tokens, for embedding the log', 'viewer_tokens.create'],
  ['access:read', 'See people, roles, keys and settings', 'people.read'],
  ['access:write', 'Change people, roles, keys and settings', 'people.manage'],
  ['platform:read', 'See the platform’s organizations', 'platform.organizations.read'],
  ['platform:write', 'Make organizations', 'platform.organizations.manage'],
  ['platform:audit:write', 'Record entries for every organization', 'platform.record'],
] as const

export function NewKeyDialog({
  me,
  onClose,
  onMade,
}: {
  readonly me: Me | undefined
  readonly onClose: () => void
  readonly onMade: (key: NewKey) => void
}) {
  const change = useChange(KEYS)
  const make = async (fields: FormData) => {
    const addresses = textOf(fields, 'addresses')
      .split(/[\s,]+/)
      .filter((address) => address !== '')
    const body = {
      name: textOf(fields, 'name'),
      mode: textOf(fields, 'mode'),
      scopes: fields.getAll('scopes'),
      kind: textOf(fields, 'kind'),
      expires_at: readExpiry(fields),
      ...(addresses.length === 0 ? {} : { allowed_addresses: addresses }),
    }
    onMade(await change<NewKey>('POST', KEYS, body))
  }
  return (
    <FormDialog title="New API key" submit="Make the key" wide onSubmit={make} onClose={onClose}>
      <TextField
        label="What it is for"
        name="name"
        maxLength={200}
        required
        placeholder="Billing service, production"
      />
      <div className="form-row">
        <SelectField label="Log" name="mode" defaultValue={me?.mode}>
          <option value="live">Live</option>
          <option value="test">Test</option>
        </SelectField>
        <SelectField label="Kind" name="kind">
          <option value="api_key">API key, one token</option>
          <option value="key_pair">Key pair, in two headers</option>
        </SelectField>
        <ExpiryField />
      </div>
      <CheckGroup label="It may">
        {SCOPES.filter(([, , permission]) => may(me, permission)).map(([scope, label]) => (
          <CheckField
            key={scope}
            name="scopes"
            value={scope}
            label={label}
            hint={<span className="mono">{scope}</span>}
            defaultChecked={scope === 'audit:write'}
          />
        ))}
      </CheckGroup>
      <TextField
        label="Only from these addresses"
        name="addresses"
        autoComplete="off"
        spellCheck={false}
        placeholder="203.0.113.9, 10.0.0.0/8"
        hint="Addresses or blocks with commas between them. From anywhere when left empty."
      />
    </FormDialog>
  )
}
