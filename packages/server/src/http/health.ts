import type { FastifyInstance } from 'fastify'
import type { RouteContext } from './route.js'

/** `/healthz`, `/readyz` and `/metrics`: for the machines that look after the server; no key needed. */
export function addHealth(server: FastifyInstance, { metrics, readiness }: RouteContext): void {
  server.get('/healthz', async () => ({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const state = readiness()
    // The index being away is no reason to take recording out of service: it goes on, and reads say what they miss.
    const isReady = state.recording === 'ok' && !state.draining
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not_ready', ...state })
  })
  server.get('/metrics', async (_request, reply) => {
    return reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
