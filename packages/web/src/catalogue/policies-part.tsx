import type { Listed } from '../api/administration.js'
import { CATALOGUE, type ModePolicy, POLICIES, type Policy } from '../api/catalogue.js'
import { useChange, useResource } from '../api/resource.js'
import { SelectField } from '../ui/field.js'
import { Form, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'

const PATH = `${CATALOGUE}/policies`
const NAMES: Readonly<Record<Policy, string>> = {
  accept: 'Record it',
  flag: 'Record it, and count it',
  refuse: 'Refuse the request',
}

/** What is done in each mode with entries that do not agree. */
export function PoliciesPart({ mayManage }: { readonly mayManage: boolean }) {
  const policies = useResource<Listed<ModePolicy>>(PATH)
  const change = useChange(PATH)
  const save = (mode: ModePolicy['mode']) => async (fields: FormData) => {
    await change('PUT', PATH, {
      mode,
      unknown_action: textOf(fields, 'unknown_action'),
      metadata_mismatch: textOf(fields, 'metadata_mismatch'),
    })
    toast(`The policies of the ${mode} log are changed`)
  }
  return (
    <Loaded from={policies}>
      {({ data }) => (
        <div className="form">
          {data.map((policy) => (
            <Card
              key={policy.mode}
              title={policy.mode === 'live' ? 'Live log' : 'Test log'}
              intro="From the next request on. A refused request is stored in no part, and says what to mend."
            >
              {mayManage ? (
                <Form submit="Save" onSubmit={save(policy.mode)}>
                  <PolicyFields policy={policy} />
                </Form>
              ) : (
                <PolicyFields policy={policy} disabled />
              )}
            </Card>
          ))}
        </div>
      )}
    </Loaded>
  )
}

function PolicyFields({
  policy,
  disabled = false,
}: {
  readonly policy: ModePolicy
  readonly disabled?: boolean
}) {
  const fields = [
    ['unknown_action', 'An action that is not in the catalogue'],
    ['metadata_mismatch', 'Metadata that do not fit the schema'],
  ] as const
  return fields.map(([name, label]) => (
    <SelectField key={name} label={label} name={name} defaultValue={policy[name]} disabled={disabled}>
      {POLICIES.map((one) => (
        <option key={one} value={one}>
          {NAMES[one]}
        </option>
      ))}
    </SelectField>
  ))
}
