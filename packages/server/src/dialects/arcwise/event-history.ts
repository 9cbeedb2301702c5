import { PAGE_LIMIT_MAX, type PageQuery, type Selection } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { readIsoTime } from '../../http/iso-time.js'
import type { OwnActionNames } from '../../http/own-action-names.js'
import { requireComplete } from '../../http/paging.js'
import {
  integerParameter,
  type Parameter,
  type ParameterValues,
  type RawQuery,
  readParameters,
  single,
} from '../../http/parameters.js'
import { type Caller, type DialectContext, sendJson } from '../../http/route.js'
import { combineSelections, timeRange } from '../../http/selection-parameters.js'
import type { ItemText } from '../../reading/reads.js'
import { requireArcwiseCaller } from './bearer-spelling.js'
import { eventItems } from './event-items.js'
import type { EventNames, RoleEventName } from './event-shape.js'

const LIMIT_DEFAULT = 1_000
/** Ours; the vendor names none. Ten of the largest pages that a read gives. */
const LIMIT_MAX = 10_000
const SECOND_US = 1_000_000

const TIME: Parameter<number> = {
  schema: { type: 'string' },
  description:
    'a UNIX timestamp in seconds (1700000000 or 1700000000.25, never milliseconds) or an ISO date or date-time (UTC unless it has an offset), inclusive.',
  read: (text) => readUnixSeconds(text) ?? readIsoTime(text),
}

export const EVENT_HISTORY_PARAMETERS = {
  from_timestamp: TIME,
  to_timestamp: TIME,
  limit: integerParameter(`how many events, 1 to ${LIMIT_MAX}.`, 1, LIMIT_MAX, LIMIT_DEFAULT),
} as const
type EventHistoryValues = ParameterValues<typeof EVENT_HISTORY_PARAMETERS>

/** `GET /api/event_history`: a bare array, newest first. */
export function addEventHistory(server: FastifyInstance, context: DialectContext): void {
  server.get('/api/event_history', async (request, reply) => {
    const caller = await requireArcwiseCaller(context, request)
    const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'page' })
    const values = readParameters(EVENT_HISTORY_PARAMETERS, request.query as RawQuery)
    const selection = toSelection(caller, values)
    const limit = single('limit', values.limit) ?? LIMIT_DEFAULT
    const names: EventNames = {
      roleEventName: context.switchOf('role_event_name') as RoleEventName,
      ownActionNames: context.switchOf('own_action_names') as OwnActionNames,
    }
    const pages = await newestEvents(context, selection, { limit, names })
    stopTimer()
    return sendJson(reply, 200, `[${pages.map((items) => items.take()).join(',')}]`)
  })
}

/** The newest `limit` events, a page at a time. Throws `index_unavailable` rather than leave one out unsaid. */
async function newestEvents(
  { reads }: DialectContext,
  selection: Selection,
  { limit, names }: { readonly limit: number; readonly names: EventNames },
): Promise<readonly ItemText[]> {
  let query: PageQuery = { ...selection, order: 'newest_first', limit: Math.min(limit, PAGE_LIMIT_MAX) }
  const pages: ItemText[] = []
  for (let left = limit; left > 0; ) {
    const page = await reads.itemPage(query, { encoder: eventItems(names), reversed: false })
    // A bare array has no place to say what it misses.
    requireComplete(page)
    if (page.count > 0) pages.push(page.items)
    left -= page.count
    if (!page.hasMore || page.last === undefined) break
    query = { ...query, limit: Math.min(left, PAGE_LIMIT_MAX), after: page.last }
  }
  return pages
}

function toSelection(caller: Caller, values: EventHistoryValues): Selection {
  const from = single('from_timestamp', values.from_timestamp)
  const written = single('to_timestamp', values.to_timestamp)
  const to = written === undefined ? undefined : throughItsSecond(written)
  return combineSelections(caller, [timeRange(from, to)], ['from_timestamp', 'to_timestamp'])
}

/**
 * Answers show whole seconds. A client that goes on from the oldest one it was shown must find all of that second, so
 * a bound without a fraction includes it up to its last microsecond.
 */
function throughItsSecond(us: number): number {
  return us % SECOND_US === 0 ? Math.min(Number.MAX_SAFE_INTEGER, us + SECOND_US - 1) : us
}

/**
 * Eleven digits would be a year past 5138, so they are milliseconds by mistake: taken as seconds they would select
 * everything or nothing, silently.
 */
function readUnixSeconds(text: string): number | undefined {
  const match = /^(-?)(\d{1,10})(?:\.(\d{1,9}))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, seconds, fraction = ''] = match
  const us = Number(seconds) * SECOND_US + Number(fraction.slice(0, 6).padEnd(6, '0'))
  return Math.min(Number.MAX_SAFE_INTEGER, sign === '-' ? 0 - us : us)
}
