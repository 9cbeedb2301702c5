import { AppError } from '@counterfoil/core'
import { createRole, deleteRole, rolesOf } from '../access/administration/roles.js'
import { roleShape } from '../access/administration/shapes.js'
import { PERMISSION_NAMES, type Permission } from '../access/permissions.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const roleList: Command = {
  name: 'role list',
  summary: 'List the roles of an organization and what each permits.',
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const roles = await withAccessStore(input, async (store) =>
      rolesOf(store, await requireOrganization(store, requireText(input, 'org'))),
    )
    printRows(
      input,
      roles.map((role) => ({
        json: roleShape(role),
        cells: [role.name, role.builtIn ? 'built in' : role.id, role.permissions.join(' ')],
      })),
    )
    return EXIT.ok
  },
}

export const roleCreate: Command = {
  name: 'role create',
  summary: 'Make a role: a named set of permissions.',
  usage: '<name> --org <slug> --permission <permission> …',
  options: {
    org: ORG_OPTION,
    permission: {
      kind: 'list',
      value: '<permission>',
      description: 'What it permits, such as entries.read. Repeat for several.',
    },
    description: { kind: 'text', value: '<text>', description: 'What it is for.' },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const permissions = requirePermissions(input)
    const description = (input.options.description as string | undefined) ?? ''
    const role = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const name = input.positionals[0] as string
      return createRole(store, doerAtCommandLine(input), organization, { name, description, permissions })
    })
    printDone(input, roleShape(role), `Made role ${role.name} (${role.id}).`)
    return EXIT.ok
  },
}

export const roleDelete: Command = {
  name: 'role delete',
  summary: 'Delete a role that nobody has.',
  usage: '<name> --org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const name = input.positionals[0] as string
    await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const role = (await rolesOf(store, organization)).find((candidate) => candidate.name === name)
      await deleteRole(store, doerAtCommandLine(input), organization, role?.id ?? name)
    })
    printDone(input, { deleted: name }, `Deleted role ${name}.`)
    return EXIT.ok
  },
}

function requirePermissions({ options }: CommandInput): readonly Permission[] {
  const given = (options.permission as readonly string[] | undefined) ?? []
  const unknown = given.find((name) => !PERMISSION_NAMES.includes(name as Permission))
  if (unknown === undefined && given.length > 0) return [...new Set(given)] as Permission[]
  throw new AppError('invalid_request', {
    param: 'permission',
    hint: `${unknown === undefined ? 'Give --permission at least once.' : `"${unknown}" is no permission.`} There are: ${PERMISSION_NAMES.join(', ')}.`,
  })
}
