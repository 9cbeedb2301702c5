import { AppError, formatTlogProof } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { isUuid, type RawQuery, readParameters } from '../../http/parameters.js'
import { maySee, type RouteContext, requireCaller } from '../../http/route.js'

/**
 * `GET /v1/audit_log_entries/{id}/proof`: the receipt of an entry, c2sp.org/tlog-proof, with its leaf as extra data. Waits a
 * moment for a checkpoint that covers the entry.
 */
export function addReceipt(server: FastifyInstance, context: RouteContext): void {
  server.get<{ Params: { id: string } }>('/v1/audit_log_entries/:id/proof', async (request, reply) => {
    const caller = requireCaller(context, request, 'audit:read', 'audit:read:own')
    readParameters({}, request.query as RawQuery)
    const { id } = request.params
    const entry = isUuid(id) ? await context.reads.entry(caller.log, id) : undefined
    if (entry === undefined || !maySee(caller, entry)) {
      throw new AppError('not_found', { hint: 'There is no entry with this id in the log of this key.' })
    }
    const { note, size } = await context.evidence.requireCovering(caller.log, entry.seq + 1)
    const { leaf, path } = await context.reads.inclusion(caller.log, entry.seq, size)
    const proof = formatTlogProof({ extra: leaf, index: entry.seq, path, checkpoint: Buffer.from(note) })
    return reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('content-disposition', `attachment; filename="${id}.tlog-proof"`)
      .send(Buffer.from(proof))
  })
}
