import { AppError, type LogName } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type RouteContext, sendJson } from '../../http/route.js'
import { type LogPaths, readRequest } from './log-paths.js'

/** A log's checkpoint, and what it takes to verify it: its keys, as they are and as a policy. */
export function addCheckpoint(server: FastifyInstance, context: RouteContext, paths: LogPaths): void {
  const { prefix } = paths
  server.get(prefix, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    const { origin, size, root, signedAtMs, vkeys, cosignedBy, frozen, earlier } =
      await context.evidence.require(log)
    const shape = {
      object: 'log',
      ...log,
      origin,
      size,
      root,
      signed_at: new Date(signedAtMs).toISOString(),
      vkeys,
      cosigned_by: cosignedBy ?? [],
      min_index: await minIndexOf(context, log),
      published_at: (await context.access.findOrganization(log.organization_id))?.publicEvidence
        ? `/${origin.slice(origin.indexOf('/') + 1)}`
        : null,
      frozen: frozen ?? null,
      earlier_epochs: (earlier ?? []).map(({ note, generation: _, ...epoch }) => ({
        ...epoch,
        checkpoint: note,
      })),
    }
    return sendJson(reply, 200, JSON.stringify(shape))
  })
  server.get(`${prefix}/checkpoint`, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    const { note, signedAtMs } = await context.evidence.require(log)
    return sendText(reply.header('last-modified', new Date(signedAtMs).toUTCString()), note)
  })
  server.get(`${prefix}/vkey`, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    const { vkeys } = await context.evidence.require(log)
    return sendText(reply, vkeys.map((vkey) => `${vkey}\n`).join(''))
  })
  server.get(`${prefix}/policy`, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    const { vkeys } = await context.evidence.require(log)
    return sendText(reply, context.evidence.policyFile(vkeys))
  })
  server.get(`${prefix}/min-index`, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    return sendText(reply, `${await minIndexOf(context, log)}\n`)
  })
  server.get(`${prefix}/prune-record`, async (request, reply) => {
    const { log } = await readRequest(paths, request, {})
    const [prune] = (await context.access.retention.prunes(log)).filter(
      ({ endedAt, stopped }) => endedAt !== undefined && stopped === undefined,
    )
    const disclosure = prune === undefined ? undefined : await context.reads.disclosure(log, prune.entryId)
    if (disclosure === undefined) throw new AppError('not_found', { hint: 'Nothing of this log was pruned.' })
    // A line as exports have it: what the disclosure begins with is ours.
    return sendText(reply, `{${disclosure.slice(disclosure.indexOf('"id":'))}`)
  })
}

/** The first entry that the log still has. */
async function minIndexOf({ reads }: RouteContext, log: LogName): Promise<number> {
  return (await reads.head(log))?.minIndex ?? 0
}

function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', 'text/plain; charset=utf-8').send(text)
}
