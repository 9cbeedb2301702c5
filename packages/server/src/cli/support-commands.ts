import { supportAccessShape, timeText } from '../access/administration/shapes.js'
import { endSupportAccess } from '../access/administration/support.js'
import { type Command, EXIT } from './command.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const supportList: Command = {
  name: 'support list',
  summary: 'List when operators could read an organization, and why.',
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const accesses = await withAccessStore(input, async (store) =>
      store.supportAccesses.list((await requireOrganization(store, requireText(input, 'org'))).id),
    )
    printRows(
      input,
      accesses.map((access) => ({
        json: supportAccessShape(access),
        cells: [
          access.id,
          access.email,
          timeText(access.createdAt),
          timeText(access.endedAt ?? access.expiresAt),
          access.reason,
        ],
      })),
    )
    return EXIT.ok
  },
}

export const supportEnd: Command = {
  name: 'support end',
  summary: 'End an access for support; takes effect on the next request.',
  usage: '<id> --org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const id = input.positionals[0] as string
    await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      await endSupportAccess(store, doerAtCommandLine(input), id, { organizationId: organization.id })
    })
    printDone(input, { ended: id }, `Ended ${id}.`)
    return EXIT.ok
  },
}
