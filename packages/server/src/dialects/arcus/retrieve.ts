import type { FastifyInstance } from 'fastify'
import { type RawQuery, readParameters } from '../../http/parameters.js'
import { type DialectContext, sendJson } from '../../http/route.js'
import { ArchivedParts } from './archived-parts.js'
import { pathsOf, requireEntityCaller } from './entity.js'
import { NOTHING_LOOKED_UP, toAuditLogEntry } from './entry-mapping.js'
import type { EnumChoice } from './enums.js'
import { entryNotFound } from './errors.js'
import { readExpansion } from './expand.js'
import { LatestEntries } from './latest-entries.js'
import { findEntry } from './paging.js'
import { RETRIEVE_PARAMETERS } from './schema.js'

/** `GET /v1/audit_log_entries/{id}`. Another organization's entry and one that never was are the same 404. */
export function addRetrieve(server: FastifyInstance, context: DialectContext): void {
  const enums = context.switchOf('enums') as EnumChoice
  for (const path of pathsOf('/audit_log_entries/:id')) {
    server.get<{ Params: { id: string } }>(path, async (request, reply) => {
      const caller = await requireEntityCaller(context, request, 'audit:read', 'audit:read:own')
      const values = readParameters(RETRIEVE_PARAMETERS, request.query as RawQuery)
      const expansion = readExpansion(values['expand[]'])
      const entry = await findEntry(context, caller, request.params.id)
      if (entry === undefined) throw entryNotFound((await context.reads.head(caller.log))?.minIndex)
      const latest = expansion.has('resource')
        ? await LatestEntries.find(context, caller, [entry])
        : NOTHING_LOOKED_UP
      const archived = await ArchivedParts.find(context, caller.log, expansion, [entry])
      const view = { enums, expansion, latest, archived }
      return sendJson(reply, 200, JSON.stringify(toAuditLogEntry(entry, view)))
    })
  }
}
