import { AppError } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { isUuid, type RawQuery, readParameters } from '../../http/parameters.js'
import { maySee, type RouteContext, requireCaller, sendJson } from '../../http/route.js'

/** `GET /v1/audit_log_entries/{id}/disclosure`: what anybody needs to compute the entry's hash. It takes no parameters. */
export const DISCLOSURE_PARAMETERS = {} as const

/** Whoever may see an entry may see what it is hashed from; of what was erased that is the commitment alone. */
export function addDisclosure(server: FastifyInstance, context: RouteContext): void {
  server.get<{ Params: { id: string } }>('/v1/audit_log_entries/:id/disclosure', async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
    readParameters(DISCLOSURE_PARAMETERS, request.query as RawQuery)
    const id = request.params.id.toLowerCase()
    const entry = isUuid(id) ? await context.reads.entry(caller.log, id) : undefined
    const disclosure =
      entry !== undefined && maySee(caller, entry)
        ? await context.reads.disclosure(caller.log, id)
        : undefined
    if (disclosure === undefined)
      throw new AppError('not_found', { param: 'id', hint: 'There is no such entry in this log.' })
    return sendJson(reply, 200, disclosure)
  })
}
