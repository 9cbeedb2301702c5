import { Readable } from 'node:stream'
import { AppError, BODY_BYTES_MAX, ERRORS, IDENTIFIER_LENGTH_MAX } from '@counterfoil/core'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { IndexUnavailable } from '../index/search-index.js'
import type { RateLimiter } from '../limits/rate-limiter.js'
import type { Settings } from '../settings/settings.js'
import { VERSION } from '../version.js'
import { answerHeaders } from './answer-headers.js'
import { CONNECTION_LIMITS, type ConnectionLimits, connectionOptions } from './connection-limits.js'
import { addDescription } from './describe.js'
import { flatError } from './flat-error.js'
import { closeGently } from './gentle-close.js'
import { addHealth } from './health.js'
import { withPrefix } from './openapi.js'
import { addPage, type Page } from './page/add-page.js'
import { addRateLimits, sendRateHeaders } from './rate-limits.js'
import { ReadNotes } from './read-notes.js'
import { newRequestId } from './request-id.js'
import {
  type Caller,
  callerOf,
  type Dialect,
  type ErrorAnswer,
  type RouteContext,
  type SharedRoute,
} from './route.js'
import { addRouteTable } from './route-table.js'
import { cutOffRevoked } from './running-requests.js'
import { takeSessionCookies } from './session-cookie.js'
import { retryAfterS } from './status.js'
import { answerUnreadRequest } from './unread-requests.js'
import { allowViewerOrigins } from './viewer/viewer-origins.js'
import { addViewerScript } from './viewer/viewer-script.js'

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
  limiter: RateLimiter,
  {
    trusted_proxies: trustedProxies,
    audit_reads,
    public_url: publicUrl,
    viewer_origins: viewerOrigins,
  }: Pick<Settings, 'trusted_proxies' | 'audit_reads' | 'public_url' | 'viewer_origins'>,
  logger: Logger,
  connectionLimits: ConnectionLimits = CONNECTION_LIMITS,
): FastifyInstance {
  const server = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    genReqId: newRequestId,
    ...connectionOptions(connectionLimits),
    // Who sent a request is who opened the connection, unless that is a proxy that the operator named.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    forceCloseConnections: 'idle',
    // Fastify's own 503 has no machine code; what still comes is answered as ever, and told that the connection ends.
    return503OnClosing: false,
    // Paths that are none, and requests that are none, never reach a route: they are answered in the flat envelope.
    frameworkErrors: (error, request, reply) =>
      answerError(context, toFlatAnswer, error, request, reply.headers(answerHeaders(request.id))),
    clientErrorHandler: (error, socket) => {
      const refusal = answerUnreadRequest(error, socket, newRequestId())
      if (refusal !== undefined) context.metrics.refusedRequests.inc({ code: refusal.code })
    },
    // An id of the greatest length, each of its characters written as three bytes, %XX each.
    routerOptions: { maxParamLength: 9 * IDENTIFIER_LENGTH_MAX },
  })
  // Of more headers than so many, Node would drop the rest without a word. How many they are is bounded by their bytes.
  server.server.maxHeadersCount = 0
  takeRawBodies(server)
  addRouteTable(server)
  allowViewerOrigins(server, viewerOrigins)
  addRateLimits(server, limiter)
  breakOffStreams(server)
  server.decorateRequest('counterfoilCaller', undefined)
  takeSessionCookies(server, publicUrl)
  cutOffRevoked(server, context.access)
  finishAnswers(server, context, new ReadNotes(context.access, audit_reads))
  server.setErrorHandler((error, request, reply) => answerError(context, toFlatAnswer, error, request, reply))
  const page = addPage(server)
  server.setNotFoundHandler((request, reply) => {
    const missing = missingRoute(server, request)
    const visit = missing.code === 'not_found' ? page.answerVisit(request, reply) : undefined
    return visit ?? answerError(context, toFlatAnswer, missing, request, reply)
  })
  addViewerScript(server)
  addHealth(server, context)
  addDescription(
    server,
    dialects.map(({ dialect, prefix }) => withPrefix(dialect.openapi, prefix)),
    VERSION,
  )
  for (const served of dialects) addDialect(server, context, served)
  addSharedRoutes(server, context, dialects, page)
  return server
}

/** What every answer has, whoever made it. */
function finishAnswers(server: FastifyInstance, context: RouteContext, readNotes: ReadNotes): void {
  server.addHook('onSend', async (request, reply) => {
    const caller = callerOf(request)
    if (caller !== undefined && reply.statusCode < 300) await readNotes.noteRead(caller, request)
    // The page's own files and tiles, which never change, may be stored; nothing else of a log may.
    const caching = reply.getHeader('cache-control')
    reply.headers(answerHeaders(request.id))
    if (caller !== undefined) sendCheckpointHeader(context, caller, reply)
    if (caching !== undefined) reply.header('cache-control', caching)
    sendRateHeaders(request, reply)
  })
}

/**
 * The newest checkpoint of the log that was read or written, as `size:root`: whoever keeps it can ask later for the proof that
 * the log still begins with what it was.
 */
function sendCheckpointHeader({ evidence }: RouteContext, { log }: Caller, reply: FastifyReply): void {
  const known = evidence.of(log)
  if (known?.note !== undefined) reply.header('counterfoil-checkpoint', `${known.size}:${known.root}`)
}

/** Each dialect in a scope of its own, so that its failures have its own shape. */
function addDialect(
  server: FastifyInstance,
  context: RouteContext,
  { dialect, prefix, switches }: ServedDialect,
): void {
  const switchOf = (name: string) => switches[name] as string
  server.register(
    (scope, _options, done) => {
      const toAnswer = answerOf(dialect, switchOf)
      scope.setErrorHandler((error, request, reply) => answerError(context, toAnswer, error, request, reply))
      for (const add of dialect.routes) add(scope, { ...context, switchOf })
      done()
    },
    { prefix },
  )
}

function answerOf({ toErrorAnswer = toFlatAnswer }: Dialect, switchOf: (name: string) => string): ToAnswer {
  return (error, request) => toErrorAnswer(error, request, switchOf)
}

/** Paths that several dialects have, under the same prefix: one route each, which asks who claims the request. */
function addSharedRoutes(
  server: FastifyInstance,
  context: RouteContext,
  dialects: readonly ServedDialect[],
  page: Page,
): void {
  const urls = new Map<string, SharedRoutePart[]>()
  for (const { dialect, prefix, switches } of dialects) {
    const switchOf = (name: string) => switches[name] as string
    for (const { path, claims, open } of dialect.shared ?? []) {
      const parts = urls.get(prefix + path) ?? []
      const toAnswer = answerOf(dialect, switchOf)
      urls.set(prefix + path, [...parts, { claims, toAnswer, handle: open({ ...context, switchOf }) }])
    }
  }
  for (const [url, parts] of urls) {
    const partOf = (request: FastifyRequest) => parts.find(({ claims }) => claims(request))
    server.route({
      method: ['GET', 'POST'],
      url,
      exposeHeadRoute: false,
      errorHandler: (error, request, reply) =>
        answerError(context, partOf(request)?.toAnswer ?? toFlatAnswer, error, request, reply),
      handler: (request, reply) => {
        const console = page.answerConsole(request, reply)
        if (console !== undefined) return console
        const part = partOf(request)
        if (part === undefined) throw unknownRoute(request)
        return part.handle(request, reply)
      },
    })
  }
}

interface SharedRoutePart {
  readonly claims: SharedRoute['claims']
  readonly handle: ReturnType<SharedRoute['open']>
  readonly toAnswer: ToAnswer
}

/** Every body arrives as the bytes that were sent: no library parses evidence for us. */
function takeRawBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** A streamed answer may last for hours. Stopping does not wait for it: its reader sees that it broke off. */
function breakOffStreams(server: FastifyInstance): void {
  const streams = new Set<Readable>()
  server.addHook('onSend', async (_request, _reply, payload) => {
    if (!(payload instanceof Readable)) return
    streams.add(payload)
    payload.once('close', () => streams.delete(payload))
  })
  server.addHook('preClose', async () => {
    for (const stream of streams) stream.destroy(new AppError('shutting_down'))
  })
}

function missingRoute(server: FastifyInstance, request: FastifyRequest): AppError {
  const url = request.url.split('?', 1)[0] as string
  const allowed = server.routeTable.methodsOf(url)
  if (allowed.length > 0) {
    return new AppError('method_not_allowed', {
      hint: `${url} takes ${allowed.join(', ')}.`,
      details: { allow: allowed },
    })
  }
  return unknownRoute(request)
}

function unknownRoute({ method, url }: FastifyRequest): AppError {
  return new AppError('not_found', {
    hint: `${method} ${url.split('?', 1)[0]} is no route. GET /openapi.json lists them.`,
  })
}

type ToAnswer = (error: AppError, request: FastifyRequest) => ErrorAnswer

function answerError(
  context: RouteContext,
  toAnswer: ToAnswer,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error)
  if (known.code === 'internal_error')
    request.log.error({ err: error, requestId: request.id }, 'request failed')
  else if (known.cause !== undefined) request.log.warn({ err: known, requestId: request.id }, known.code)
  context.metrics.refusedRequests.inc({ code: known.code })
  if (known.code === 'body_too_large') closeGently(request.raw.socket)
  const { status, headers, body } = toAnswer(known, request)
  return reply
    .code(status)
    .headers({ 'content-type': 'application/json; charset=utf-8', ...headers, ...commonHeaders(known) })
    .send(typeof body === 'string' ? body : JSON.stringify(body))
}

/** What HTTP itself has a header for, whatever shape the body has. */
function commonHeaders(error: AppError): Readonly<Record<string, string>> {
  const seconds = retryAfterS(error)
  const allow = error.code === 'method_not_allowed' ? (error.details?.allow as readonly string[]) : undefined
  return {
    ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
    ...(allow === undefined ? {} : { allow: allow.join(', ') }),
  }
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
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new AppError('invalid_request', {
      hint:
        code === 'FST_ERR_BAD_URL'
          ? 'The path is not percent-encoded UTF-8.'
          : 'A part of the path is longer than any id.',
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
