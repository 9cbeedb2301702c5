import { useState } from 'react'
import type { Listed, Permission, Role } from '../api/administration.js'
import { type Me, may } from '../api/me.js'
import { useChange, useResource } from '../api/resource.js'
import { Button } from '../ui/button.js'
import { CheckField, CheckGroup } from '../ui/check.js'
import { ConfirmButton } from '../ui/confirm.js'
import { Dialog } from '../ui/dialog.js'
import { TextField } from '../ui/field.js'
import { FormDialog, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { Table } from '../ui/table.js'
import { Tag } from '../ui/tag.js'
import { toast } from '../ui/toast.js'
import { roleDescription } from './role-field.js'

const PATH = '/v1/roles'

export function RolesPart({ me }: { readonly me: Me }) {
  const roles = useResource<Listed<Role>>(PATH)
  const [edited, setEdited] = useState<Role | 'new'>()
  const [shown, setShown] = useState<Role>()
  const change = useChange(PATH)
  const mayManage = may(me, 'roles.manage')
  const actionsOf = (role: Role) => (
    <div className="row-actions">
      <Button look="quiet" small aria-label={`What ${role.name} may do`} onClick={() => setShown(role)}>
        Permissions
      </Button>
      {mayManage && !role.built_in && (
        <>
          <Button look="quiet" small aria-label={`Change ${role.name}`} onClick={() => setEdited(role)}>
            Change
          </Button>
          <ConfirmButton
            label="Delete"
            about={role.name}
            question={`Delete the role ${role.name}?`}
            onConfirm={async () => {
              await change('DELETE', `${PATH}/${role.id}`)
              toast(`${role.name} is deleted`)
            }}
          >
            That is possible only while nobody has it.
          </ConfirmButton>
        </>
      )}
    </div>
  )
  return (
    <div className="form">
      {mayManage && (
        <div className="form-foot">
          <Button look="primary" icon="plus" onClick={() => setEdited('new')}>
            New role
          </Button>
        </div>
      )}
      <Loaded from={roles}>
        {({ data }) => (
          <Table
            caption="Roles"
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Role',
                cell: ({ name, built_in }) => (
                  <>
                    <strong>{name}</strong> {built_in && <Tag>built in</Tag>}
                  </>
                ),
              },
              { name: 'For', cell: roleDescription },
              {
                name: 'Permissions',
                cell: ({ permissions }) => <span className="numbers">{permissions.length}</span>,
              },
              { name: 'Actions', spoken: true, cell: actionsOf },
            ]}
          />
        )}
      </Loaded>
      {edited !== undefined && <RoleDialog role={edited} me={me} onClose={() => setEdited(undefined)} />}
      {shown !== undefined && <PermissionsDialog role={shown} onClose={() => setShown(undefined)} />}
    </div>
  )
}

function usePermissions() {
  return useResource<Listed<Permission>>('/v1/permissions')
}

/** Makes a role or changes one: nobody can give what they do not have, so that cannot be checked. */
function RoleDialog({
  role,
  me,
  onClose,
}: {
  readonly role: Role | 'new'
  readonly me: Me
  readonly onClose: () => void
}) {
  const permissions = usePermissions()
  const change = useChange(PATH, '/v1/people')
  const before = role === 'new' ? undefined : role
  const save = async (fields: FormData) => {
    const body = {
      name: textOf(fields, 'name'),
      description: textOf(fields, 'description'),
      permissions: fields.getAll('permissions'),
    }
    if (before === undefined) await change('POST', PATH, body)
    else await change('PATCH', `${PATH}/${before.id}`, body)
    toast(`${body.name} is saved`)
  }
  return (
    <FormDialog
      title={before === undefined ? 'New role' : `Change ${before.name}`}
      submit={before === undefined ? 'Make the role' : 'Save'}
      wide
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label="Name"
        name="name"
        defaultValue={before?.name}
        pattern="[a-z0-9_\-]+"
        maxLength={63}
        required
        hint="Lower-case letters, digits, hyphens and underscores."
      />
      <TextField
        label="What it is for"
        name="description"
        defaultValue={before?.description}
        maxLength={1_000}
      />
      <Loaded from={permissions}>
        {({ data }) => (
          <CheckGroup label="It permits">
            <section className="form check-list" aria-label="Permissions" tabIndex={0}>
              {data.map(({ name, description }) => (
                <CheckField
                  key={name}
                  name="permissions"
                  value={name}
                  label={<span className="mono">{name}</span>}
                  hint={may(me, name) ? description : `${description} You lack it, so you cannot give it.`}
                  defaultChecked={before?.permissions.includes(name) === true}
                  disabled={!may(me, name)}
                />
              ))}
            </section>
          </CheckGroup>
        )}
      </Loaded>
      {before !== undefined && (
        <p className="soft">It changes for everybody who has the role, with their next request.</p>
      )}
    </FormDialog>
  )
}

function PermissionsDialog({ role, onClose }: { readonly role: Role; readonly onClose: () => void }) {
  const permissions = usePermissions()
  return (
    <Dialog title={`What ${role.name} may do`} onClose={onClose} wide>
      <Loaded from={permissions}>
        {({ data }) => (
          <ul className="permission-list">
            {role.permissions.length === 0 && <li className="soft">Nothing.</li>}
            {role.permissions.map((name) => (
              <li key={name} className="lines">
                <span className="mono">{name}</span>
                <small>{data.find((one) => one.name === name)?.description}</small>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Dialog>
  )
}
