import { AppError, type Filter, type LogName } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../access/access-store.js'
import type { ApiKey, Scope } from '../access/api-key.js'
import type { Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import type { Metrics } from './metrics.js'
import type { OpenApiPart } from './openapi.js'

/** What routes work with. Dialects know reading and recording; no store, no engine. */
export interface RouteContext {
  readonly access: AccessStore
  readonly recorder: Recorder
  readonly reads: Reads
  readonly metrics: Metrics
  readonly readiness: () => Readiness
}

/** What works at this moment. */
export interface Readiness {
  readonly recording: 'ok' | 'stopped'
  readonly index: 'ok' | 'catching_up' | 'away'
}

/** Adds a route or a few that belong together. */
export type AddRoutes = (server: FastifyInstance, context: RouteContext) => void

/** An API over the same entries: its routes and what OpenAPI says of them. */
export interface Dialect {
  readonly name: string
  readonly routes: readonly AddRoutes[]
  readonly openapi: OpenApiPart
}

/** Who asks: the key, its log, and what it is narrowed to. */
export interface Caller {
  readonly key: ApiKey
  readonly log: LogName
  /** Set for `audit:read:own`: only entries that this key's own actor made. */
  readonly ownFilter: Filter | undefined
}

/** The caller behind a request. Throws `missing_api_key`, `invalid_api_key` or `insufficient_scope`. */
export function requireCaller(
  { access }: RouteContext,
  request: FastifyRequest,
  ...scopes: readonly Scope[]
): Caller {
  const key = authenticate(access, request)
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

function authenticate(access: AccessStore, request: FastifyRequest): ApiKey {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new AppError('missing_api_key', { hint: 'Send the header "Authorization: Bearer cf_live_…".' })
  }
  const token = /^bearer +(\S+)$/i.exec(header)?.[1]
  const key = token === undefined ? undefined : access.authenticate(token)
  if (key !== undefined) return key
  throw new AppError('invalid_api_key', {
    hint: 'Check that the whole key was copied and that it was not revoked. "counterfoil key create" makes a new one.',
  })
}

/** Sends text that is JSON already. */
export function sendJson(reply: FastifyReply, status: number, json: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(json)
}
