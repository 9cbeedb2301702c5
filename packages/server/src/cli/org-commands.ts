import { mkdirSync } from 'node:fs'
import { AppError } from '@counterfoil/core'
import type { AccessStore, Organization } from '../access/access-store.js'
import { commandLine, type Doer } from '../access/administration/doer.js'
import {
  createOrganization,
  resumeOrganization,
  suspendOrganization,
} from '../access/administration/organizations.js'
import { organizationShape } from '../access/administration/shapes.js'
import { openAccessStore } from '../access/open-access-store.js'
import { PLATFORM_SLUG } from '../access/tables/organizations-table.js'
import { accessPlace } from '../service/store-places.js'
import { type Command, type CommandInput, EXIT } from './command.js'

/** Runs `work` on the access store that the settings name, whether or not a server runs on it. */
export async function withAccessStore<T>(
  { settings }: CommandInput,
  work: (store: AccessStore) => T | Promise<T>,
): Promise<T> {
  mkdirSync(settings.values.data, { recursive: true, mode: 0o700 })
  const store = await openAccessStore(accessPlace(settings.values))
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Who changes something here, as the entry about it tells. */
export function doerAtCommandLine({ world: { environment } }: CommandInput): Doer {
  return commandLine(environment.USER ?? environment.USERNAME ?? 'unknown')
}

/** The organization with this slug or id. Throws `not_found` that lists those there are. */
export async function requireOrganization(store: AccessStore, slugOrId: string): Promise<Organization> {
  // The operators' own organization is made when it is first needed.
  const organization =
    slugOrId === PLATFORM_SLUG ? await store.tenants.platform() : await store.findOrganization(slugOrId)
  if (organization !== undefined) return organization
  const slugs = (await store.organizations()).map(({ slug }) => slug)
  throw new AppError('not_found', {
    hint: `There is no organization "${slugOrId}". ${slugs.length === 0 ? 'There are none yet; "counterfoil org create <slug>" makes one.' : `There are: ${slugs.join(', ')}.`}`,
  })
}

export const orgCreate: Command = {
  name: 'org create',
  summary: 'Make an organization.',
  usage: '<slug> [--name <name>]',
  options: {
    name: { kind: 'text', value: '<name>', description: 'Name for people; the slug when left out.' },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const { name, json } = input.options
    const organization = await withAccessStore(input, (store) =>
      createOrganization(
        store,
        doerAtCommandLine(input),
        input.positionals[0] as string,
        name as string | undefined,
      ),
    )
    input.world.stdout.write(
      json
        ? `${JSON.stringify(organization)}\n`
        : `Made organization ${organization.slug} (${organization.id}).\n`,
    )
    return EXIT.ok
  },
}

export const orgList: Command = {
  name: 'org list',
  summary: 'List the organizations.',
  usage: '',
  options: {},
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const organizations = await withAccessStore(input, (store) => store.organizations())
    for (const organization of organizations) {
      const { id, slug, name } = organization
      input.world.stdout.write(
        input.options.json ? `${JSON.stringify(organization)}\n` : `${slug}\t${id}\t${name}\n`,
      )
    }
    return EXIT.ok
  },
}

export const orgSuspend: Command = {
  name: 'org suspend',
  summary: 'Suspend an organization: nobody gets in and its keys do nothing; its entries stay.',
  usage: '<slug> --reason <text>',
  options: { reason: { kind: 'text', value: '<text>', description: 'Why; it is recorded.' } },
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const { reason } = input.options
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new AppError('invalid_request', {
        param: 'reason',
        hint: 'Say why with --reason; the organization reads it afterwards.',
      })
    }
    return changeOrganization(input, 'Suspended', (store, by, { id }) =>
      suspendOrganization(store, by, id, reason),
    )
  },
}

export const orgResume: Command = {
  name: 'org resume',
  summary: 'Let a suspended organization in again.',
  usage: '<slug>',
  options: {},
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: (input) =>
    changeOrganization(input, 'Resumed', (store, by, { id }) => resumeOrganization(store, by, id)),
}

async function changeOrganization(
  input: CommandInput,
  done: string,
  change: (store: AccessStore, by: Doer, organization: Organization) => Promise<Organization>,
): Promise<number> {
  const organization = await withAccessStore(input, async (store) =>
    change(store, doerAtCommandLine(input), await requireOrganization(store, input.positionals[0] as string)),
  )
  input.world.stdout.write(
    input.options.json
      ? `${JSON.stringify(organizationShape(organization))}\n`
      : `${done} ${organization.slug}.\n`,
  )
  return EXIT.ok
}
