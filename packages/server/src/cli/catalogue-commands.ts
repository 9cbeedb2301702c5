import { existsSync } from 'node:fs'
import { AppError, CATALOGUE_POLICIES, type CataloguePolicy, MODES, type Mode } from '@counterfoil/core'
import {
  importCatalogue,
  removeAction,
  requireAction,
  setAction,
  setActions,
  setPolicies,
} from '../access/administration/catalogue.js'
import { catalogueActionShape, cataloguePolicyShape } from '../access/administration/shapes.js'
import { READY_CATALOGUES } from '../catalogue/ready/ready-catalogues.js'
import { readCatalogueFile, readJson, toCatalogueFile } from './catalogue-file.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { ORG_OPTION, printDone, printRows, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

const VENDORS = READY_CATALOGUES.map(({ vendor }) => vendor).join(', ')
const ORG = { org: ORG_OPTION }

export const catalogueList: Command = {
  name: 'catalogue list',
  summary: "List the actions of an organization's catalogue.",
  usage: '--org <slug>',
  options: ORG,
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const actions = await withAccessStore(input, async (store) =>
      store.catalogue.list((await requireOrganization(store, requireText(input, 'org'))).id),
    )
    printRows(
      input,
      actions.map((action) => ({
        json: catalogueActionShape(action),
        cells: [
          action.action,
          action.group ?? '',
          action.schema === undefined ? '' : `schema ${action.version}`,
          action.description,
        ],
      })),
    )
    return EXIT.ok
  },
}

export const catalogueShow: Command = {
  name: 'catalogue show',
  summary: 'Show an action of the catalogue, with its schema.',
  usage: '<action> --org <slug>',
  options: ORG,
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const shape = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      return catalogueActionShape(await requireAction(store, organization, input.positionals[0] as string))
    })
    input.world.stdout.write(`${JSON.stringify(shape, undefined, input.options.json === true ? 0 : 2)}\n`)
    return EXIT.ok
  },
}

export const catalogueSet: Command = {
  name: 'catalogue set',
  summary: 'Add an action to the catalogue, or change it; what is left out stays as it is.',
  usage: '<action> --org <slug> [--group <group>] [--description <text>] [--schema <file>]',
  options: {
    org: ORG_OPTION,
    group: { kind: 'text', value: '<group>', description: 'Its group; made when there is none.' },
    description: { kind: 'text', value: '<text>', description: 'What it means.' },
    schema: {
      kind: 'text',
      value: '<file>',
      description: 'File with the JSON Schema that metadata must fit; none takes the check away.',
    },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const { group, description, schema } = input.options as Readonly<Record<string, string | undefined>>
    const metadataSchema = schema === undefined ? undefined : schema === 'none' ? null : readJson(schema)
    const action = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const name = input.positionals[0] as string
      const before = await store.catalogue.find(organization.id, name)
      return setAction(store, doerAtCommandLine(input), organization, {
        action: name,
        group: group ?? before?.group,
        description: description ?? before?.description ?? '',
        metadataSchema,
      })
    })
    printDone(input, catalogueActionShape(action), `Set ${action.action}.`)
    return EXIT.ok
  },
}

export const catalogueRemove: Command = {
  name: 'catalogue remove',
  summary: 'Take an action out of the catalogue; entries stay as they are.',
  usage: '<action> --org <slug>',
  options: ORG,
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const action = input.positionals[0] as string
    await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      await removeAction(store, doerAtCommandLine(input), organization, action)
    })
    printDone(input, { removed: action }, `Removed ${action}.`)
    return EXIT.ok
  },
}

export const cataloguePolicy: Command = {
  name: 'catalogue policy',
  summary: 'Show or set what is done with entries that do not agree with the catalogue.',
  usage: '--org <slug> [--mode <mode>] [--unknown-action <policy>] [--metadata-mismatch <policy>]',
  options: {
    org: ORG_OPTION,
    mode: { kind: 'text', value: '<mode>', description: 'live or test; needed to set something.' },
    'unknown-action': {
      kind: 'text',
      value: '<policy>',
      description: 'For actions that are not in the catalogue: accept, flag or refuse.',
    },
    'metadata-mismatch': {
      kind: 'text',
      value: '<policy>',
      description: 'For metadata that does not fit its schema: accept, flag or refuse.',
    },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const change = {
      ...policyOf(input, 'unknown-action', 'unknown_action'),
      ...policyOf(input, 'metadata-mismatch', 'metadata_mismatch'),
    }
    const sets = Object.keys(change).length > 0
    const mode = sets || input.options.mode !== undefined ? requireMode(input) : undefined
    const policies = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      if (sets) await setPolicies(store, doerAtCommandLine(input), organization, mode as Mode, change)
      const modes = MODES.filter((name) => mode === undefined || name === mode)
      return Promise.all(
        modes.map(async (name) => ({
          name,
          policies: await store.catalogue.policies(organization.id, name),
        })),
      )
    })
    printRows(
      input,
      policies.map(({ name, policies: { unknown_action, metadata_mismatch } }) => ({
        json: cataloguePolicyShape(name, { unknown_action, metadata_mismatch }),
        cells: [name, `unknown action: ${unknown_action}`, `metadata mismatch: ${metadata_mismatch}`],
      })),
    )
    return EXIT.ok
  },
}

export const catalogueImport: Command = {
  name: 'catalogue import',
  summary: 'Take over a ready catalogue, or a file that "catalogue export" wrote.',
  usage: '<vendor or file> --org <slug>',
  options: ORG,
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  notes: `Ready catalogues: ${VENDORS}. Actions that are not in it stay; nothing is deleted.`,
  run: async (input) => {
    const source = input.positionals[0] as string
    const ready = READY_CATALOGUES.find(({ vendor }) => vendor === source)
    if (ready === undefined && !existsSync(source)) {
      throw new AppError('invalid_request', {
        hint: `"${source}" is neither a ready catalogue nor a file. There are: ${VENDORS}.`,
      })
    }
    const file = ready ?? readCatalogueFile(source)
    await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const by = doerAtCommandLine(input)
      if (ready !== undefined) await importCatalogue(store, by, organization, ready)
      else await setActions(store, by, organization, file.groups, file.actions)
    })
    const count = file.actions.length
    printDone(input, { imported: source, actions: count }, `Imported ${count} actions from ${source}.`)
    return EXIT.ok
  },
}

export const catalogueExport: Command = {
  name: 'catalogue export',
  summary: 'Write the catalogue as JSON, for "catalogue import" elsewhere.',
  usage: '--org <slug>',
  options: ORG,
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const file = await withAccessStore(input, async (store) =>
      toCatalogueFile(store, await requireOrganization(store, requireText(input, 'org'))),
    )
    input.world.stdout.write(`${JSON.stringify(file, undefined, input.options.json === true ? 0 : 2)}\n`)
    return EXIT.ok
  },
}

function policyOf<Name extends string>(
  { options }: CommandInput,
  option: string,
  name: Name,
): Partial<Record<Name, CataloguePolicy>> {
  const value = options[option]
  if (value === undefined) return {}
  if (CATALOGUE_POLICIES.includes(value as CataloguePolicy))
    return { [name]: value } as Record<Name, CataloguePolicy>
  throw new AppError('invalid_request', {
    param: option,
    hint: `--${option} takes one of ${CATALOGUE_POLICIES.join(', ')}.`,
  })
}

function requireMode(input: CommandInput): Mode {
  const mode = requireText(input, 'mode')
  if (MODES.includes(mode as Mode)) return mode as Mode
  throw new AppError('invalid_request', { param: 'mode', hint: `--mode takes one of ${MODES.join(', ')}.` })
}
