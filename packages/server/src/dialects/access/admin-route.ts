import { AppError, type JsonObject } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore, NewSession } from '../../access/access-store.js'
import { type Doer, doerOf } from '../../access/administration/doer.js'
import { note } from '../../access/administration/note.js'
import { requireOrganization } from '../../access/administration/organizations.js'
import type { ApiKey } from '../../access/api-key.js'
import type { Permission } from '../../access/permissions.js'
import { may, type Principal } from '../../access/principal.js'
import type { Organization } from '../../access/tables/organizations-table.js'
import type { CatalogueFlags } from '../../catalogue/flags.js'
import { type Members, type MemberValues, readMembers } from '../../http/members.js'
import {
  type Parameters,
  type ParameterValues,
  type RawQuery,
  readParameters,
} from '../../http/parameters.js'
import { countRequest } from '../../http/rate-limits.js'
import { requestContext } from '../../http/request-context.js'
import {
  bearerKey,
  type DialectContext,
  type RouteContext,
  refusedPermission,
  requireOwnOrganization,
  sendJson,
  toPrincipal,
} from '../../http/route.js'
import { dropSessionCookie, sendSessionCookie } from '../../http/session-cookie.js'
import type { SignInContext } from '../../http/sign-in-context.js'
import type { Erasures } from '../../lifecycle/erasures.js'
import type { Retention } from '../../lifecycle/retention/retention.js'
import type { Reads } from '../../reading/reads.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a route of the administration works with. */
export interface AdminCall<Spec extends Members = Members, Query extends Parameters = Parameters> {
  readonly access: AccessStore
  readonly by: Doer
  readonly key: ApiKey
  readonly principal: Principal
  /** The organization of the principal: the only one whose things can be named. */
  readonly organization: Organization
  /** The path's `{id}`. */
  readonly id: string
  readonly members: MemberValues<Spec>
  readonly parameters: ParameterValues<Query>
  readonly signIn: SignInContext
  readonly reads: Reads
  readonly erasures: Erasures
  readonly retention: Retention
  readonly evidence: RouteContext['evidence']
  readonly catalogueFlags: CatalogueFlags
  /** The cookie of the session that asks, for what gives the session a new id or ends it. */
  readonly cookie: CookieReply
}

/** Changes the session's cookie with the answer; does nothing for a session whose token is not in a cookie. */
export interface CookieReply {
  send(session: NewSession): void
  drop(): void
}

/** A route of the administration; the table of them makes the server, OpenAPI and the tests' list of what there is. */
export interface AdminRoute<Spec extends Members = Members, Query extends Parameters = Parameters> {
  readonly method: Method
  /** As OpenAPI writes it: `/v1/people/{id}`. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  /** What the principal must be permitted; anybody who is somebody when left out. */
  readonly permission?: Permission
  readonly members?: Spec
  /** Of the query string; none when left out. */
  readonly parameters?: Query
  /** Name of the schema of what it answers; nothing is answered with 204 when left out. */
  readonly answer?: string
  readonly handle: (call: AdminCall<Spec, Query>) => JsonObject | undefined | Promise<JsonObject | undefined>
}

/** Ties the type of `handle` to the members and parameters that the route takes. */
export function adminRoute<Spec extends Members, Query extends Parameters>(
  route: AdminRoute<Spec, Query>,
): AdminRoute {
  return route as unknown as AdminRoute
}

/** The answer of a list that is given whole, as nearly all of the administration are. */
export function listOf(data: readonly JsonObject[]): JsonObject {
  return { object: 'list', data, has_more: false, next_cursor: null }
}

/** Adds the routes. A change is answered when the entry about it is in the log. */
export function addAdminRoutes(
  server: FastifyInstance,
  context: DialectContext,
  routes: readonly AdminRoute[],
): void {
  const denials = new Denials()
  for (const route of routes) {
    server.route({
      method: route.method,
      url: route.path.replace('{id}', ':id'),
      handler: async (request, reply) => answer(context, denials, route, request, reply),
    })
  }
}

async function answer(
  context: RouteContext,
  denials: Denials,
  route: AdminRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { access, selfAudit, signIn, reads, erasures, retention, evidence, catalogueFlags } = context
  const { key, principal } = toPrincipal(await bearerKey(access, request), request)
  countRequest(request, key, [])
  const organization = await requireOrganization(access, await requireOwnOrganization(key, request, access))
  const by = doerOf(key, requestContext(request))
  const parameters = readParameters(route.parameters ?? {}, request.query as RawQuery)
  let body: JsonObject | undefined
  try {
    if (route.permission !== undefined && !may(principal, route.permission, key))
      throw refusedPermission(key, route.permission)
    body = await route.handle({
      access,
      by,
      key,
      principal,
      organization,
      id: (request.params as { id?: string }).id ?? '',
      members: readMembers(route.members ?? {}, request.body),
      parameters,
      signIn,
      reads,
      erasures,
      retention,
      evidence,
      catalogueFlags,
      cookie: cookieReply(key, request, reply),
    })
  } catch (error) {
    if (route.method !== 'GET' && isDenial(error)) await noteDenial(access, denials, route, key, by, error)
    throw error
  } finally {
    if (route.method !== 'GET') await selfAudit.settled()
  }
  if (body === undefined) return reply.code(204).send()
  return sendJson(reply, route.method === 'POST' ? 201 : 200, JSON.stringify(body))
}

function cookieReply(key: ApiKey, request: FastifyRequest, reply: FastifyReply): CookieReply {
  const isCookie = key.session?.form === 'cookie'
  return {
    send: ({ token, expiresAt }) => isCookie && sendSessionCookie(request, reply, token, expiresAt),
    drop: () => isCookie && dropSessionCookie(request, reply),
  }
}

function isDenial(error: unknown): error is AppError {
  return (
    error instanceof AppError && (error.code === 'permission_denied' || error.code === 'insufficient_scope')
  )
}

async function noteDenial(
  access: AccessStore,
  denials: Denials,
  { operationId, method, path }: AdminRoute,
  { keyId, organizationId }: ApiKey,
  by: Doer,
  { code, details }: AppError,
): Promise<void> {
  if (!denials.isFirst(`${keyId} ${operationId}`)) return
  await access.transaction((access) =>
    note(access, {
      organizationId,
      action: 'access.denied',
      by,
      outcome: 'denied',
      errorCode: code,
      metadata: { attempted: operationId, method, path, required: String(details?.required ?? '') },
    }),
  )
}

const DENIALS_WINDOW_MS = 60_000

/**
 * A refused change is recorded once a minute for each caller and operation: somebody who may do nothing must not be able to fill the log.
 */
class Denials {
  readonly #seen = new Set<string>()
  #windowEndMs = 0

  isFirst(what: string): boolean {
    const nowMs = performance.now()
    if (nowMs >= this.#windowEndMs) {
      this.#seen.clear()
      this.#windowEndMs = nowMs + DENIALS_WINDOW_MS
    }
    if (this.#seen.has(what)) return false
    this.#seen.add(what)
    return true
  }
}
