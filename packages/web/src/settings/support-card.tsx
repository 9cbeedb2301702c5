import type { Listed, SupportAccess } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { Loaded } from '../ui/loaded.js'
import { Card } from '../ui/sheet.js'
import { toast } from '../ui/toast.js'
import { SupportTable } from './support-table.js'

const PATH = '/v1/support_accesses'

/** When operators of the platform could read the organization's entries. */
export function SupportCard({ mayEnd }: { readonly mayEnd: boolean }) {
  const accesses = useResource<Listed<SupportAccess>>(PATH)
  const change = useChange(PATH)
  const end = async ({ id }: SupportAccess) => {
    await change('DELETE', `${PATH}/${id}`)
    toast('The access has ended')
  }
  return (
    <Card
      title="Access for support"
      intro="When somebody of the platform could read your entries, and why. What they read is recorded."
    >
      <Loaded from={accesses}>
        {({ data }) => (
          <SupportTable
            accesses={data}
            party={{ name: 'Who', cell: ({ operator }) => <strong>{operator}</strong> }}
            aboutOf={({ operator }) => `the access of ${operator}`}
            consequence="They cannot read your entries any more, from their next request."
            {...(mayEnd ? { onEnd: end } : {})}
          />
        )}
      </Loaded>
    </Card>
  )
}
