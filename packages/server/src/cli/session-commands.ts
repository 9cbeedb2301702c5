import { revokeSession } from '../access/administration/sessions.js'
import { sessionShape } from '../access/administration/shapes.js'
import { type Command, EXIT } from './command.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const sessionList: Command = {
  name: 'session list',
  summary: 'List who is signed in to an organization, the newest first.',
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const rows = await withAccessStore(input, async (store) => {
      const { id } = await requireOrganization(store, requireText(input, 'org'))
      const emails = new Map(
        (await store.memberships.list(id)).map(({ personId, email }) => [personId, email]),
      )
      return (await store.sessions.ofOrganization(id)).map((session) => {
        const email = emails.get(session.personId) ?? ''
        const { current: _, ...json } = sessionShape(session, '', email)
        const cells = [session.sessionId, email, session.form, session.method, String(json.last_used_at)]
        return { json, cells }
      })
    })
    printRows(input, rows)
    return EXIT.ok
  },
}

export const sessionRevoke: Command = {
  name: 'session revoke',
  summary: 'End a session; takes effect on its next request.',
  usage: '<id> --org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const id = input.positionals[0] as string
    await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      await revokeSession(store, doerAtCommandLine(input), organization, id)
    })
    printDone(input, { revoked: id }, `Ended session ${id}.`)
    return EXIT.ok
  },
}
