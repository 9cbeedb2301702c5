import {
  AppError,
  checkFilter,
  type Filter,
  type ListField,
  OUTCOMES,
  parseRfc3339,
  readSearch,
  SEVERITIES,
  type SearchSelection,
  type Selection,
  type StringField,
} from '@counterfoil/core'
import { choiceParameter, type Parameter, type ParameterValues, single, textParameter } from './parameters.js'
import type { Caller } from './route.js'

const FIELD_PARAMETERS = {
  action: 'action',
  category: 'category',
  error_code: 'error_code',
  actor_type: 'actor.type',
  actor_id: 'actor.id',
  actor_label: 'actor.label',
  actor_name: 'actor.name',
  actor_email: 'actor.email',
  resource_type: 'resource.type',
  resource_id: 'resource.id',
  resource_label: 'resource.label',
  target_type: 'target.type',
  target_id: 'target.id',
  on_behalf_of: 'on_behalf_of.id',
  session_id: 'session_id',
  request_id: 'request_id',
  correlation_id: 'correlation_id',
  user_agent: 'user_agent',
  region: 'region',
  location: 'location',
  source: 'source.name',
  workspace_id: 'workspace.id',
  workspace_name: 'workspace.name',
  operation_type: 'operation.type',
  operation_name: 'operation.name',
} as const satisfies Record<string, StringField | ListField>
type FieldParameter = keyof typeof FIELD_PARAMETERS

/** A time, held against when an entry was recorded. */
export const TIME_PARAMETER: Parameter<number> = {
  schema: { type: 'string', format: 'date-time' },
  description: 'an RFC 3339 time such as 2026-11-21T02:00:00Z, inclusive, held against created_at.',
  read: (text) => parseRfc3339(text)?.epochMicroseconds,
}

const fieldParameters = Object.fromEntries(
  Object.entries(FIELD_PARAMETERS).map(([name, field]) => [
    name,
    textParameter(
      `exact ${field}; repeat for any of several${name === 'action' ? '; `order.*` is every action that begins with `order.`' : ''}.`,
    ),
  ]),
) as Record<FieldParameter, Parameter<string>>

/** Parameters that select entries; lists, histograms and facets share them. */
export const SELECTION_PARAMETERS = {
  from_date: TIME_PARAMETER,
  to_date: TIME_PARAMETER,
  ...fieldParameters,
  severity: choiceParameter('exact severity; repeat for any of several.', SEVERITIES),
  min_severity: choiceParameter('this severity or a higher one.', SEVERITIES),
  outcome: choiceParameter('exact outcome; repeat for any of several.', OUTCOMES),
  ip_address: textParameter('an address, or a block such as 10.0.0.0/8; repeat for any of several.'),
  metadata: textParameter(
    '`<path>=<value>`: the scalar at this JSON pointer in metadata, such as `/order/id=42`; without `=` it need only be there.',
  ),
  search: textParameter('free text: some value of the entry contains it, whatever its case.'),
  q: textParameter('the same as `search`.'),
  query: textParameter(
    'search text with keys, such as `actor:ada action:order -outcome:success since:24h refund`.',
  ),
} as const
export type SelectionValues = ParameterValues<typeof SELECTION_PARAMETERS>

/** What selects everything; for APIs that have some of the parameters under names of their own. */
export const NO_SELECTION = Object.fromEntries(
  Object.keys(SELECTION_PARAMETERS).map((name) => [name, []]),
) as unknown as SelectionValues

/** The selection that a caller's parameters mean. Throws `invalid_request` that names the parameter. */
export function toSelection(caller: Caller, values: SelectionValues): Selection {
  const from = single('from_date', values.from_date)
  const to = single('to_date', values.to_date)
  return combineSelections(
    caller,
    [
      timeRange(from, to),
      ...toFilters(values).map((filter) => ({ filter })),
      ...values.query.map((text) => readSearch(text, Date.now() * 1_000)),
    ],
    ['from_date', 'to_date'],
  )
}

/** Bounds that were given; null is none, as it is in GraphQL. */
export function timeRange(
  from: number | null | undefined,
  to: number | null | undefined,
): Pick<Selection, 'from' | 'to'> {
  return { ...(typeof from === 'number' ? { from } : {}), ...(typeof to === 'number' ? { to } : {}) }
}

/**
 * What the caller may see of what all of `parts` select. Throws `invalid_request` for times in the wrong order, which
 * `timeNames` names, and for a filter past the limits.
 */
export function combineSelections(
  { log, ownFilter }: Caller,
  parts: readonly SearchSelection[],
  [fromName, toName]: readonly [from: string, to: string] = ['from', 'to'],
): Selection {
  const from = latest(parts.map((part) => part.from))
  const to = earliest(parts.map((part) => part.to))
  if (from !== undefined && to !== undefined && from > to) {
    throw new AppError('invalid_request', { param: fromName, hint: `"${fromName}" is after "${toName}".` })
  }
  const filter = allOf([
    ...(ownFilter === undefined ? [] : [ownFilter]),
    ...parts.flatMap((part) => part.filter ?? []),
  ])
  return {
    log,
    ...timeRange(from, to),
    ...(filter === undefined ? {} : { filter }),
  }
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const given = times.filter((time) => time !== undefined)
  return given.length === 0 ? undefined : Math.max(...given)
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const given = times.filter((time) => time !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

/** One filter that holds when all do; undefined for none. Throws `invalid_request` for one past the limits. */
export function allOf(filters: readonly Filter[]): Filter | undefined {
  const filter: Filter | undefined = filters.length > 1 ? { op: 'and', filters } : filters[0]
  const problem = filter === undefined ? undefined : checkFilter(filter)[0]
  if (problem !== undefined)
    throw new AppError('invalid_request', { param: problem.param, hint: problem.message })
  return filter
}

function toFilters(values: SelectionValues): Filter[] {
  const filters: Filter[] = []
  for (const [name, field] of Object.entries(FIELD_PARAMETERS) as [
    FieldParameter,
    StringField | ListField,
  ][]) {
    if (values[name].length > 0)
      filters.push(anyOf(values[name].map((value) => fieldFilter(name, field, value))))
  }
  if (values.severity.length > 0) filters.push({ op: 'equals', field: 'severity', values: values.severity })
  if (values.outcome.length > 0) filters.push({ op: 'equals', field: 'outcome', values: values.outcome })
  const least = single('min_severity', values.min_severity)
  if (least !== undefined) filters.push({ op: 'severity_at_least', severity: least })
  if (values.ip_address.length > 0) filters.push(anyOf(values.ip_address.map(addressFilter)))
  filters.push(...values.metadata.map(metadataFilter))
  for (const needle of [...values.search, ...values.q])
    if (needle !== '') filters.push({ op: 'text', needle })
  return filters
}

function fieldFilter(name: FieldParameter, field: StringField | ListField, value: string): Filter {
  if (name === 'action' && value.endsWith('*'))
    return { op: 'prefix', field: 'action', prefix: value.slice(0, -1) }
  return { op: 'equals', field, values: [value] }
}

function addressFilter(text: string): Filter {
  // A single address as a block of one, so that every spelling of an address finds it.
  return { op: 'cidr', block: text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}` }
}

function metadataFilter(text: string): Filter {
  const split = text.indexOf('=')
  if (split < 0) return { op: 'metadata_present', path: text }
  return { op: 'metadata_equals', path: text.slice(0, split), values: [text.slice(split + 1)] }
}

/** One filter that holds when any of these does; there must be one at least. */
export function anyOf(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? (filters[0] as Filter) : { op: 'or', filters }
}
