import type { Listed, Organization, SupportAccess } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'

export const SUPPORT = '/v1/platform/support_accesses'

/** The accesses for support that an operator has started. */
export function OwnSupportCard() {
  const accesses = useResource<Listed<SupportAccess>>(SUPPORT)
  const organizations = useResource<Listed<Organization>>('/v1/platform/organizations')
  const change = useChange(SUPPORT)
  const nameOf = (id: string) => organizations.data?.data.find((one) => one.id === id)?.name ?? id
  return (
    <Card
      title="Your accesses for support"
      intro="What you may read at the moment, and what you could read before."
    >
      <Loaded from={accesses}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">There were none.</p>
          ) : (
            <Table
              caption="Accesses for support"
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'Organization',
                  cell: ({ organization_id }) => <strong>{nameOf(organization_id)}</strong>,
                },
                { name: 'Why', cell: ({ reason }) => reason },
                {
                  name: 'Until',
                  cell: ({ active, ended_at, expires_at }) => (
                    <span className="tags">
                      {active && <Tag tone="warning">now</Tag>} <Moment time={ended_at ?? expires_at} />
                    </span>
                  ),
                },
                {
                  name: 'Actions',
                  spoken: true,
                  cell: ({ id, active, organization_id }) =>
                    active && (
                      <div className="row-actions">
                        <ConfirmButton
                          label="End"
                          about={`the access to ${nameOf(organization_id)}`}
                          question="End this access?"
                          onConfirm={async () => {
                            await change('DELETE', `${SUPPORT}/${id}`)
                            toast('The access has ended')
                          }}
                        >
                          You cannot read its entries any more.
                        </ConfirmButton>
                      </div>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Card>
  )
}
