import { AppError, type Entry, isWholeContent, matches } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { type RawQuery, readParameters, textParameter } from '../../http/parameters.js'
import { type Caller, type RouteContext, requireCaller, sendJson } from '../../http/route.js'
import type { ReadEntry } from '../../reading/reads.js'
import { EXPANDABLE, type Expand, toAuditLogEntry } from './entry-shape.js'
import { isUuid } from './list.js'

export const RETRIEVE_PARAMETERS = {
  'expand[]': textParameter(`what to add: ${EXPANDABLE.join(', ')}.`),
} as const

/** `GET /v1/audit_log_entries/{id}`. Another organization's entry and one that never was are the same 404. */
export function addRetrieve(server: FastifyInstance, context: RouteContext): void {
  server.get<{ Params: { id: string } }>('/v1/audit_log_entries/:id', async (request, reply) => {
    const caller = requireCaller(context, request, 'audit:read', 'audit:read:own')
    const values = readParameters(RETRIEVE_PARAMETERS, request.query as RawQuery)
    const expand = readExpand(values['expand[]'])
    const { id } = request.params
    const entry = isUuid(id) ? await context.reads.entry(caller.log, id) : undefined
    if (entry === undefined || !maySee(caller, entry)) {
      throw new AppError('not_found', {
        param: 'id',
        hint: 'There is no entry with this id in the log of this key.',
      })
    }
    return sendJson(reply, 200, JSON.stringify(toAuditLogEntry(entry, expand)))
  })
}

function maySee({ ownFilter }: Caller, entry: ReadEntry): boolean {
  if (ownFilter === undefined) return true
  return isWholeContent(entry) && matches(ownFilter, entry as Entry)
}

function readExpand(paths: readonly string[]): ReadonlySet<Expand> {
  for (const path of paths) {
    if (!EXPANDABLE.includes(path as Expand)) {
      throw new AppError('invalid_expand_unknown_field', {
        param: 'expand[]',
        hint: `"${path}" is none of ${EXPANDABLE.join(', ')}.`,
      })
    }
  }
  return new Set(paths as Expand[])
}
