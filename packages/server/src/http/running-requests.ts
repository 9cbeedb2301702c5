import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../access/access-store.js'
import { type Caller, callerOf, stillValid } from './route.js'

const SWEEP_MS = 1_000
/** A request that is answered within this time is let finish. */
const SHORT_MS = 3_000

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Counted in sweeps: reading a clock for each request would cost more than the rest of this. */
  readonly sinceSweep: number
}

/**
 * Cuts off responses that go on after their key was revoked, their session has ended, or their person's role has changed:
 * exports that a slow reader drags out, tails that never end. No dialect has to think of it.
 */
export function cutOffRevoked(server: FastifyInstance, access: AccessStore): void {
  // By connection, because there are few that come and go. One that sends requests ahead has several at once.
  const running = new Map<Socket, Exchange[]>()
  let sweeps = 0
  server.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw
    const exchange = { request, reply, sinceSweep: sweeps }
    const before = running.get(socket)
    if (before === undefined) {
      running.set(socket, [exchange])
      socket.once('close', () => running.delete(socket))
    } else if (before.length === 1 && isOver(before[0] as Exchange)) before[0] = exchange
    else running.set(socket, [...before.filter((other) => !isOver(other)), exchange])
    done()
  })
  let sweeping = false
  const sweep = async () => {
    const judged = new Map<string, boolean>()
    for (const exchanges of running.values()) {
      for (const { request, reply, sinceSweep } of exchanges.filter((exchange) => !isOver(exchange))) {
        const caller = callerOf(request)
        const isShort = !reply.raw.headersSent && (sweeps - sinceSweep) * SWEEP_MS < SHORT_MS
        if (caller !== undefined && !isShort && !(await isValid(access, caller, judged))) reply.raw.destroy()
      }
    }
  }
  const timer = setInterval(async () => {
    sweeps++
    if (sweeping) return
    sweeping = true
    try {
      await sweep()
    } catch (error) {
      // Who cannot be judged now is judged the next time: nobody can have been revoked where it cannot be read.
      server.log.warn({ err: error }, 'running requests could not be judged')
    }
    sweeping = false
  }, SWEEP_MS).unref()
  server.addHook('onClose', async () => clearInterval(timer))
}

function isOver({ reply }: Exchange): boolean {
  return reply.raw.writableFinished || reply.raw.destroyed
}

/** Many responses of one key cost one look. */
async function isValid(access: AccessStore, caller: Caller, judged: Map<string, boolean>): Promise<boolean> {
  const name = `${caller.key.keyId} ${caller.scope} ${caller.log.organization_id}`
  const known = judged.get(name) ?? (await stillValid(access, caller))
  judged.set(name, known)
  return known
}
