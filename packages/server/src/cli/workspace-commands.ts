import { workspaceShape } from '../access/administration/shapes.js'
import { createWorkspace, deleteWorkspace } from '../access/administration/workspaces.js'
import { type Command, EXIT } from './command.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const workspaceCreate: Command = {
  name: 'workspace create',
  summary: 'Make a workspace; its slug is what entries carry as workspace.id.',
  usage: '<slug> --org <slug>',
  options: {
    org: ORG_OPTION,
    name: { kind: 'text', value: '<name>', description: 'Name for people; the slug when left out.' },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const slug = input.positionals[0] as string
    const workspace = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const name = (input.options.name as string | undefined) ?? slug
      return createWorkspace(store, doerAtCommandLine(input), organization, slug, name)
    })
    printDone(input, workspaceShape(workspace), `Made workspace ${slug} (${workspace.id}).`)
    return EXIT.ok
  },
}

export const workspaceList: Command = {
  name: 'workspace list',
  summary: 'List the workspaces of an organization.',
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const workspaces = await withAccessStore(input, async (store) =>
      store.workspaces.list((await requireOrganization(store, requireText(input, 'org'))).id),
    )
    printRows(
      input,
      workspaces.map((workspace) => ({
        json: workspaceShape(workspace),
        cells: [workspace.slug, workspace.id, workspace.name],
      })),
    )
    return EXIT.ok
  },
}

export const workspaceDelete: Command = {
  name: 'workspace delete',
  summary: 'Delete a workspace; entries that name it stay as they are.',
  usage: '<slug> --org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const slug = input.positionals[0] as string
    await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      await deleteWorkspace(store, doerAtCommandLine(input), organization, slug)
    })
    printDone(input, { deleted: slug }, `Deleted workspace ${slug}.`)
    return EXIT.ok
  },
}
