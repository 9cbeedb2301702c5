import { AppError, BODY_BYTES_MAX, ERRORS } from '@counterfoil/core'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { randomBase62 } from '../access/api-key.js'
import { IndexUnavailable } from '../index/search-index.js'
import type { Settings } from '../settings/settings.js'
import { VERSION } from '../version.js'
import { addDescription } from './describe.js'
import { flatError } from './flat-error.js'
import { addHealth } from './health.js'
import { withPrefix } from './openapi.js'
import { ReadNotes } from './read-notes.js'
import { callerOf, type Dialect, type ErrorAnswer, type RouteContext } from './route.js'
import { cutOffRevoked } from './running-requests.js'
import { takeSessionCookies } from './session-cookie.js'

/** A dialect as this server serves it. */
export interface ServedDialect {
  readonly dialect: Dialect
  /** Before each of its paths; empty for none. */
  readonly prefix: string
  readonly switches: Readonly<Record<string, string>>
}

/** Builds the HTTP server; `listen` comes later. */
export function buildHttpServer(
  context: RouteContext,
  dialects: readonly ServedDialect[],
  {
    trusted_proxies: trustedProxies,
    audit_reads,
    public_url: publicUrl,
  }: Pick<Settings, 'trusted_proxies' | 'audit_reads' | 'public_url'>,
  logger: Logger,
): FastifyInstance {
  const server = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    genReqId: () => `req_${randomBase62(20)}`,
    // A slow sender may hold a socket, not for ever.
    requestTimeout: 30_000,
    keepAliveTimeout: 75_000,
    // Who sent a request is who opened the connection, unless that is a proxy that the operator named.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    forceCloseConnections: 'idle',
    // Fastify's own 503 has no machine code; what still comes is answered as ever, and told that the connection ends.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
  })
  const routes: ServedRoute[] = []
  servedRoutesOf.set(server, routes)
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of Array.isArray(method) ? method : [method]) routes.push({ method: one, path: url })
  })
  takeRawBodies(server)
  takeSessionCookies(server, publicUrl)
  cutOffRevoked(server, context.access)
  const readNotes = new ReadNotes(context.access, audit_reads)
  server.addHook('onSend', async (request, reply) => {
    const caller = callerOf(request)
    if (caller !== undefined && reply.statusCode < 300) readNotes.noteRead(caller, request)
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('cache-control', 'no-store')
  })
  server.setErrorHandler((error, request, reply) => answerError(context, toFlatAnswer, error, request, reply))
  server.setNotFoundHandler((request, reply) =>
    answerError(context, toFlatAnswer, missingRoute(server, request), request, reply),
  )
  addHealth(server, context)
  addDescription(
    server,
    dialects.map(({ dialect, prefix }) => withPrefix(dialect.openapi, prefix)),
    VERSION,
  )
  for (const served of dialects) addDialect(server, context, served)
  return server
}

export interface ServedRoute {
  readonly method: string
  /** With parameters as in `/v1/people/:id`. */
  readonly path: string
}

const servedRoutesOf = new WeakMap<FastifyInstance, readonly ServedRoute[]>()

/** Every route that a server has, once it is ready. */
export function servedRoutes(server: FastifyInstance): readonly ServedRoute[] {
  return servedRoutesOf.get(server) ?? []
}

/** Each dialect in a scope of its own, so that its failures have its own shape. */
function addDialect(
  server: FastifyInstance,
  context: RouteContext,
  { dialect, prefix, switches }: ServedDialect,
): void {
  const switchOf = (name: string) => switches[name] as string
  server.register(
    async (scope) => {
      const toAnswer = dialect.toErrorAnswer ?? toFlatAnswer
      scope.setErrorHandler((error, request, reply) => answerError(context, toAnswer, error, request, reply))
      for (const add of dialect.routes) add(scope, { ...context, switchOf })
    },
    { prefix },
  )
}

/** Every body arrives as the bytes that were sent: no library parses evidence for us. */
function takeRawBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

function missingRoute(server: FastifyInstance, request: FastifyRequest): AppError {
  const url = request.url.split('?', 1)[0] as string
  const allowed = (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter(
    (method) => server.findRoute({ method, url }) !== null,
  )
  if (allowed.length > 0) {
    return new AppError('method_not_allowed', {
      hint: `${url} takes ${allowed.join(', ')}.`,
      details: { allow: allowed },
    })
  }
  return new AppError('not_found', {
    hint: `${request.method} ${url} is no route. GET /openapi.json lists them.`,
  })
}

function answerError(
  context: RouteContext,
  toAnswer: (error: AppError, request: FastifyRequest) => ErrorAnswer,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error)
  if (known.code === 'internal_error')
    request.log.error({ err: error, requestId: request.id }, 'request failed')
  else if (known.cause !== undefined) request.log.warn({ err: known, requestId: request.id }, known.code)
  context.metrics.refusedRequests.inc({ code: known.code })
  const { status, headers, body } = toAnswer(known, request)
  return reply
    .code(status)
    .headers({ 'content-type': 'application/json; charset=utf-8', ...headers })
    .send(typeof body === 'string' ? body : JSON.stringify(body))
}

function toFlatAnswer(error: AppError, request: FastifyRequest): ErrorAnswer {
  return flatError(error, request.id)
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof IndexUnavailable) {
    return new AppError('index_unavailable', {
      hint: 'Try again in a moment. Lists, single entries and verification work meanwhile from the journal.',
      cause: error,
    })
  }
  const { code, statusCode, message } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError('body_too_large', {
      hint: `Send at most ${BODY_BYTES_MAX} bytes in a request; split the batch.`,
    })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError('unsupported_media_type', {
      param: 'Content-Type',
      hint: 'The Content-Type header names no media type.',
    })
  }
  // Fastify's own refusals of a malformed request; everything else is our fault and its text stays inside.
  if (
    typeof code === 'string' &&
    code.startsWith('FST_ERR_') &&
    statusCode !== undefined &&
    statusCode < 500
  ) {
    return new AppError('invalid_request', { hint: message })
  }
  return new AppError('internal_error', {
    hint: `${ERRORS.internal_error} Tell the operator the request_id; the server's log says more.`,
    cause: error,
  })
}
