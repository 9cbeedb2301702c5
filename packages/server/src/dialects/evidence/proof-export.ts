import type { Json } from '@counterfoil/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { notedExport } from '../../http/export-note.js'
import { type RawQuery, readParameters } from '../../http/parameters.js'
import { type RouteContext, requireCaller, requirePermission } from '../../http/route.js'
import { SELECTION_PARAMETERS, toSelection } from '../../http/selection-parameters.js'
import { sendExport } from '../../http/send-export.js'

export const PROOF_EXPORT_PARAMETERS = SELECTION_PARAMETERS

/**
 * `GET /v1/log/export`: the evidence of the whole log, or of what is selected, as an archive that anybody can verify offline
 * (docs/verify.md). It rests on the newest checkpoint; what no checkpoint covers yet is not in it.
 */
export function addProofExport(server: FastifyInstance, context: RouteContext): void {
  // Without HEAD, which would run through the whole export to send nothing.
  server.get('/v1/log/export', { exposeHeadRoute: false }, async (request, reply) => {
    const caller = await requireCaller(context, request, 'audit:read')
    requirePermission(caller, 'entries.verify')
    const values = readParameters(PROOF_EXPORT_PARAMETERS, request.query as RawQuery)
    const selection = toSelection(caller, values)
    const { note, vkeys } = await context.evidence.require(caller.log)
    const isWhole =
      selection.filter === undefined && selection.from === undefined && selection.to === undefined
    const pieces = context.reads.proofArchive({
      log: caller.log,
      note,
      keys: vkeys.toReversed(),
      policy: context.evidence.policyFile(vkeys),
      ...(isWhole ? {} : { selection: { selection, described: describe(request) } }),
    })
    return sendExport(reply, {
      contentType: 'application/x-tar',
      fileName: 'audit-log.tar',
      chunks: notedExport(context, request, caller, 'proof', pieces),
    })
  })
}

/** The parameters of the request, for people who read the manifest. */
function describe(request: FastifyRequest): Json {
  const query = request.query as Readonly<Record<string, Json>>
  return { ...query }
}
