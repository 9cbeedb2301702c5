import type { Listed, SupportAccess } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'

const PATH = '/v1/support_accesses'

/** When operators of the platform could read the organization's entries. */
export function SupportCard({ mayEnd }: { readonly mayEnd: boolean }) {
  const accesses = useResource<Listed<SupportAccess>>(PATH)
  const change = useChange(PATH)
  return (
    <Card
      title="Access for support"
      intro="When somebody of the platform could read your entries, and why. What they read is recorded."
    >
      <Loaded from={accesses}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="soft">Nobody ever could.</p>
          ) : (
            <Table
              caption="Accesses for support"
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { name: 'Who', cell: ({ operator }) => <strong>{operator}</strong> },
                { name: 'Why', cell: ({ reason }) => reason },
                { name: 'Since', cell: ({ created_at }) => <Moment time={created_at} /> },
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
                  cell: ({ id, operator, active }) =>
                    active &&
                    mayEnd && (
                      <div className="row-actions">
                        <ConfirmButton
                          label="End"
                          about={`the access of ${operator}`}
                          question={`End the access of ${operator}?`}
                          onConfirm={async () => {
                            await change('DELETE', `${PATH}/${id}`)
                            toast('The access has ended')
                          }}
                        >
                          They cannot read your entries any more, from their next request.
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
