import { useState } from 'react'
import type { Role } from '../api/administration.js'
import { SelectField } from '../ui/field.js'

/** What the built-in roles are for; an organization's own describe themselves. */
const BUILT_IN: Readonly<Record<string, string>> = {
  owner: 'Everything.',
  admin: 'Everything but making, changing and removing owners.',
  auditor: 'Reads everything, exports and verifies; changes nothing.',
  member: 'Sees entries of their own activity.',
  operator: 'Runs the platform.',
}

export function roleDescription({ name, description, built_in }: Role): string {
  return built_in ? (BUILT_IN[name] ?? description) : description
}

/** A choice of roles, with what the chosen one is for. */
export function RoleField({
  roles,
  chosen = 'member',
}: {
  readonly roles: readonly Role[]
  readonly chosen?: string
}) {
  const [name, setName] = useState(chosen)
  const role = roles.find((one) => one.name === name)
  return (
    <SelectField
      label="Role"
      name="role"
      value={name}
      onChange={(event) => setName(event.target.value)}
      hint={role === undefined ? undefined : roleDescription(role)}
    >
      {roles.map((one) => (
        <option key={one.id} value={one.name}>
          {one.name}
        </option>
      ))}
    </SelectField>
  )
}
