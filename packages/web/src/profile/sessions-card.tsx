import type { Listed, Session } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Card } from '../ui/sheet.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { deviceOf } from './device.js'

const PATH = '/v1/me/sessions'

/** Where somebody is signed in. */
export function SessionsCard() {
  const sessions = useResource<Listed<Session>>(PATH)
  const change = useChange(PATH)
  return (
    <Card title="Sessions" intro="Where you are signed in. End what you do not know.">
      <Loaded from={sessions}>
        {({ data }) => (
          <Table
            caption="Sessions"
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Where',
                cell: ({ user_agent, form, current }) => (
                  <span className="lines">
                    <span>
                      {deviceOf(user_agent, form)} {current && <Tag tone="good">this one</Tag>}
                    </span>
                  </span>
                ),
              },
              {
                name: 'Address',
                cell: ({ ip_address }) => <span className="numbers">{ip_address ?? '–'}</span>,
              },
              {
                name: 'How',
                cell: ({ method, second_factor }) =>
                  method === 'sso' ? 'Single sign-on' : second_factor ? 'Password and code' : 'Password',
              },
              { name: 'Last used', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
              { name: 'Ends', cell: ({ expires_at }) => <Moment time={expires_at} /> },
              {
                name: 'Actions',
                spoken: true,
                cell: ({ id, current, user_agent, form }) =>
                  !current && (
                    <div className="row-actions">
                      <ConfirmButton
                        label="End"
                        about={deviceOf(user_agent, form)}
                        question="End this session?"
                        onConfirm={async () => {
                          await change('DELETE', `${PATH}/${id}`)
                          toast('The session has ended')
                        }}
                      >
                        Whoever uses it has to sign in again.
                      </ConfirmButton>
                    </div>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Card>
  )
}
