import { AppError } from '@counterfoil/core'
import type { CommandInput, OptionDefinition } from './command.js'

const text = (value: string, description: string): OptionDefinition => ({ kind: 'text', value, description })

/** Options of `record` that are fields of the entry. */
export const ENTRY_OPTIONS = {
  action: text('<slug>', 'What was done, such as order.created.'),
  id: text('<uuid>', 'Id of the entry; made by the server when left out.'),
  actor: text('<type>:<id>', 'Who did it, such as user:u_1.'),
  'actor-label': text('<text>', 'How the actor is shown.'),
  'actor-name': text('<text>', 'Name of the actor.'),
  'actor-email': text('<text>', 'Email address of the actor.'),
  resource: text('<type>:<id>', 'What it was done to, such as order:42.'),
  'resource-label': text('<text>', 'How the resource is shown.'),
  target: {
    kind: 'list',
    value: '<type>:<id>',
    description: 'Something else it was done to. Repeat for several.',
  },
  description: text('<text>', 'One sentence for people.'),
  category: text('<slug>', 'Category of the action.'),
  severity: text('<level>', 'debug, info, notice, warning, error, critical or security.'),
  outcome: text('<outcome>', 'success, failure or denied.'),
  'error-code': text('<code>', 'Why it failed.'),
  'occurred-at': text('<time>', 'When it happened, RFC 3339.'),
  ip: text('<address>', 'Address of the client.'),
  'user-agent': text('<text>', 'User agent of the client.'),
  'session-id': text('<id>', 'Session of the client.'),
  'request-id': text('<id>', 'Request that did it.'),
  'correlation-id': text('<id>', 'What ties it to other entries.'),
  region: text('<name>', 'Region that served the request.'),
  location: text('<text>', 'Where the request came from.'),
  source: text('<name>', 'Service that sends it.'),
  workspace: text('<id>', 'Workspace it belongs to.'),
  before: text('<json>', 'State before, as JSON.'),
  after: text('<json>', 'State after, as JSON.'),
  metadata: {
    kind: 'list',
    value: '<key>=<text>',
    description: 'A member of metadata; <key>:=<json> for other than text. Repeat for several.',
  },
} as const satisfies Record<string, OptionDefinition>
type EntryOption = keyof typeof ENTRY_OPTIONS

const CONTEXT_FIELDS = {
  ip: 'ip_address',
  'user-agent': 'user_agent',
  'session-id': 'session_id',
  'request-id': 'request_id',
  'correlation-id': 'correlation_id',
  region: 'region',
  location: 'location',
} as const satisfies Partial<Record<EntryOption, string>>
const PLAIN_FIELDS = {
  id: 'id',
  action: 'action',
  category: 'category',
  severity: 'severity',
  outcome: 'outcome',
  'error-code': 'error_code',
  description: 'description',
  'occurred-at': 'occurred_at',
} as const satisfies Partial<Record<EntryOption, string>>

/** Whether the command line itself says what to record. */
export function hasEntryOptions({ options }: CommandInput): boolean {
  return Object.keys(ENTRY_OPTIONS).some((name) => options[name] !== undefined)
}

/**
 * JSON text of the entry that the options describe. Put together from JSON texts, because a number such as 1.10 that
 * was parsed and printed would no longer be what was typed. Throws `invalid_request`.
 */
export function entryFromOptions(input: CommandInput): string {
  const given = (name: EntryOption) => input.options[name] as string | undefined
  const textMembers = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields).map(([option, field]) => [field, jsonText(given(option as EntryOption))] as const)
  const targets = (input.options.target as readonly string[] | undefined) ?? []
  return jsonObject([
    ...textMembers(PLAIN_FIELDS),
    [
      'actor',
      typed(given('actor'), 'actor', [
        ['label', jsonText(given('actor-label'))],
        ['name', jsonText(given('actor-name'))],
        ['email', jsonText(given('actor-email'))],
      ]),
    ],
    ['resource', typed(given('resource'), 'resource', [['label', jsonText(given('resource-label'))]])],
    [
      'targets',
      targets.length === 0 ? undefined : `[${targets.map((target) => typed(target, 'target', [])).join()}]`,
    ],
    ['context', unlessEmpty(jsonObject(textMembers(CONTEXT_FIELDS)))],
    ['source', unlessEmpty(jsonObject([['name', jsonText(given('source'))]]))],
    ['workspace', unlessEmpty(jsonObject([['id', jsonText(given('workspace'))]]))],
    ['before', checkedJson(given('before'), 'before')],
    ['after', checkedJson(given('after'), 'after')],
    [
      'metadata',
      unlessEmpty(jsonObject(((input.options.metadata as readonly string[]) ?? []).map(metadataMember))),
    ],
  ])
}

type Member = readonly [name: string, json: string | undefined]

function jsonObject(members: readonly Member[]): string {
  const present = members.filter(([, json]) => json !== undefined)
  return `{${present.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`
}

function unlessEmpty(json: string): string | undefined {
  return json === '{}' ? undefined : json
}

function jsonText(value: string | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

/** `user:u_1` with what more there is to say of it. */
function typed(value: string | undefined, option: string, more: readonly Member[]): string | undefined {
  if (value === undefined) {
    if (more.every(([, json]) => json === undefined)) return undefined
    throw new AppError('invalid_request', { param: option, hint: `Give --${option} <type>:<id> as well.` })
  }
  const split = value.indexOf(':')
  if (split === 0) {
    throw new AppError('invalid_request', {
      param: option,
      hint: `--${option} is "${value}"; write it as <type>:<id>, such as ${option === 'actor' ? 'user:u_1' : 'order:42'}.`,
    })
  }
  const type = split < 0 ? value : value.slice(0, split)
  const id = split < 0 ? undefined : value.slice(split + 1)
  return jsonObject([['type', JSON.stringify(type)], ['id', jsonText(id)], ...more])
}

function metadataMember(given: string): Member {
  const [, key, operator, value] = /^([^=:]+|[^=]+?)(:?=)(.*)$/s.exec(given) ?? []
  if (key === undefined || value === undefined) {
    throw new AppError('invalid_request', {
      param: 'metadata',
      hint: `--metadata is "${given}"; write it as <key>=<text>, or as <key>:=<json>.`,
    })
  }
  return [key, operator === ':=' ? checkedJson(value, 'metadata') : JSON.stringify(value)]
}

/** The text itself, when it is JSON. */
function checkedJson(value: string | undefined, option: string): string | undefined {
  if (value === undefined) return undefined
  try {
    JSON.parse(value)
    return value
  } catch (cause) {
    throw new AppError('invalid_request', {
      param: option,
      hint: `--${option} holds ${JSON.stringify(value)}, which is not JSON: ${(cause as Error).message}.`,
      cause,
    })
  }
}
