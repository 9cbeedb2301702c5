import {
  AppError,
  CURSOR_REFUSALS,
  decodeCursor,
  encodeCursor,
  microsecondsOf,
  type Order,
  type PageQuery,
  type Position,
  type Selection,
} from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import {
  choiceParameter,
  integerParameter,
  type ParameterValues,
  type RawQuery,
  readParameters,
  single,
  textParameter,
} from '../../http/parameters.js'
import { type Caller, type RouteContext, requireCaller, sendJson } from '../../http/route.js'
import { SELECTION_PARAMETERS, toSelection } from '../../http/selection-parameters.js'
import type { EntryPage, ReadEntry } from '../../reading/reads.js'
import { EXPANDABLE, type Expand, toAuditLogEntry } from './entry-shape.js'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 200

export const LIST_PARAMETERS = {
  limit: integerParameter(`how many entries, 1 to ${LIMIT_MAX}.`, 1, LIMIT_MAX, LIMIT_DEFAULT),
  starting_after: textParameter('id of an entry: the page begins after it, in the order of the list.'),
  ending_before: textParameter('id of an entry: the page ends before it, in the order of the list.'),
  cursor: textParameter('next_cursor of the page before.'),
  order: choiceParameter('desc: newest first, which is the default; asc: oldest first.', ['asc', 'desc']),
  include_count: choiceParameter('true adds total_count.', ['true', 'false']),
  'expand[]': textParameter(
    `what to add to each entry: ${EXPANDABLE.map((path) => `data.${path}`).join(', ')}.`,
  ),
  ...SELECTION_PARAMETERS,
} as const
type ListValues = ParameterValues<typeof LIST_PARAMETERS>

/** `GET /v1/audit_log_entries`, newest first. */
export function addList(server: FastifyInstance, context: RouteContext): void {
  server.get('/v1/audit_log_entries', async (request, reply) => {
    const caller = requireCaller(context, request, 'audit:read', 'audit:read:own')
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'page' })
    const values = readParameters(LIST_PARAMETERS, request.query as RawQuery)
    const expand = readExpand(values['expand[]'])
    const { query, backwards } = await toPageQuery(context, caller, values)
    const page = await context.reads.page(query)
    const total =
      single('include_count', values.include_count) === 'true' ? await context.reads.count(query) : undefined
    stopTimer()
    const entries = backwards ? page.entries.toReversed() : page.entries
    return sendJson(
      reply,
      200,
      JSON.stringify(toList(page, entries, query, request.url, expand, total?.count)),
    )
  })
}

function toList(
  page: EntryPage,
  entries: readonly ReadEntry[],
  query: PageQuery,
  url: string,
  expand: ReadonlySet<Expand>,
  totalCount: number | undefined,
): Readonly<Record<string, unknown>> {
  const last = entries.at(-1)
  return {
    object: 'list',
    data: entries.map((entry) => toAuditLogEntry(entry, expand)),
    has_more: page.hasMore,
    next_cursor: page.hasMore && last !== undefined ? encodeCursor(placeOf(last), query) : null,
    ...(totalCount === undefined ? {} : { total_count: totalCount }),
    url,
    complete_through_seq: page.completeThroughSeq,
    ...(page.complete ? {} : { partial: true }),
    ...(page.coveredFromSeq === undefined ? {} : { covered_from_seq: page.coveredFromSeq }),
  }
}

async function toPageQuery(
  context: RouteContext,
  caller: Caller,
  values: ListValues,
): Promise<{ query: PageQuery; backwards: boolean }> {
  const selection = toSelection(caller, values)
  const order: Order = single('order', values.order) === 'asc' ? 'oldest_first' : 'newest_first'
  const limit = single('limit', values.limit) ?? LIMIT_DEFAULT
  const startingAfter = single('starting_after', values.starting_after)
  const endingBefore = single('ending_before', values.ending_before)
  const cursor = single('cursor', values.cursor)
  if ([startingAfter, endingBefore, cursor].filter((value) => value !== undefined).length > 1) {
    throw new AppError('invalid_request', {
      param: 'cursor',
      hint: 'Give one of "cursor", "starting_after" and "ending_before".',
    })
  }
  if (endingBefore !== undefined) {
    const opposite: Order = order === 'newest_first' ? 'oldest_first' : 'newest_first'
    const after = await placeOfId(context, caller, 'ending_before', endingBefore)
    return { query: { ...selection, order: opposite, limit, after }, backwards: true }
  }
  const after =
    startingAfter !== undefined
      ? await placeOfId(context, caller, 'starting_after', startingAfter)
      : cursor !== undefined
        ? placeOfCursor(cursor, selection, order)
        : undefined
  return {
    query: { ...selection, order, limit, ...(after === undefined ? {} : { after }) },
    backwards: false,
  }
}

async function placeOfId(
  { reads }: RouteContext,
  { log }: Caller,
  param: string,
  id: string,
): Promise<Position> {
  const entry = isUuid(id) ? await reads.entry(log, id) : undefined
  if (entry === undefined)
    throw new AppError('invalid_request', { param, hint: `There is no entry "${id}" to go on from.` })
  return placeOf(entry)
}

function placeOfCursor(cursor: string, selection: Selection, order: Order): Position {
  const decoded = decodeCursor(cursor, { ...selection, order })
  if (!decoded.ok)
    throw new AppError('invalid_cursor', { param: 'cursor', hint: CURSOR_REFUSALS[decoded.reason] })
  return decoded.after
}

function placeOf({ recorded_at, seq }: ReadEntry): Position {
  return { recorded_at: microsecondsOf(recorded_at), seq }
}

/** On lists every path needs the `data.` prefix, as everywhere in this API. */
function readExpand(paths: readonly string[]): ReadonlySet<Expand> {
  const valid = EXPANDABLE.map((path) => `data.${path}`)
  const expand = new Set<Expand>()
  for (const path of paths) {
    if (EXPANDABLE.includes(path as Expand)) {
      throw new AppError('invalid_expand_list_requires_data_prefix', {
        param: 'expand[]',
        hint: `Write data.${path}.`,
      })
    }
    if (!valid.includes(path)) {
      throw new AppError('invalid_expand_unknown_field', {
        param: 'expand[]',
        hint: `"${path}" is none of ${valid.join(', ')}.`,
      })
    }
    expand.add(path.slice('data.'.length) as Expand)
  }
  return expand
}

/** Ids in the API are lower-case UUIDs; anything else cannot be an entry. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}
