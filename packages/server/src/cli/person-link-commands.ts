import { invitationShape, invite } from '../access/administration/invitations.js'
import { requestResetOf } from '../access/administration/passwords.js'
import { resetSecondFactor } from '../access/administration/second-factor.js'
import { timeText } from '../access/administration/shapes.js'
import { type LinkPage, linkUrl } from '../access/link-url.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { ORG_OPTION, printDone, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const personInvite: Command = {
  name: 'person invite',
  summary: 'Invite an address; prints the link, once, which works once within seven days.',
  usage: '<email> --org <slug> --role <role>',
  options: {
    org: ORG_OPTION,
    role: { kind: 'text', value: '<role>', description: 'Role that the person will have.' },
    name: { kind: 'text', value: '<name>', description: 'How the organization calls the person.' },
  },
  settings: ['data', 'public_url', 'url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const role = requireText(input, 'role')
    const name = (input.options.name as string | undefined) ?? ''
    const { shape, token } = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      // Whoever runs the installation is trusted with everybody's password already.
      const asked = { email: input.positionals[0] as string, role, name, shown: false }
      const { invitation, token } = await invite(store, doerAtCommandLine(input), organization, asked)
      return { shape: await invitationShape(store, organization, invitation), token }
    })
    const link = linkOf(input, 'invitation', token)
    printDone(input, { ...shape, link }, `Invitation of ${shape.email}, shown only now: ${link}`)
    return EXIT.ok
  },
}

export const personResetPassword: Command = {
  name: 'person reset-password',
  summary: 'Make a link to set a new password; prints it, once. It works once within an hour.',
  usage: '<email>',
  options: {},
  settings: ['data', 'public_url', 'url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const { link: made, token } = await withAccessStore(input, (store) =>
      requestResetOf(store, doerAtCommandLine(input), input.positionals[0] as string),
    )
    const link = linkOf(input, 'password-reset', token)
    const shape = { object: 'password_reset', email: made.email, expires_at: timeText(made.expiresAt), link }
    printDone(input, shape, `New password for ${made.email}, shown only now: ${link}`)
    return EXIT.ok
  },
}

export const personResetSecondFactor: Command = {
  name: 'person reset-second-factor',
  summary: 'Take away the second factor of somebody who has lost it; their sessions end.',
  usage: '<email>',
  options: {},
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const email = input.positionals[0] as string
    await withAccessStore(input, (store) => resetSecondFactor(store, doerAtCommandLine(input), email))
    printDone(input, { email, second_factor: false }, `${email} has no second factor any more.`)
    return EXIT.ok
  },
}

function linkOf({ settings: { values } }: CommandInput, page: LinkPage, token: string): string {
  return linkUrl(values.public_url === '' ? values.url.replace(/\/+$/, '') : values.public_url, page, token)
}
