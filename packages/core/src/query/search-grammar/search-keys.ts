import { ACTOR_TYPES, OPERATION_TYPES, OUTCOMES, SEVERITIES } from '../../entry/entry.js'

/** What help, documentation and completion say of a key. */
export interface SearchKey {
  readonly key: string
  /** Other spellings of the same key. */
  readonly aliases: readonly string[]
  readonly description: string
  readonly example: string
  /** All values there are, where they are few; for completion. */
  readonly values?: readonly string[]
}

/** Every key of the search language, in the order in which help lists them. */
export const SEARCH_KEYS = [
  {
    key: 'action',
    aliases: [],
    description: 'What was done: the action and everything below it; `=` for the action alone.',
    example: 'action:order.created',
  },
  {
    key: 'category',
    aliases: [],
    description: 'Category of the action.',
    example: 'category:authentication',
  },
  {
    key: 'severity',
    aliases: [],
    description: 'Level: one, several, or a range by rank.',
    example: 'severity:>=warning',
    values: SEVERITIES,
  },
  {
    key: 'outcome',
    aliases: [],
    description: 'Whether it worked.',
    example: 'outcome:denied',
    values: OUTCOMES,
  },
  { key: 'error', aliases: ['error_code'], description: 'Error code.', example: 'error:card_declined' },
  {
    key: 'actor',
    aliases: ['user'],
    description: 'Who did it: id, label, name or email.',
    example: 'actor:ada@example.com',
  },
  { key: 'actor.id', aliases: [], description: 'Id of the actor.', example: 'actor.id:usr_1' },
  {
    key: 'actor.type',
    aliases: [],
    description: 'Kind of actor.',
    example: 'actor.type:api_key',
    values: ACTOR_TYPES,
  },
  { key: 'actor.name', aliases: [], description: 'Name of the actor.', example: 'actor.name:"Ada Lovelace"' },
  {
    key: 'actor.email',
    aliases: [],
    description: 'Email address of the actor.',
    example: 'actor.email:*@example.com*',
  },
  {
    key: 'actor.label',
    aliases: [],
    description: 'Label of the actor, such as the name of an API key.',
    example: 'actor.label:"Deploy key"',
  },
  {
    key: 'on_behalf_of',
    aliases: ['on_behalf_of.id'],
    description: 'Id of anyone the actor acted for.',
    example: 'on_behalf_of:usr_1',
  },
  {
    key: 'resource',
    aliases: [],
    description: 'What it was done to: `type:id`, id, label or type.',
    example: 'resource:order:ord_1',
  },
  { key: 'resource.type', aliases: [], description: 'Type of the resource.', example: 'resource.type:order' },
  { key: 'resource.id', aliases: [], description: 'Id of the resource.', example: 'resource.id:ord_1' },
  {
    key: 'resource.label',
    aliases: [],
    description: 'Label of the resource.',
    example: 'resource.label:"Order 1"',
  },
  {
    key: 'target',
    aliases: [],
    description: 'Id or type of the resource or of any further target.',
    example: 'target:ord_1',
  },
  {
    key: 'target.type',
    aliases: [],
    description: 'Type of the resource or of any further target.',
    example: 'target.type:invoice',
  },
  {
    key: 'target.id',
    aliases: [],
    description: 'Id of the resource or of any further target.',
    example: 'target.id:inv_7',
  },
  {
    key: 'ip',
    aliases: ['ip_address'],
    description: 'Address, block of addresses, or their first numbers.',
    example: 'ip:10.0.0.0/8',
  },
  { key: 'ua', aliases: ['user_agent'], description: 'Part of the user agent.', example: 'ua:firefox' },
  { key: 'session', aliases: ['session_id'], description: 'Session id.', example: 'session:sess_1' },
  { key: 'request', aliases: ['request_id'], description: 'Request id.', example: 'request:req_1' },
  {
    key: 'correlation',
    aliases: ['correlation_id'],
    description: 'Correlation id.',
    example: 'correlation:trace_1',
  },
  { key: 'region', aliases: [], description: 'Region that served the request.', example: 'region:eu-west-1' },
  { key: 'location', aliases: [], description: 'Where the request came from.', example: 'location:Berlin' },
  { key: 'country', aliases: [], description: 'Location or region.', example: 'country:"United States"' },
  {
    key: 'source',
    aliases: ['source.name'],
    description: 'Service that sent the entry.',
    example: 'source:billing',
  },
  { key: 'workspace', aliases: [], description: 'Id or name of the workspace.', example: 'workspace:Main' },
  { key: 'workspace.id', aliases: [], description: 'Id of the workspace.', example: 'workspace.id:ws_1' },
  {
    key: 'workspace.name',
    aliases: [],
    description: 'Name of the workspace.',
    example: 'workspace.name:Main',
  },
  {
    key: 'operation',
    aliases: ['operation.type', 'op', 'op.type'],
    description: 'Kind of API operation.',
    example: 'operation:mutation',
    values: OPERATION_TYPES,
  },
  {
    key: 'op.name',
    aliases: ['operation.name'],
    description: 'Name of the API operation.',
    example: 'op.name:CreateOrder',
  },
  {
    key: 'id',
    aliases: [],
    description: 'Id of the entry.',
    example: 'id:0190b7c2-7d1e-7f00-8000-000000000001',
  },
  {
    key: 'meta',
    aliases: ['metadata'],
    description: 'Metadata value at a dotted path or JSON pointer.',
    example: 'meta.order.total:42',
  },
  { key: 'has', aliases: [], description: 'The key has a value.', example: 'has:error' },
  {
    key: 'created',
    aliases: [],
    description:
      'When it was recorded: a day, month, year, moment, range, or how long ago at most. UTC unless it says otherwise.',
    example: 'created:2014-07-01..2014-07-31',
  },
  { key: 'since', aliases: [], description: 'Recorded then or later.', example: 'since:24h' },
  { key: 'until', aliases: [], description: 'Recorded then or earlier.', example: 'until:2014-07-31' },
] as const satisfies readonly SearchKey[]

export type SearchKeyName = (typeof SEARCH_KEYS)[number]['key']

const KEY_NAMES: ReadonlyMap<string, SearchKeyName> = new Map(
  SEARCH_KEYS.flatMap(({ key, aliases }) => [key, ...aliases].map((name) => [name, key] as const)),
)

/** Every spelling of every key. */
export const KEY_SPELLINGS: readonly string[] = [...KEY_NAMES.keys()]

/** The key of this spelling, in any letter case. */
export function findSearchKey(spelling: string): SearchKeyName | undefined {
  return KEY_NAMES.get(spelling.toLowerCase())
}
