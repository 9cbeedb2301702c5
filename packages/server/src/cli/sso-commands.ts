import { readFile } from 'node:fs/promises'
import { AppError } from '@counterfoil/core'
import type { AccessStore } from '../access/access-store.js'
import { removeSso, requireSso, type SsoChange, setSso, ssoShape } from '../access/administration/sso.js'
import { openMasterKey } from '../access/master-key.js'
import { readDomain, readIssuer } from '../access/sso-values.js'
import { dataPaths } from '../service/data-directory.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { ORG_OPTION, printDone, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'

export const ssoSet: Command = {
  name: 'sso set',
  summary: "Set an organization's single sign-on at an OpenID provider.",
  usage: '--org <slug> --issuer <url> --client-id <id> --domain <domain>',
  options: {
    org: ORG_OPTION,
    issuer: { kind: 'text', value: '<url>', description: 'The provider, as its tokens name it.' },
    'client-id': { kind: 'text', value: '<id>', description: 'What the provider knows us as.' },
    'client-secret-file': {
      kind: 'text',
      value: '<file>',
      description: 'File with the client secret; - for standard input. The one there is stays when left out.',
    },
    domain: {
      kind: 'list',
      value: '<domain>',
      description: 'Domain of e-mail addresses that are let in; give it for each.',
    },
    'default-role': {
      kind: 'text',
      value: '<role>',
      description: 'Role of somebody who is made at their first sign-in; member when left out.',
    },
    'auto-create': { kind: 'flag', description: 'Make somebody unknown of these domains a person.' },
    required: { kind: 'flag', description: 'A password leads in no more.' },
  },
  settings: ['data', 'database_url', 'master_key'],
  positionals: { min: 0, max: 0 },
  notes: `
The redirect URI to give to the provider is <public url>/v1/sso/<slug>/callback. The provider is not asked here: sign in
once to see whether it works.
`,
  run: async (input) => {
    const change = await readChange(input)
    const shape = await withAccessStore(input, async (store) => {
      await openSecrets(input, store)
      const organization = await requireOrganization(store, requireText(input, 'org'))
      return ssoShape(
        store,
        organization,
        await setSso(store, doerAtCommandLine(input), organization, change),
      )
    })
    printDone(input, shape, `People of ${change.domains.join(', ')} sign in at ${change.issuer}.`)
    return EXIT.ok
  },
}

export const ssoShow: Command = {
  name: 'sso show',
  summary: "Show an organization's single sign-on, never its client secret.",
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const shape = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      return ssoShape(store, organization, await requireSso(store, organization))
    })
    const lines = Object.entries(shape).map(([name, value]) => `${name}\t${String(value)}`)
    input.world.stdout.write(
      input.options.json === true ? `${JSON.stringify(shape)}\n` : `${lines.slice(1).join('\n')}\n`,
    )
    return EXIT.ok
  },
}

export const ssoRemove: Command = {
  name: 'sso remove',
  summary: "Remove an organization's single sign-on; people sign in with passwords again.",
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const slug = requireText(input, 'org')
    await withAccessStore(input, async (store) =>
      removeSso(store, doerAtCommandLine(input), await requireOrganization(store, slug)),
    )
    printDone(input, { removed: slug }, `${slug} has no single sign-on any more.`)
    return EXIT.ok
  },
}

async function readChange(input: CommandInput): Promise<SsoChange> {
  const { options } = input
  const issuer = readIssuer(requireText(input, 'issuer'))
  if (issuer === undefined)
    throw wrong('issuer', 'a URL without query, and not that of the discovery document')
  const given = (options.domain as readonly string[] | undefined) ?? []
  const domains = given.map(readDomain)
  if (domains.length === 0 || !domains.every((domain) => domain !== undefined))
    throw wrong('domain', 'a domain such as example.com; give it at least once')
  const file = options['client-secret-file'] as string | undefined
  return {
    issuer,
    clientId: requireText(input, 'client-id'),
    ...(file === undefined ? {} : { clientSecret: await readSecret(input, file) }),
    domains: [...new Set(domains)],
    defaultRole: (options['default-role'] as string | undefined) ?? 'member',
    autoCreate: options['auto-create'] === true,
    required: options.required === true,
  }
}

/** From a file and not from the command line, which everybody on the machine can see. */
async function readSecret({ world }: CommandInput, file: string): Promise<string> {
  const secret = (
    file === '-' ? await readAll(world.stdin) : await readFile(file, 'utf8').catch(noFile)
  ).trim()
  if (secret === '') throw wrong('client-secret-file', 'a file that holds the secret')
  return secret
}

function noFile(cause: unknown): never {
  throw new AppError('invalid_request', {
    param: 'client-secret-file',
    hint: `--client-secret-file cannot be read: ${(cause as Error).message}.`,
    cause,
  })
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

async function openSecrets({ settings: { values } }: CommandInput, store: AccessStore): Promise<void> {
  await openMasterKey(store, { file: dataPaths(values.data).masterKey, setting: values.master_key })
}

function wrong(option: string, expects: string): AppError {
  return new AppError('invalid_request', { param: option, hint: `--${option} must be ${expects}.` })
}
