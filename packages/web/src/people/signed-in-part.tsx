import type { Listed, Session } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { deviceOf } from '../profile/device.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'

const PATH = '/v1/sessions'

/** Who is signed in to the organization, for those who look after its people. */
export function SignedInPart() {
  const sessions = useResource<Listed<Session>>(PATH)
  const change = useChange(PATH)
  return (
    <Loaded from={sessions}>
      {({ data }) =>
        data.length === 0 ? (
          <Notice icon="person" title="Nobody is signed in">
            Sessions end after a while without use; people sign in again when they need to.
          </Notice>
        ) : (
          <Table
            caption="Sessions"
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Person',
                cell: ({ email, current }) => (
                  <>
                    <strong>{email ?? 'somebody of another organization'}</strong>{' '}
                    {current && <Tag tone="good">you, here</Tag>}
                  </>
                ),
              },
              { name: 'Where', cell: ({ user_agent, form }) => deviceOf(user_agent, form) },
              {
                name: 'Address',
                cell: ({ ip_address }) => <span className="numbers">{ip_address ?? '–'}</span>,
              },
              { name: 'Last used', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
              {
                name: 'Actions',
                spoken: true,
                cell: ({ id, email, current }) =>
                  !current && (
                    <div className="row-actions">
                      <ConfirmButton
                        label="End"
                        about={`the session of ${email ?? 'somebody'}`}
                        question="End this session?"
                        onConfirm={async () => {
                          await change('DELETE', `${PATH}/${id}`)
                          toast('The session has ended')
                        }}
                      >
                        {email ?? 'Whoever uses it'} has to sign in again.
                      </ConfirmButton>
                    </div>
                  ),
              },
            ]}
          />
        )
      }
    </Loaded>
  )
}
