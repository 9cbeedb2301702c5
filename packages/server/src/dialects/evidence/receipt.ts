import { AppError, formatTlogProof, type LogName } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import type { CosignedCheckpoint } from '../../evidence/evidence.js'
import { choiceParameter, isUuid, type RawQuery, readParameters, single } from '../../http/parameters.js'
import { maySee, type RouteContext, requireCaller } from '../../http/route.js'

export const RECEIPT_PARAMETERS = {
  wait: choiceParameter(
    '"cosigned": the receipt rests on a checkpoint that enough witnesses have cosigned; waited for 10 seconds at most.',
    ['cosigned'],
  ),
} as const

/**
 * `GET /v1/audit_log_entries/{id}/proof`: the receipt of an entry, c2sp.org/tlog-proof, with its leaf as extra data. Waits a
 * moment for a checkpoint that covers the entry.
 */
export function addReceipt(server: FastifyInstance, context: RouteContext): void {
  server.get<{ Params: { id: string } }>('/v1/audit_log_entries/:id/proof', async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read', 'audit:read:own')
    const wait = single('wait', readParameters(RECEIPT_PARAMETERS, request.query as RawQuery).wait)
    if (wait === 'cosigned') context.evidence.cosigned.requireAsked()
    const { id } = request.params
    const entry = isUuid(id) ? await context.reads.entry(caller.log, id) : undefined
    if (entry === undefined || !maySee(caller, entry)) {
      throw new AppError('not_found', { hint: 'There is no entry with this id in the log of this key.' })
    }
    const { note, size } =
      wait === 'cosigned'
        ? await requireCosigned(context, caller.log, entry.seq + 1)
        : await context.evidence.requireCovering(caller.log, entry.seq + 1)
    const { leaf, path } = await context.reads.inclusion(caller.log, entry.seq, size)
    const proof = formatTlogProof({ extra: leaf, index: entry.seq, path, checkpoint: Buffer.from(note) })
    return reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('content-disposition', `attachment; filename="${id}.tlog-proof"`)
      .send(Buffer.from(proof))
  })
}

async function requireCosigned(
  { evidence }: RouteContext,
  log: LogName,
  size: number,
): Promise<CosignedCheckpoint> {
  const cosigned = await evidence.cosigned.waitFor(log, size)
  if (cosigned !== undefined) return cosigned
  throw new AppError('checkpoint_pending', {
    hint: 'Too few witnesses have cosigned a checkpoint over this entry. Ask again, or without "wait" for a receipt that the log alone has signed.',
    retryAfterS: 10,
  })
}
