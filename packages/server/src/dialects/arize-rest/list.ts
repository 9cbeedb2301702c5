import { AppError, encodeCursor, type Filter, type PageQuery } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { readGlobalId } from '../../http/global-id.js'
import { readIsoTime } from '../../http/iso-time.js'
import { objectJson } from '../../http/object-json.js'
import { placeOfCursor, requireComplete } from '../../http/paging.js'
import {
  choiceParameter,
  integerParameter,
  type Parameter,
  type ParameterValues,
  type RawQuery,
  readParameters,
  single,
  textParameter,
} from '../../http/parameters.js'
import { type Caller, type DialectContext, requireCaller, sendJson } from '../../http/route.js'
import { allOf } from '../../http/selection-parameters.js'
import type { ItemPage } from '../../reading/reads.js'
import { ARIZE_OPERATION_TYPES, AUTHENTICATED_ACTIONS, ofOperationType } from './authenticated-actions.js'
import { LOG_ITEMS } from './log-items.js'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 100
const MILLISECOND_US = 1_000
const DEFAULT_WINDOW_US = 30 * 24 * 3_600 * 1_000_000

/** Cut to milliseconds, for that is what `created_at` shows: a time taken from an answer finds its entry again. */
const TIME: Parameter<number> = {
  schema: { type: 'string', format: 'date-time' },
  description:
    'an ISO 8601 time such as 2026-05-01T00:00:00Z, inclusive, held against created_at in milliseconds; UTC unless it has an offset.',
  read: (text) => {
    const us = readIsoTime(text)
    if (us === undefined) return undefined
    return Math.max(Number.MIN_SAFE_INTEGER, Math.floor(us / MILLISECOND_US) * MILLISECOND_US)
  },
}

const USER_ID: Parameter<string> = {
  schema: { type: 'string', format: 'byte' },
  description: 'a user_id of an answer: base64 of "User:" and the id; in a URL, write its + as %2B.',
  read: (text) => readGlobalId('User', text),
}

export const LIST_PARAMETERS = {
  start_time: TIME,
  end_time: TIME,
  user_id: USER_ID,
  operation_type: choiceParameter(`one of ${ARIZE_OPERATION_TYPES.join(', ')}.`, ARIZE_OPERATION_TYPES),
  limit: integerParameter(`how many entries, 1 to ${LIMIT_MAX}.`, 1, LIMIT_MAX, LIMIT_DEFAULT),
  cursor: textParameter('pagination.next_cursor of the page before.'),
} as const
type ListValues = ParameterValues<typeof LIST_PARAMETERS>

/** The vendor's specification leaves the cursor of the last page out; tests of its clients send null. */
export const NEXT_CURSOR_AT_END = {
  values: ['omitted', 'null'],
  description: '`pagination.next_cursor` of the last page: left out, or null.',
} as const

/** `GET /v2/audit-logs`, newest first. */
export function addList(server: FastifyInstance, context: DialectContext): void {
  server.get('/v2/audit-logs', async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read')
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'page' })
    const values = readParameters(LIST_PARAMETERS, request.query as RawQuery)
    const query = toPageQuery(caller, values, Date.now() * 1_000)
    const page = await context.reads.itemPage(query, { encoder: LOG_ITEMS, reversed: false })
    // The vendor's shape has no place to say what a page misses, and its clients refuse any other key.
    requireComplete(page)
    stopTimer()
    const pagination = toPagination(page, query, context.switchOf('next_cursor_at_end') === 'null')
    return sendJson(reply, 200, objectJson({ logs: page.items, pagination }))
  })
}

function toPagination({ hasMore, last }: ItemPage, query: PageQuery, nullAtEnd: boolean): object {
  if (!hasMore || last === undefined) {
    return nullAtEnd ? { next_cursor: null, has_more: false } : { has_more: false }
  }
  return { next_cursor: encodeCursor(last, query), has_more: true }
}

function toPageQuery({ log }: Caller, values: ListValues, nowUs: number): PageQuery {
  const end = single('end_time', values.end_time)
  const start = single('start_time', values.start_time)
  if (start !== undefined && end !== undefined && start > end) {
    throw new AppError('invalid_request', {
      param: 'start_time',
      hint: '"start_time" is after "end_time".',
    })
  }
  const filter = toFilter(values)
  const scope = { log, order: 'newest_first', filter } as const
  const cursor = single('cursor', values.cursor)
  return {
    ...scope,
    from: start ?? Math.max(Number.MIN_SAFE_INTEGER, (end ?? nowUs) - DEFAULT_WINDOW_US),
    // Without `end_time` there is no bound: after the clock was set back, the newest entries are a little ahead of it.
    ...(end === undefined ? {} : { to: Math.min(Number.MAX_SAFE_INTEGER, end + MILLISECOND_US - 1) }),
    limit: single('limit', values.limit) ?? LIMIT_DEFAULT,
    ...(cursor === undefined ? {} : { after: placeOfCursor('cursor', cursor, scope) }),
  }
}

function toFilter(values: ListValues): Filter {
  const userId = single('user_id', values.user_id)
  const operationType = single('operation_type', values.operation_type)
  const filter = allOf([
    AUTHENTICATED_ACTIONS,
    ...(userId === undefined ? [] : [{ op: 'equals', field: 'actor.id', values: [userId] } as const]),
    ...(operationType === undefined ? [] : [ofOperationType(operationType)]),
  ])
  return filter ?? AUTHENTICATED_ACTIONS
}
