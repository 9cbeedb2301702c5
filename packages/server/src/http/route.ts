import { AppError, type Entry, type Filter, isWholeContent, type LogName, matches } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../access/access-store.js'
import type { ApiKey, Scope } from '../access/api-key.js'
import type { IntegerIds } from '../catalogue/integer-ids.js'
import type { ReadEntry, Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import type { Metrics } from './metrics.js'
import type { OpenApiPart } from './openapi.js'
import { countRequest } from './rate-limits.js'

/** What routes work with. Dialects know reading and recording; no store, no engine. */
export interface RouteContext {
  readonly access: AccessStore
  readonly recorder: Recorder
  readonly reads: Reads
  readonly integerIds: IntegerIds
  readonly metrics: Metrics
  readonly readiness: () => Readiness
}

/** What works at this moment. */
export interface Readiness {
  readonly recording: 'ok' | 'stopped'
  readonly index: 'ok' | 'catching_up' | 'away'
}

/** Adds a route or a few that belong together; paths are the vendor's, a configured prefix comes before them. */
export type AddRoutes = (server: FastifyInstance, context: DialectContext) => void

/** What a dialect's routes work with. */
export interface DialectContext extends RouteContext {
  /** The value of one of the dialect's switches. */
  readonly switchOf: (name: string) => string
}

/** A path that several dialects have: the first, in the registry's order, that claims a request answers it. */
export interface SharedRoute {
  readonly path: string
  readonly claims: (request: FastifyRequest) => boolean
  /** Called once for each server. */
  readonly open: (
    context: DialectContext,
  ) => (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>
}

/** A choice where a vendor's documents contradict each other, or its clients: one default, named alternatives. */
export interface CompatibilitySwitch {
  readonly values: readonly [fallback: string, ...others: readonly string[]]
  readonly description: string
}

/** An API over the same entries: its routes, how it tells a failure, and what OpenAPI says of it. */
export interface Dialect {
  readonly name: string
  readonly routes: readonly AddRoutes[]
  /** `GET` and `POST` of paths that other dialects have too. */
  readonly shared?: readonly SharedRoute[]
  readonly openapi: OpenApiPart
  /** Failures in the dialect's own shape; the flat envelope of `/v1` when left out. */
  readonly toErrorAnswer?: (
    error: AppError,
    request: FastifyRequest,
    switchOf: DialectContext['switchOf'],
  ) => ErrorAnswer
  readonly switches?: Readonly<Record<string, CompatibilitySwitch>>
}

/** A failure as it goes over the wire. */
export interface ErrorAnswer {
  readonly status: number
  /** `content-type` is JSON unless it says otherwise; `retry-after` and `allow` are set for every dialect. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Who asks: the key, its log, and what it is narrowed to. */
export interface Caller {
  readonly key: ApiKey
  readonly log: LogName
  /** Set for `audit:read:own`: only entries that this key's own actor made. */
  readonly ownFilter: Filter | undefined
}

/**
 * The caller behind a bearer token. Throws `missing_api_key`, `invalid_api_key`, `rate_limit_exceeded` or
 * `insufficient_scope`.
 */
export function requireCaller(
  { access }: RouteContext,
  request: FastifyRequest,
  ...scopes: readonly Scope[]
): Caller {
  const token = bearerToken(request)
  return toCaller(token === undefined ? undefined : access.authenticate(token), scopes, request)
}

/**
 * The caller that a key makes, for dialects that find it in other headers. Counts the request against the key's
 * limit. Throws as `requireCaller` does.
 */
export function toCaller(key: ApiKey | undefined, scopes: readonly Scope[], request: FastifyRequest): Caller {
  if (key === undefined) {
    throw new AppError('invalid_api_key', {
      hint: 'Check that the whole key was copied and that it was not revoked. "counterfoil key create" makes a new one.',
    })
  }
  countRequest(request, key, scopes)
  const granted = scopes.find((scope) => key.scopes.includes(scope))
  if (granted === undefined) {
    throw new AppError('insufficient_scope', {
      hint: `Make a key with the scope ${scopes.join(' or ')}.`,
      details: { required: scopes.length === 1 ? scopes[0] : scopes },
    })
  }
  return {
    key,
    log: { organization_id: key.organizationId, mode: key.mode },
    ownFilter: granted === 'audit:read:own' ? ownEntries(key) : undefined,
  }
}

/** The entries that a key made itself. */
function ownEntries(key: ApiKey): Filter {
  return {
    op: 'and',
    filters: [
      { op: 'equals', field: 'actor.type', values: ['api_key'] },
      { op: 'equals', field: 'actor.id', values: [key.keyId] },
    ],
  }
}

/** Whether the caller may see an entry of its log that was found by other means than its filter. */
export function maySee({ ownFilter }: Caller, entry: ReadEntry): boolean {
  if (ownFilter === undefined) return true
  return isWholeContent(entry) && matches(ownFilter, entry as Entry)
}

/** The token of `Authorization: Bearer`; undefined when the header is of another form. Throws `missing_api_key`. */
function bearerToken(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new AppError('missing_api_key', { hint: 'Send the header "Authorization: Bearer cf_live_…".' })
  }
  return /^bearer +(\S+)$/i.exec(header)?.[1]
}

/** Sends text that is JSON already. */
export function sendJson(reply: FastifyReply, status: number, json: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(json)
}
