import type { FastifyRequest } from 'fastify'
import { actorOf } from '../access/administration/doer.js'
import { note } from '../access/administration/note.js'
import { pathOf } from './read-notes.js'
import { requestContext } from './request-context.js'
import { type Caller, type RouteContext, requirePermission } from './route.js'

const QUERY_LENGTH_MAX = 4_000

/**
 * What an export sends, with the entry about it: recorded when there is something to send and before it is sent. Every
 * route that exports passes what it sends through here. Throws `permission_denied` at once when the caller may not export.
 */
export function notedExport<T>(
  context: RouteContext,
  request: FastifyRequest,
  caller: Caller,
  format: string,
  chunks: AsyncIterable<T>,
): AsyncIterable<T> {
  requirePermission(caller, 'entries.export')
  return withNote(chunks, async () => {
    const { key, log } = caller
    await context.access.transaction((access) =>
      note(access, {
        organizationId: log.organization_id,
        mode: log.mode,
        action: 'log.exported',
        by: { actor: actorOf(key), context: requestContext(request) },
        resource: { type: 'log', id: `${log.organization_id}/${log.mode}` },
        metadata: {
          format,
          path: pathOf(request),
          query: request.url.slice(request.url.split('?', 1)[0]?.length).slice(0, QUERY_LENGTH_MAX),
        },
      }),
    )
    await context.selfAudit.settled()
  })
}

async function* withNote<T>(chunks: AsyncIterable<T>, noteIt: () => Promise<void>): AsyncIterable<T> {
  let noted = false
  for await (const chunk of chunks) {
    if (!noted) await noteIt()
    noted = true
    yield chunk
  }
}
