import { AppError, MODES, parseRfc3339 } from '@counterfoil/core'
import type { KeyRequest } from '../access/access-store.js'
import { createKey, revokeKey } from '../access/administration/keys.js'
import { normaliseBlock } from '../access/allowed-addresses.js'
import {
  KEY_KINDS,
  type KeyKind,
  RATE_CLASSES,
  type RateClass,
  SCOPES,
  type Scope,
  TOKEN_STYLES,
  type TokenStyle,
} from '../access/api-key.js'
import { type Command, type CommandInput, EXIT } from './command.js'
import { ORG_OPTION, requireText } from './options.js'
import { doerAtCommandLine, requireOrganization, withAccessStore } from './org-commands.js'
import { requirePerson } from './person-commands.js'

export const keyCreate: Command = {
  name: 'key create',
  summary: 'Make an API key; prints the token alone, once.',
  usage: `--org <slug> --mode ${MODES.join('|')} --scope <scope> …`,
  options: {
    org: ORG_OPTION,
    mode: { kind: 'text', value: MODES.join('|'), description: 'Log the key works on.' },
    scope: {
      kind: 'list',
      value: '<scope>',
      description: `What the key may do: ${SCOPES.join(', ')}. Repeat for several.`,
    },
    name: { kind: 'text', value: '<name>', description: 'What the key is for.' },
    kind: {
      kind: 'text',
      value: KEY_KINDS.join('|'),
      description: 'api_key is one token; key_pair prints key and secret; personal_token prints a UUID.',
    },
    style: {
      kind: 'text',
      value: TOKEN_STYLES.join('|'),
      description: "Head of an API key's token, for clients that look at it; cf when left out.",
    },
    rate: {
      kind: 'text',
      value: RATE_CLASSES.join('|'),
      description: 'How many requests it may make; standard when left out.',
    },
    owner: {
      kind: 'text',
      value: '<email>',
      description: 'Person whose key it is; a personal token does what their role permits.',
    },
    expires: { kind: 'text', value: '<time>', description: 'RFC 3339 time after which it is refused.' },
    allow: {
      kind: 'list',
      value: '<address>',
      description: 'Address or block it may be used from. Repeat for several; anywhere when left out.',
    },
  },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const mode = requireChoice(input, 'mode', MODES)
    const scopes = requireScopes(input)
    const name = (input.options.name as string | undefined) ?? ''
    const kind = optionalChoice<KeyKind>(input, 'kind', KEY_KINDS)
    const style = optionalChoice<TokenStyle>(input, 'style', TOKEN_STYLES)
    const rateClass = optionalChoice<RateClass>(input, 'rate', RATE_CLASSES)
    const restrictions = readRestrictions(input)
    const { key, ...secrets } = await withAccessStore(input, async (store) => {
      const organization = await requireOrganization(store, requireText(input, 'org'))
      const { owner } = input.options
      const personId =
        owner === undefined ? undefined : (await requirePerson(store, organization, owner as string)).personId
      return createKey(store, doerAtCommandLine(input), organization, {
        mode,
        scopes,
        name,
        ...(kind === undefined ? {} : { kind }),
        ...(style === undefined ? {} : { style }),
        ...(rateClass === undefined ? {} : { rateClass }),
        ...(personId === undefined ? {} : { personId }),
        ...restrictions,
      })
    })
    const plain = secrets.secret === undefined ? secrets.token : `${secrets.token}\n${secrets.secret}`
    input.world.stdout.write(
      input.options.json ? `${JSON.stringify({ ...secrets, ...key })}\n` : `${plain}\n`,
    )
    return EXIT.ok
  },
}

export const keyList: Command = {
  name: 'key list',
  summary: "List an organization's keys, never their secrets.",
  usage: '--org <slug>',
  options: { org: ORG_OPTION },
  settings: ['data', 'database_url'],
  positionals: { min: 0, max: 0 },
  run: async (input) => {
    const keys = await withAccessStore(input, async (store) =>
      store.keys(await requireOrganization(store, requireText(input, 'org'))),
    )
    for (const key of keys) {
      const line = [
        key.keyId,
        key.mode,
        key.scopes.join(' '),
        new Date(key.createdAt).toISOString(),
        key.name,
      ].join('\t')
      input.world.stdout.write(`${input.options.json ? JSON.stringify(key) : line}\n`)
    }
    return EXIT.ok
  },
}

export const keyRevoke: Command = {
  name: 'key revoke',
  summary: 'Revoke a key; takes effect on the next request.',
  usage: '<key id>',
  options: {},
  settings: ['data', 'database_url'],
  positionals: { min: 1, max: 1 },
  run: async (input) => {
    const keyId = input.positionals[0] as string
    await withAccessStore(input, async (store) => {
      const organization = await store.findOrganization(
        (await store.apiKeys.find(keyId))?.organizationId ?? '',
      )
      if (organization === undefined) throw new AppError('not_found', { hint: `There is no key ${keyId}.` })
      await revokeKey(store, doerAtCommandLine(input), organization, keyId)
    })
    input.world.stdout.write(
      input.options.json ? `${JSON.stringify({ revoked: keyId })}\n` : `Revoked ${keyId}.\n`,
    )
    return EXIT.ok
  },
}

/** From when and from where a key is refused. Throws `invalid_request`. */
function readRestrictions({ options }: CommandInput): Pick<KeyRequest, 'expiresAt' | 'allowedAddresses'> {
  const expires = options.expires as string | undefined
  const moment = expires === undefined ? undefined : parseRfc3339(expires)
  if (expires !== undefined && moment === undefined) {
    throw new AppError('invalid_request', {
      param: 'expires',
      hint: '--expires must be an RFC 3339 time such as 2030-11-21T02:00:00Z.',
    })
  }
  const allow = (options.allow as readonly string[] | undefined) ?? []
  const allowedAddresses = allow.map((text) => {
    const block = normaliseBlock(text)
    if (block !== undefined) return block
    throw new AppError('invalid_request', {
      param: 'allow',
      hint: `--allow must be an address or a block such as 10.0.0.0/8, not "${text}".`,
    })
  })
  return {
    ...(moment === undefined ? {} : { expiresAt: Math.floor(moment.epochMicroseconds / 1_000) }),
    ...(allow.length === 0 ? {} : { allowedAddresses }),
  }
}

/** The value of an option that must be one of `choices`. Throws `invalid_request`. */
export function requireChoice<T extends string>(input: CommandInput, name: string, choices: readonly T[]): T {
  const value = requireText(input, name)
  if (choices.includes(value as T)) return value as T
  throw new AppError('invalid_request', {
    param: name,
    hint: `--${name} must be one of ${choices.join(', ')}, not "${value}".`,
  })
}

function optionalChoice<T extends string>(
  input: CommandInput,
  name: string,
  choices: readonly T[],
): T | undefined {
  return input.options[name] === undefined ? undefined : requireChoice(input, name, choices)
}

function requireScopes({ options }: CommandInput): Scope[] {
  const given = (options.scope as readonly string[] | undefined) ?? []
  const unknown = given.find((scope) => !SCOPES.includes(scope as Scope))
  if (unknown !== undefined) {
    throw new AppError('invalid_request', {
      param: 'scope',
      hint: `"${unknown}" is no scope. There are: ${SCOPES.join(', ')}.`,
    })
  }
  if (given.length === 0)
    throw new AppError('invalid_request', {
      param: 'scope',
      hint: `Give --scope at least once: ${SCOPES.join(', ')}.`,
    })
  return [...new Set(given)] as Scope[]
}
