import type { FastifyInstance } from 'fastify'
import { type RawQuery, readParameters, single } from '../../http/parameters.js'
import { type Caller, type DialectContext, sendJson } from '../../http/route.js'
import { type SelectionValues, toSelection } from '../../http/selection-parameters.js'
import type { ItemPage } from '../../reading/reads.js'
import { ArchivedParts } from './archived-parts.js'
import { pathsOf, requireEntityCaller } from './entity.js'
import { type EntryView, NOTHING_LOOKED_UP, toAuditLogEntry } from './entry-mapping.js'
import { AUDIT_ACTOR_TYPE, AUDIT_OUTCOME, AUDIT_SEVERITY, type EnumChoice, unfolded } from './enums.js'
import { readListExpansion } from './expand.js'
import { LatestEntries } from './latest-entries.js'
import { entryItems } from './list-items.js'
import { type BoundedQuery, isBackwards, toEnvelope, toItemPage, toPageQuery } from './paging.js'
import { LIST_LIMIT_DEFAULT, LIST_PARAMETERS } from './schema.js'

/** `GET /v1/audit_log_entries`, newest first. */
export function addList(server: FastifyInstance, context: DialectContext): void {
  const enums = context.switchOf('enums') as EnumChoice
  for (const path of pathsOf('/audit_log_entries')) {
    server.get(path, async (request, reply) => {
      const caller = await requireEntityCaller(context, request, 'audit:read', 'audit:read:own')
      const stopTimer = context.metrics.readSeconds.startTimer({ kind: 'page' })
      const values = readParameters(LIST_PARAMETERS, request.query as RawQuery)
      const expansion = readListExpansion(values['expand[]'])
      const selection = toSelection(caller, enums === 'audit' ? withFoldedValues(values) : values)
      const bounded = await toPageQuery(context, caller, selection, {
        order: single('order', values.order) === 'asc' ? 'oldest_first' : 'newest_first',
        limit: single('limit', values.limit) ?? LIST_LIMIT_DEFAULT,
        startingAfter: single('starting_after', values.starting_after),
        endingBefore: single('ending_before', values.ending_before),
        cursor: single('cursor', values.cursor),
      })
      const isCounted = single('include_count', values.include_count) === 'true'
      const offset = single('offset', values.offset)
      const paged = { ...bounded, query: offset === undefined ? bounded.query : { ...bounded.query, offset } }
      const encoder = entryItems(enums, expansion)
      const page =
        encoder === undefined
          ? await expandedPage(context, caller, paged, { enums, expansion })
          : await context.reads.itemPage(paged.query, { encoder, reversed: isBackwards(paged) })
      const total = isCounted ? await context.reads.count(selection) : undefined
      stopTimer()
      return sendJson(reply, 200, toEnvelope(page, paged, request.url, total?.count))
    })
  }
}

/** A page of entries with what else was recorded about them. */
async function expandedPage(
  context: DialectContext,
  caller: Caller,
  bounded: BoundedQuery,
  { enums, expansion }: Pick<EntryView, 'enums' | 'expansion'>,
): Promise<ItemPage> {
  const page = await context.reads.page(bounded.query)
  const latest = expansion.has('resource')
    ? await LatestEntries.find(context, caller, page.entries)
    : NOTHING_LOOKED_UP
  const archived = await ArchivedParts.find(context, caller.log, expansion, page.entries)
  const view = { enums, expansion, latest, archived }
  return toItemPage(page, bounded, (entry) => toAuditLogEntry(entry, view))
}

/** A filter by a vendor's value finds every entry that is shown with it. */
function withFoldedValues<Values extends SelectionValues>(values: Values): Values {
  return {
    ...values,
    severity: unfolded(AUDIT_SEVERITY, values.severity),
    outcome: unfolded(AUDIT_OUTCOME, values.outcome),
    actor_type: unfolded(AUDIT_ACTOR_TYPE, values.actor_type),
  }
}
