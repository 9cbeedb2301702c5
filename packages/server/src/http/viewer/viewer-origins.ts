import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isViewerTokenForm } from '../../access/viewer-token.js'

const PREFLIGHT_S_MAX = 600
/** What a viewer sends besides what every page may. */
const ALLOWED_HEADERS = new Set(['authorization'])

/**
 * Lets pages of the origins named read, with viewer tokens and nothing else: GET alone, never with cookies, and never
 * with a key, which does not belong into a page. Everybody else is told nothing, and their browser refuses.
 */
export function allowViewerOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  server.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers
    if (origin === undefined || !allowed.has(origin)) return done()
    if (isPreflight(request)) {
      answerPreflight(reply, origin)
      return
    }
    if (isViewerRead(request)) {
      reply.headers({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'retry-after, x-request-id',
        vary: 'origin',
      })
    }
    done()
  })
}

/** Whether a browser asks beforehand if a page may send what a viewer sends. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  const names = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
  return (
    method === 'OPTIONS' &&
    headers['access-control-request-method'] === 'GET' &&
    names.every((name) => name === '' || ALLOWED_HEADERS.has(name))
  )
}

function answerPreflight(reply: FastifyReply, origin: string): void {
  reply
    .code(204)
    .headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': [...ALLOWED_HEADERS].join(', '),
      'access-control-max-age': String(PREFLIGHT_S_MAX),
      vary: 'origin, access-control-request-method, access-control-request-headers',
    })
    .send()
}

function isViewerRead({ method, headers }: FastifyRequest): boolean {
  const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  return method === 'GET' && token !== undefined && isViewerTokenForm(token)
}
