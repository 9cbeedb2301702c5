import { type Entry, type Filter, formatMicroseconds, printSearch } from '@counterfoil/core'
import { toInput } from '../../../packages/server/dist/dialects/native-graphql/testing/to-input.js'
import { AUTHENTICATED, filterOf, type Question, type Term, UNAUTHENTICATED } from './questions.js'
import { arcwiseEvent, arizeConnection, isInArizeList, type Shown } from './shown.js'
import {
  type Client,
  type Parameters,
  readParadime,
  readWherobotsExport,
  type Whole,
  walkArcus,
  walkArcwise,
  walkArizeGraphQl,
  walkArizeRest,
  walkNative,
  walkWherobots,
} from './walks.js'

/** A dialect as one that answers questions, or says nothing to those that it has no words for. */
export interface Speaker {
  readonly name: string
  /** Whether the entry is in this dialect's lists at all. */
  readonly has: (entry: Entry) => boolean
  /** What tells an entry from others, of an entry and of what is shown of it. */
  readonly keyOf: (entry: Entry) => string
  readonly keyOfShown: (shown: Shown) => string
  /** The way to ask; undefined where the dialect cannot say the question. */
  readonly phrase: (question: Question) => ((client: Client) => Promise<Whole>) | undefined
}

const all = () => true
const bySeq = {
  keyOf: ({ seq }: Entry) => String(seq),
  keyOfShown: ({ seq }: Shown) => String(seq),
}
const byArizeId = {
  keyOf: ({ seq }: Entry) => `AuditLog:${seq + 1}`,
  keyOfShown: ({ id }: Shown) => Buffer.from(String(id), 'base64').toString(),
}
const byEventId = {
  keyOf: ({ id }: Entry) => id,
  keyOfShown: (shown: Shown) => String(shown.event_id),
}

/** The parameters of a term; undefined where there are none that mean it. */
type ToParameters = (term: Term) => Parameters | undefined

/** A speaker's parameters: of the times, by these names, and of every term. */
function parametersOf(
  { times, terms }: Question,
  [fromName, toName]: readonly [string, string],
  toParameters: ToParameters,
  toTime: (us: number) => string = formatMicroseconds,
): Parameters | undefined {
  const parts = terms.map(toParameters)
  if (parts.some((part) => part === undefined)) return undefined
  return [
    ...(times.from === undefined ? [] : [[fromName, toTime(times.from)] as const]),
    ...(times.to === undefined ? [] : [[toName, toTime(times.to)] as const]),
    ...parts.flatMap((part) => part ?? []),
  ]
}

/** A parameter whose values are alternatives must not come twice: two terms would become one. */
function withoutRepeats(question: Question, parameters: Parameters | undefined): Parameters | undefined {
  const fields = question.terms.map(({ filter }) => ('field' in filter ? filter.field : filter.op))
  return new Set(fields).size === fields.length ? parameters : undefined
}

const ARCUS_NAMES: Readonly<Record<string, string>> = {
  action: 'action',
  category: 'category',
  severity: 'severity',
  outcome: 'outcome',
  'actor.type': 'actor_type',
  'actor.id': 'actor_id',
  'actor.email': 'actor_email',
  'resource.type': 'resource_type',
  'resource.id': 'resource_id',
  'source.name': 'source',
  'workspace.id': 'workspace_id',
  'operation.type': 'operation_type',
}

function equalsParameters(filter: Filter, names: Readonly<Record<string, string>>): Parameters | undefined {
  if (filter.op !== 'equals') return undefined
  const name = names[filter.field]
  // A star at the end of an action means a prefix.
  if (name === undefined || (name === 'action' && filter.values.some((value) => value.endsWith('*')))) {
    return undefined
  }
  return filter.values.map((value) => [name, value] as const)
}

function arcusParameters({ filter, shownText }: Term): Parameters | undefined {
  if (shownText !== undefined) return [['query', printSearch({ filter })]]
  switch (filter.op) {
    case 'prefix':
      return [['action', `${filter.prefix}*`]]
    case 'severity_at_least':
      return [['min_severity', filter.severity]]
    case 'cidr':
      return [['ip_address', filter.block]]
    case 'text':
      return [['search', filter.needle]]
    default:
      return equalsParameters(filter, ARCUS_NAMES)
  }
}

const ACTIVITY_NAMES: Readonly<Record<string, string>> = {
  action: 'action',
  'actor.id': 'actor_id',
  'resource.type': 'resource_type',
  'resource.id': 'resource_id',
}

function activityParameters({ filter, shownText }: Term): Parameters | undefined {
  if (shownText !== undefined) return undefined
  if (filter.op === 'text') return [['search', filter.needle]]
  if (filter.op === 'prefix') return [['action', `${filter.prefix}*`]]
  if (filter.op !== 'equals' || filter.field !== 'actor.type') return equalsParameters(filter, ACTIVITY_NAMES)
  const [type = '', ...others] = filter.values
  // `user` and `system` stand for all that are shown with them.
  const isWhole = { user: 1, system: 2 }[type] === others.length
  const isOne = others.length === 0 && type !== 'user' && type !== 'system'
  return isWhole || isOne ? [['actor_type', type]] : undefined
}

/** The path of one resource's activity, and the terms that are left. */
function resourcePath({ terms }: Question): { path: string; rest: readonly Term[] } | undefined {
  const onlyValues = (field: string) =>
    terms.flatMap(({ filter }) =>
      filter.op === 'equals' && filter.field === field && filter.values.length === 1 ? filter.values : [],
    )
  const [types, ids] = [onlyValues('resource.type'), onlyValues('resource.id')]
  const [type, id] = [types[0] ?? '', ids[0] ?? '']
  if (types.length !== 1 || ids.length !== 1 || type === '' || id === '') return undefined
  const rest = terms.filter(
    ({ filter }) => !('field' in filter) || !String(filter.field).startsWith('resource.'),
  )
  if (rest.length !== terms.length - 2) return undefined
  return { path: `/v1/resources/${encodeURIComponent(type)}/${encodeURIComponent(id)}/activity`, rest }
}

function arizeParameters({ filter }: Term): Parameters | undefined {
  if (filter.op !== 'equals' || filter.values.length > 2) return undefined
  if (filter.field === 'actor.id' && filter.values.length === 1)
    return [['user_id', Buffer.from(`User:${filter.values[0]}`).toString('base64')]]
  if (filter.field !== 'operation.type') return undefined
  const type = { query: 'QUERY', subscription: 'SUBSCRIPTION', 'mutation,': 'MUTATION' }[filter.values.join()]
  return type === undefined ? undefined : [['operation_type', type]]
}

/** The connections that hold a question's entries; all of them when it has no terms. */
function connectionsOf({ terms }: Question): readonly string[] | undefined {
  if (terms.length === 0) return ['unauthenticatedAuditLogs', 'authenticatedAuditLogs', 'exporterAuditLogs']
  const [term] = terms
  if (term === undefined || terms.length > 1) return undefined
  const { filter } = term
  if (filter === AUTHENTICATED) return ['authenticatedAuditLogs']
  if (filter === UNAUTHENTICATED) return ['unauthenticatedAuditLogs']
  if (filter.op !== 'equals' || filter.field !== 'category' || filter.values.length !== 1) return undefined
  return filter.values[0] === 'export' ? ['exporterAuditLogs'] : undefined
}

function isoTimes({ times: { from, to } }: Question): Readonly<Record<string, string>> {
  return {
    ...(from === undefined ? {} : { from: formatMicroseconds(from) }),
    ...(to === undefined ? {} : { to: formatMicroseconds(to) }),
  }
}

const noTerms: ToParameters = () => undefined
const SECOND_US = 1_000_000
const MILLISECOND_US = 1_000

/** Seconds with a fraction, as UNIX time. */
const unixSeconds = (us: number) => (us / SECOND_US).toFixed(6)

/** Times that mean the same when they are cut to milliseconds: from the first microsecond of one, to the last. */
function isInMilliseconds({ times: { from, to } }: Question): boolean {
  return (from ?? 0) % MILLISECOND_US === 0 && ((to ?? -1) + 1) % MILLISECOND_US === 0
}

export const SPEAKERS: readonly Speaker[] = [
  {
    name: 'arcus',
    has: all,
    ...bySeq,
    phrase: (question) => {
      const parameters = parametersOf(question, ['from_date', 'to_date'], arcusParameters)
      const asked = withoutRepeats(question, parameters)
      return asked && ((client) => walkArcus(client, asked))
    },
  },
  {
    name: 'arcus activity',
    has: all,
    keyOf: ({ id }) => `act_${id.replaceAll('-', '')}`,
    keyOfShown: ({ id }) => String(id),
    phrase: (question) => {
      const resource = resourcePath(question)
      const asked = withoutRepeats(
        question,
        parametersOf(
          { ...question, terms: resource?.rest ?? question.terms },
          ['created_after', 'created_before'],
          activityParameters,
        ),
      )
      return asked && ((client) => walkArcus(client, asked, resource?.path ?? '/v1/activity'))
    },
  },
  {
    name: 'arcwise',
    has: all,
    keyOf: (entry) => JSON.stringify(arcwiseEvent(entry)),
    keyOfShown: (shown) => JSON.stringify(shown),
    phrase: (question) => {
      // A whole second at the end means all of it.
      if (question.times.to !== undefined && question.times.to % SECOND_US === 0) return undefined
      const asked = parametersOf(question, ['from_timestamp', 'to_timestamp'], noTerms, unixSeconds)
      return asked && ((client) => walkArcwise(client, asked))
    },
  },
  {
    name: 'arize-rest',
    has: isInArizeList,
    ...byArizeId,
    phrase: (question) => {
      const asked = withoutRepeats(
        question,
        parametersOf(question, ['start_time', 'end_time'], arizeParameters),
      )
      return asked && isInMilliseconds(question) ? (client) => walkArizeRest(client, asked) : undefined
    },
  },
  ...(['pages', 'export'] as const).map(
    (way): Speaker => ({
      name: `wherobots, ${way}`,
      has: all,
      ...byEventId,
      phrase: (question) => {
        if (question.terms.length > 1) return undefined
        const asked = parametersOf(question, ['startTime', 'endTime'], ({ shownText }) =>
          shownText === undefined ? undefined : [['searchTerm', shownText]],
        )
        const read = way === 'pages' ? walkWherobots : readWherobotsExport
        return asked && ((client) => read(client, asked))
      },
    }),
  ),
  {
    name: 'paradime',
    has: all,
    keyOf: ({ seq }) => String(seq + 1),
    keyOfShown: ({ id }) => String(id),
    phrase: (question) =>
      question.terms.length > 0 ? undefined : (client) => readParadime(client, isoTimes(question), 'id'),
  },
  {
    name: 'arize-graphql',
    has: (entry) => arizeConnection(entry) !== undefined,
    ...byArizeId,
    phrase: (question) => {
      const connections = connectionsOf(question)
      if (connections === undefined) return undefined
      return async (client) => {
        const read = (name: string) => walkArizeGraphQl(client, name, isoTimes(question), 'id', 300)
        const lists = await Promise.all(connections.map(read))
        return { shown: newestFirst(lists.flatMap(({ shown }) => shown)) }
      }
    },
  },
  {
    name: 'native-graphql, filter',
    has: all,
    ...bySeq,
    phrase: (question) => {
      const filter = filterOf(question)
      const selected = filter === undefined ? {} : { filter: toInput(filter) }
      return (client) => walkNative(client, { ...isoTimes(question), ...selected }, 'seq', 1_000)
    },
  },
  {
    name: 'native-graphql, search text',
    has: all,
    ...bySeq,
    phrase: (question) => {
      const filter = filterOf(question)
      if (filter === undefined) return undefined
      return (client) =>
        walkNative(client, { ...isoTimes(question), query: printSearch({ filter }) }, 'seq', 1_000)
    },
  },
]

/** Several lists as one: the numbers in the ids fall with time. */
function newestFirst(shown: readonly Shown[]): readonly Shown[] {
  const numberOf = (one: Shown) => Number(byArizeId.keyOfShown(one).split(':')[1])
  return shown.toSorted((a, b) => numberOf(b) - numberOf(a))
}
