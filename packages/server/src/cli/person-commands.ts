import { AppError } from '@counterfoil/core'
import type { AccessStore, Organization } from '../access/access-store.js'
import { setPassword } from '../access/administration/passwords.js'
import { addPerson, changeRole, removePerson, requireEmail } from '../access/administration/people.js'
import { personShape } from '../access/administration/shapes.js'
import { hashPassword, makePassword } from '../access/password.js'
import type { Membership } from '../access/tables/memberships-table.js'
import { type Command, EXIT } from './command.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const personAdd: Command = {
  name: 'person add',
  summary: 'Add a person to an organization; prints a password, once, for one who is new.',
  usage: '<email> --org <slug> --role <role>',
  options: {
    org: ORG_OPTION,
    role: {
      kind: 'text',
      value: '<role>',
      description: 'owner, admin, auditor, member, one of its own; operator for --org _platform.',
    },
    name: { kind: 'text', value: '<name>', description: 'How the organization calls the person.' },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const email = requireEmail(input.positionals[0] as string)
    const role = requireText(input, 'role')
    const name = (input.options.name as string | undefined) ?? ''
    const password = makePassword()
    const passwordHash = await hashPassword(password)
    const { membership, isNew } = await withAccessStore(input, async (store) => {
      const isNew = (await store.people.find(email))?.passwordHash === undefined
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const person = { email, role, name, passwordHash }
      return { membership: await addPerson(store, doerAtCommandLine(input), organization, person), isNew }
    })
    printDone(
      input,
      { ...personShape(membership), ...(isNew ? { password } : {}) },
      isNew
        ? `Added ${email} as ${membership.roleName}. Password, shown only now: ${password}`
        : `Added ${email} as ${membership.roleName}. Their password is the one they have.`,
    )
    return EXIT.ok
  },
}

export const personList: Command = {
  name: 'person list',
  summary: 'List the people of an organization and their roles.',
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const people = await withAccessStore(input, async (store) =>
      store.memberships.list((await requireOrganization(store, requireText(input, 'org'))).id),
    )
    printRows(
      input,
      people.map((person) => ({
        json: personShape(person),
        cells: [person.email, person.roleName, person.name, person.personId],
      })),
    )
    return EXIT.ok
  },
}

export const personRole: Command = {
  name: 'person role',
  summary: "Change a person's role; it holds with their next request.",
  usage: '<email> <role> --org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 2, max: 2 },
  run: async (input) => {
    const [email, role] = input.positionals as [string, string]
    const person = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const { personId } = await requirePerson(store, organization, email)
      return changeRole(store, doerAtCommandLine(input), organization, personId, role)
    })
    printDone(input, personShape(person), `${person.email} is ${person.roleName} now.`)
    return EXIT.ok
  },
}

export const personRemove: Command = {
  name: 'person remove',
  summary: 'Remove a person from an organization; sessions and personal tokens end at once.',
  usage: '<email> --org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const email = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const person = await requirePerson(store, organization, input.positionals[0] as string)
      await removePerson(store, doerAtCommandLine(input), organization, person.personId)
      return person.email
    })
    printDone(input, { removed: email }, `Removed ${email}.`)
    return EXIT.ok
  },
}

export const personPassword: Command = {
  name: 'person password',
  summary: 'Give a person a new password, printed once; their sessions end.',
  usage: '<email>',
  options: {},
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const email = requireEmail(input.positionals[0] as string)
    const password = makePassword()
    const passwordHash = await hashPassword(password)
    await withAccessStore(input, (store) => setPassword(store, doerAtCommandLine(input), email, passwordHash))
    printDone(input, { email, password }, `New password of ${email}, shown only now: ${password}`)
    return EXIT.ok
  },
}

/** The person with this address in an organization. Throws `not_found`. */
export async function requirePerson(
  store: AccessStore,
  organization: Organization,
  email: string,
): Promise<Membership> {
  const membership = await store.memberships.findByEmail(organization.id, requireEmail(email))
  if (membership !== undefined) return membership
  throw new AppError('not_found', { hint: `${email} does not belong to ${organization.slug}.` })
}
