import type { Listed, Organization, SupportAccess } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { SupportTable } from '../settings/support-table.js'
import { Loaded } from '../ui/loaded.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'

export const SUPPORT = '/v1/platform/support_accesses'

/** The accesses for support that an operator has started. */
export function OwnSupportCard() {
  const accesses = useResource<Listed<SupportAccess>>(SUPPORT)
  const organizations = useResource<Listed<Organization>>('/v1/platform/organizations')
  const change = useChange(SUPPORT)
  const nameOf = ({ organization_id: id }: SupportAccess) =>
    organizations.data?.data.find((one) => one.id === id)?.name ?? id
  const end = async ({ id }: SupportAccess) => {
    await change('DELETE', `${SUPPORT}/${id}`)
    toast('The access has ended')
  }
  return (
    <Card
      title="Your accesses for support"
      intro="What you may read at the moment, and what you could read before."
    >
      <Loaded from={accesses}>
        {({ data }) => (
          <SupportTable
            accesses={data}
            party={{ name: 'Organization', cell: (access) => <strong>{nameOf(access)}</strong> }}
            aboutOf={(access) => `the access to ${nameOf(access)}`}
            consequence="You cannot read its entries any more."
            onEnd={end}
          />
        )}
      </Loaded>
    </Card>
  )
}
