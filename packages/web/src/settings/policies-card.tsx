import { useState } from 'react'
import type { Organization } from '../api/administration.js'
import { useChange } from '../api/resource.js'
import { CheckField } from '../ui/check.js'
import { errorText, FormDialog } from '../ui/form.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'

const POLICIES = {
  second_factor_required: {
    label: 'Everybody needs a second factor',
    hint: 'Who has none sets one up while signing in. Keys and personal tokens are not concerned.',
    on: 'Sessions that began without a second factor end with their next request, perhaps yours, too.',
    off: 'From then on a password alone leads in for those who have set up nothing else.',
  },
  view_tokens_again: {
    label: 'Personal tokens can be shown again',
    hint: 'To the person whose they are. Tokens made from then on are kept encrypted; each time one is shown is recorded.',
    on: 'Tokens that are made from now on are kept, encrypted, so that their people can look at them again.',
    off: 'What was kept of tokens is forgotten. The tokens go on working.',
  },
} as const
type Policy = keyof typeof POLICIES

/** Switches that change what people may do: each asks before it does. */
export function PoliciesCard({
  organization,
  mayChange,
}: {
  readonly organization: Organization
  readonly mayChange: boolean
}) {
  const [asked, setAsked] = useState<Policy>()
  const change = useChange('/v1/organization')
  const apply = async (policy: Policy) => {
    try {
      await change('PATCH', '/v1/organization', { [policy]: !organization[policy] })
      toast('The policy is changed')
    } catch (error) {
      toast(errorText(error))
      throw error
    }
  }
  return (
    <Card title="Policies">
      {(Object.keys(POLICIES) as Policy[]).map((policy) => (
        <CheckField
          key={policy}
          label={POLICIES[policy].label}
          hint={POLICIES[policy].hint}
          checked={organization[policy]}
          disabled={!mayChange}
          onChange={() => setAsked(policy)}
        />
      ))}
      {!mayChange && <p className="soft">Owners and admins can change them.</p>}
      {asked !== undefined && (
        <FormDialog
          title={
            organization[asked]
              ? `Switch off: ${POLICIES[asked].label}?`
              : `Switch on: ${POLICIES[asked].label}?`
          }
          submit={organization[asked] ? 'Switch off' : 'Switch on'}
          onClose={() => setAsked(undefined)}
          onSubmit={() => apply(asked)}
        >
          <p>{organization[asked] ? POLICIES[asked].off : POLICIES[asked].on}</p>
        </FormDialog>
      )}
    </Card>
  )
}
