import { AppError } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type RawQuery, readParameters, single } from '../../http/parameters.js'
import { type Caller, type RouteContext, sendJson } from '../../http/route.js'
import { NO_SELECTION, type SelectionValues, toSelection } from '../../http/selection-parameters.js'
import { toActivityEvent } from './activity-mapping.js'
import { pathsOf, requireEntityCaller } from './entity.js'
import { ACTIVITY_ACTOR_TYPE, unfolded } from './enums.js'
import { entryNotFound } from './errors.js'
import { ACTIVITY_ITEMS } from './list-items.js'
import { findEntry, isBackwards, toEnvelope, toPageQuery } from './paging.js'
import { ACTIVITY_LIMIT_DEFAULT, ACTIVITY_PARAMETERS, RESOURCE_ACTIVITY_PARAMETERS } from './schema.js'

/** The activity API: the same entries under another contract, newest first. */
export function addActivity(server: FastifyInstance, context: RouteContext): void {
  for (const path of pathsOf('/activity')) {
    server.get(path, async (request, reply) => {
      const caller = await requireEntityCaller(context, request, 'audit:read', 'audit:read:own')
      const values = readParameters(ACTIVITY_PARAMETERS, request.query as RawQuery)
      const { resource_type, resource_id } = values
      return sendActivity(context, caller, request, reply, { ...values, resource_type, resource_id })
    })
  }
  for (const path of pathsOf('/activity/:id')) {
    server.get<{ Params: { id: string } }>(path, async (request, reply) => {
      const caller = await requireEntityCaller(context, request, 'audit:read', 'audit:read:own')
      readParameters({}, request.query as RawQuery)
      const entry = await findEntry(context, caller, request.params.id)
      if (entry === undefined) throw entryNotFound()
      return sendJson(reply, 200, JSON.stringify(toActivityEvent(entry)))
    })
  }
  for (const path of pathsOf('/resources/:type/:id/activity')) {
    server.get<{ Params: { type: string; id: string } }>(path, async (request, reply) => {
      const caller = await requireEntityCaller(context, request, 'audit:read', 'audit:read:own')
      const values = readParameters(RESOURCE_ACTIVITY_PARAMETERS, request.query as RawQuery)
      const { type, id } = request.params
      return sendActivity(context, caller, request, reply, {
        ...values,
        resource_type: [type],
        resource_id: [id],
      })
    })
  }
}

type ActivityValues = Pick<SelectionValues, 'action' | 'actor_id' | 'search' | 'q'> &
  Pick<SelectionValues, 'resource_type' | 'resource_id'> &
  Readonly<
    Record<'limit' | 'created_after' | 'created_before', readonly number[]> &
      Record<'starting_after' | 'cursor' | 'actor_type', readonly string[]>
  >

async function sendActivity(
  context: RouteContext,
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
  values: ActivityValues,
): Promise<FastifyReply> {
  const from = single('created_after', values.created_after)
  const to = single('created_before', values.created_before)
  if (from !== undefined && to !== undefined && from > to) {
    throw new AppError('invalid_request', {
      param: 'created_after',
      hint: '"created_after" is after "created_before".',
    })
  }
  const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'page' })
  const selection = toSelection(caller, {
    ...NO_SELECTION,
    from_date: values.created_after,
    to_date: values.created_before,
    action: values.action,
    actor_type: unfolded(ACTIVITY_ACTOR_TYPE, values.actor_type),
    actor_id: values.actor_id,
    resource_type: values.resource_type,
    resource_id: values.resource_id,
    search: values.search,
    q: values.q,
  })
  const bounded = await toPageQuery(context, caller, selection, {
    order: 'newest_first',
    limit: single('limit', values.limit) ?? ACTIVITY_LIMIT_DEFAULT,
    startingAfter: single('starting_after', values.starting_after),
    endingBefore: undefined,
    cursor: single('cursor', values.cursor),
  })
  const page = await context.reads.itemPage(bounded.query, {
    encoder: ACTIVITY_ITEMS,
    reversed: isBackwards(bounded),
  })
  stopTimer()
  return sendJson(reply, 200, toEnvelope(page, bounded, request.url))
}
