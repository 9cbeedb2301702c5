import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../access/access-store.js'
import { type Caller, callerOf, stillValid } from './route.js'

const SWEEP_MS = 1_000
/** A request that is answered within this time is let finish. */
const SHORT_MS = 3_000

/**
 * Cuts off responses that go on after their key was revoked, their session has ended, or their person's role has changed:
 * exports that a slow reader drags out, tails that never end. No dialect has to think of it.
 */
export function cutOffRevoked(server: FastifyInstance, access: AccessStore): void {
  const running = new Map<FastifyRequest, { readonly reply: FastifyReply; readonly since: number }>()
  server.addHook('onRequest', (request, reply, done) => {
    running.set(request, { reply, since: performance.now() })
    // Fires however the exchange ends: finished, aborted, or taken over by its route.
    reply.raw.once('close', () => running.delete(request))
    done()
  })
  const timer = setInterval(() => {
    const judged = new Map<string, boolean>()
    for (const [request, { reply, since }] of running) {
      const caller = callerOf(request)
      if (caller === undefined || (!reply.raw.headersSent && performance.now() - since < SHORT_MS)) continue
      if (!isValid(access, caller, judged)) reply.raw.destroy()
    }
  }, SWEEP_MS).unref()
  server.addHook('onClose', async () => clearInterval(timer))
}

/** Many responses of one key cost one look. */
function isValid(access: AccessStore, caller: Caller, judged: Map<string, boolean>): boolean {
  const name = `${caller.key.keyId} ${caller.scope} ${caller.log.organization_id}`
  const known = judged.get(name) ?? stillValid(access, caller)
  judged.set(name, known)
  return known
}
