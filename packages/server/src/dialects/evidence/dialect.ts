import { AppError, type LogName } from '@counterfoil/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Dialect, RouteContext } from '../../http/route.js'
import { requireCaller, requirePermission } from '../../http/route.js'
import { addCheckpoint } from './checkpoint-routes.js'
import { EVIDENCE_OPENAPI } from './openapi.js'
import { addProofExport } from './proof-export.js'
import { addReceipt } from './receipt.js'
import { addTree } from './tree-routes.js'

/** What proves a log: checkpoints, the tree, receipts. With a key for one's own log, without one where it is published. */
export const EVIDENCE: Dialect = {
  name: 'evidence',
  routes: [addReceipt, addProofExport, addOwnLog, addPublishedLogs],
  openapi: EVIDENCE_OPENAPI,
}

function addOwnLog(server: FastifyInstance, context: RouteContext): void {
  const logOf = async (request: FastifyRequest): Promise<LogName> => {
    const caller = await requireCaller(context, request, 'audit:read')
    // Leaves tell ids and times of every entry: whoever sees a part of the log sees nothing of its tree.
    requirePermission(caller, 'entries.verify')
    return caller.log
  }
  const paths = { prefix: '/v1/log', logOf, isPublic: false }
  addCheckpoint(server, context, paths)
  addTree(server, context, paths)
}

/** Below the very path that the log's origin names, for whoever asks, once the organization has switched it on. */
function addPublishedLogs(server: FastifyInstance, context: RouteContext): void {
  const logOf = async (request: FastifyRequest): Promise<LogName> => {
    const { organization, mode, epoch } = request.params as Readonly<Record<string, string>>
    const found = await context.access.findOrganization(organization ?? '')
    if (found?.id === organization && found?.publicEvidence && (mode === 'live' || mode === 'test')) {
      const log: LogName = { organization_id: found.id, mode }
      if (context.evidence.of(log)?.origin.endsWith(`/log/${found.id}/${mode}/${epoch}`)) return log
    }
    // The same for a log that is not published and for one that never was.
    throw new AppError('not_found', { hint: 'There is no published log here.' })
  }
  const paths = { prefix: '/log/:organization/:mode/:epoch', logOf, isPublic: true }
  addCheckpoint(server, context, paths)
  addTree(server, context, paths)
}
