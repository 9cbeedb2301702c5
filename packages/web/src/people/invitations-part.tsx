import { useState } from 'react'
import type { Invitation, Listed, MadeLink } from '../api/administration.js'
import { type Me, may } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Notice } from '../ui/notice.js'
import { Table } from '../ui/table.js'
import { toast } from '../ui/toast.js'
import { InviteDialog } from './invite-dialog.js'
import { LinkDialog } from './link-dialog.js'

const PATH = '/v1/invitations'

/** Invitations that nobody has accepted yet. */
export function InvitationsPart({ me }: { readonly me: Me }) {
  const invitations = useResource<Listed<Invitation>>(PATH)
  const change = useChange(PATH)
  const [isInviting, setInviting] = useState(false)
  const [link, setLink] = useState<MadeLink>()
  const mayManage = may(me, 'people.manage')
  const inviteButton = mayManage && (
    <Button look="primary" icon="plus" onClick={() => setInviting(true)}>
      Invite somebody
    </Button>
  )
  return (
    <>
      <Loaded from={invitations}>
        {({ data }) =>
          data.length === 0 ? (
            <Notice icon="mail" title="Nobody is invited at the moment" actions={inviteButton}>
              An invitation works once, for seven days.
            </Notice>
          ) : (
            <div className="form">
              <div className="form-foot">{inviteButton}</div>
              <Table
                caption="Invitations"
                rows={data}
                keyOf={({ id }) => id}
                columns={[
                  { name: 'Address', cell: ({ email }) => <strong>{email}</strong> },
                  { name: 'Role', cell: ({ role }) => role ?? <span className="soft">deleted</span> },
                  { name: 'Invited by', cell: ({ created_by }) => created_by },
                  { name: 'Ends', cell: ({ expires_at }) => <Moment time={expires_at} /> },
                  ...(mayManage
                    ? [
                        {
                          name: 'Actions',
                          spoken: true,
                          cell: ({ id, email }: Invitation) => (
                            <div className="row-actions">
                              <ConfirmButton
                                label="Withdraw"
                                about={email}
                                question="Withdraw this invitation?"
                                onConfirm={async () => {
                                  await change('DELETE', `${PATH}/${id}`)
                                  toast('The invitation is withdrawn')
                                }}
                              >
                                The link that {email} has is worth nothing from then on.
                              </ConfirmButton>
                            </div>
                          ),
                        },
                      ]
                    : []),
                ]}
              />
            </div>
          )
        }
      </Loaded>
      {isInviting && <InviteDialog onClose={() => setInviting(false)} onMade={setLink} />}
      {link !== undefined && <LinkDialog link={link} onClose={() => setLink(undefined)} />}
    </>
  )
}
