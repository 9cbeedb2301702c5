import { useState } from 'react'
import type { Listed, MadeLink, Person, Role } from '../api/administration.js'
import { type Me, may } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { ConfirmButton } from '../ui/confirm.js'
import { FormDialog, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Moment } from '../ui/moment.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { InviteDialog } from './invite-dialog.js'
import { LinkDialog } from './link-dialog.js'
import { RoleField } from './role-field.js'

export const PEOPLE = '/v1/people'

export function PeoplePart({ me }: { readonly me: Me }) {
  const people = useResource<Listed<Person>>(PEOPLE)
  const [isInviting, setInviting] = useState(false)
  const [link, setLink] = useState<MadeLink>()
  const mayManage = may(me, 'people.manage')
  return (
    <div className="form">
      {mayManage && (
        <div className="form-foot">
          <Button look="primary" icon="plus" onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        </div>
      )}
      <Loaded from={people}>
        {({ data }) => (
          <Table
            caption="People"
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Person',
                cell: ({ name, email, id }) => (
                  <span className="lines">
                    <strong>
                      {name || email} {id === me.person?.id && <Tag>you</Tag>}
                    </strong>
                    {name !== '' && <small>{email}</small>}
                  </span>
                ),
              },
              {
                name: 'Role',
                cell: ({ role }) => <Tag tone={role === 'owner' ? 'accent' : 'plain'}>{role}</Tag>,
              },
              { name: 'Since', cell: ({ created_at }) => <Moment time={created_at} /> },
              ...(mayManage
                ? [
                    {
                      name: 'Actions',
                      spoken: true,
                      cell: (person: Person) => <PersonActions person={person} onLink={setLink} />,
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
      {isInviting && <InviteDialog onClose={() => setInviting(false)} onMade={setLink} />}
      {link !== undefined && <LinkDialog link={link} onClose={() => setLink(undefined)} />}
    </div>
  )
}

/** What an admin can do with somebody; the server refuses what goes further than the admin's own role. */
function PersonActions({
  person,
  onLink,
}: {
  readonly person: Person
  readonly onLink: (link: MadeLink) => void
}) {
  const [isChanging, setChanging] = useState(false)
  const change = useChange(PEOPLE)
  const called = person.name || person.email
  return (
    <div className="row-actions">
      <Button look="quiet" small aria-label={`Role of ${called}`} onClick={() => setChanging(true)}>
        Role
      </Button>
      <ConfirmButton
        label="Reset password"
        about={`of ${called}`}
        question={`Let ${called} set a new password?`}
        onConfirm={async () =>
          onLink(await change<MadeLink>('POST', `${PEOPLE}/${person.id}/password_reset`))
        }
      >
        They get a link by mail; where this server sends none, it is shown to you to pass on. When it is used,
        every session of theirs ends.
      </ConfirmButton>
      <ConfirmButton
        label="Remove"
        about={called}
        question={`Remove ${called}?`}
        onConfirm={async () => {
          await change('DELETE', `${PEOPLE}/${person.id}`)
          toast(`${called} is removed`)
        }}
      >
        Their sessions and personal tokens here end at once. API keys that they made for programs go on:
        revoke those that you do not want. Entries about what they did stay as they are.
      </ConfirmButton>
      {isChanging && <RoleDialog person={person} onClose={() => setChanging(false)} />}
    </div>
  )
}

function RoleDialog({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const roles = useResource<Listed<Role>>('/v1/roles')
  const change = useChange(PEOPLE)
  const called = person.name || person.email
  const save = async (fields: FormData) => {
    await change('PATCH', `${PEOPLE}/${person.id}`, { role: textOf(fields, 'role') })
    toast(`The role of ${called} is changed`)
  }
  return (
    <FormDialog title={`Role of ${called}`} submit="Change the role" onSubmit={save} onClose={onClose}>
      <Loaded from={roles}>{({ data }) => <RoleField roles={data} chosen={person.role} />}</Loaded>
      <p className="soft">It holds with their next request.</p>
    </FormDialog>
  )
}
