import type { Listed, MadeLink, Role } from '../api/administration.js'
import { useChange, useResource } from '../api/resource.js'
import { TextField } from '../ui/field.js'
import { FormDialog, optionalText, textOf } from '../ui/form.js'
import { Loaded } from '../ui/loaded.js'
import { RoleField } from './role-field.js'

/** Invites somebody by their address. */
export function InviteDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void
  readonly onMade: (link: MadeLink) => void
}) {
  const roles = useResource<Listed<Role>>('/v1/roles')
  const change = useChange('/v1/invitations')
  const invite = async (fields: FormData) => {
    const body = {
      email: textOf(fields, 'email'),
      role: textOf(fields, 'role'),
      name: optionalText(fields, 'name'),
    }
    onMade(await change<MadeLink>('POST', '/v1/invitations', body))
  }
  return (
    <FormDialog title="Invite somebody" submit="Invite" onSubmit={invite} onClose={onClose}>
      <TextField label="E-mail address" name="email" type="email" autoComplete="off" required />
      <TextField label="Name" name="name" autoComplete="off" hint="How you call them. They can change it." />
      <Loaded from={roles}>{({ data }) => <RoleField roles={data} />}</Loaded>
    </FormDialog>
  )
}
