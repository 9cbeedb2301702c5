import { type ActorType, AppError, type Filter, type LogName, matches, searchable } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../access/access-store.js'
import { organizationSuspended } from '../access/administration/sessions.js'
import { isInBlocks } from '../access/allowed-addresses.js'
import type { ApiKey, Scope } from '../access/api-key.js'
import { isPlatformOnly, type Permission, scopeOfPermission } from '../access/permissions.js'
import { grantedScope, may, type Principal, principalOf } from '../access/principal.js'
import type { CatalogueFlags } from '../catalogue/flags.js'
import type { IntegerIds } from '../catalogue/integer-ids.js'
import type { CataloguePlace } from '../catalogue/open-catalogue.js'
import type { Evidence } from '../evidence/evidence.js'
import type { Erasures } from '../lifecycle/erasures.js'
import type { Retention } from '../lifecycle/retention/retention.js'
import type { ReadEntry, Reads } from '../reading/reads.js'
import type { Recorder } from '../recording/recorder.js'
import type { SelfAudit } from '../self-audit/self-audit.js'
import type { Metrics } from './metrics.js'
import type { OpenApiPart } from './openapi.js'
import { countRequest } from './rate-limits.js'
import { cookieKey, sessionCookieOf } from './session-cookie.js'
import type { SignInContext } from './sign-in-context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** A property and no WeakMap: measured, that costs each request less. */
    counterfoilCaller: Caller | undefined
  }
}

/** What routes work with. Dialects know reading and recording; no store, no engine. */
export interface RouteContext {
  readonly access: AccessStore
  readonly selfAudit: SelfAudit
  readonly recorder: Recorder
  readonly reads: Reads
  readonly evidence: Evidence
  readonly erasures: Erasures
  readonly retention: Retention
  readonly integerIds: IntegerIds
  /** Where they are, for threads that open them for themselves. */
  readonly cataloguePlace: CataloguePlace
  readonly catalogueFlags: CatalogueFlags
  readonly metrics: Metrics
  readonly readiness: () => Readiness
  readonly signIn: SignInContext
}

/** What works at this moment. */
export interface Readiness {
  readonly recording: 'ok' | 'stopped'
  readonly index: 'ok' | 'catching_up' | 'away'
  /** Frozen: the store of some log does not extend what was signed. */
  readonly signing: 'ok' | 'frozen'
  readonly frozen_logs: number
  /** About to stop: still serving, but nothing new should be sent here. */
  readonly draining: boolean
  /** What is wrong with the clocks of the server processes, in a sentence; absent when they agree. */
  readonly clocks?: string
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

/** Who asks: the key, the log that it reads or writes, and what it is narrowed to. */
export interface Caller {
  readonly key: ApiKey
  readonly log: LogName
  /** Which of the scopes that the route takes was had. */
  readonly scope: Scope
  /** Every read is narrowed to this: one's own activity, or what a viewer token shows. */
  readonly ownFilter: Filter | undefined
}

/** An operator names the organization that a request is about by its slug or id. */
export const ORGANIZATION_HEADER = 'counterfoil-organization'

/**
 * The caller behind a bearer token or, without one, a session's cookie. Throws `missing_api_key`, `invalid_api_key`,
 * `session_ended`, `ip_not_allowlisted`, `rate_limit_exceeded`, `insufficient_scope` or `support_access_required`.
 */
export async function requireCaller(
  { access }: RouteContext,
  request: FastifyRequest,
  ...scopes: readonly Scope[]
): Promise<Caller> {
  return toCaller(await bearerKey(access, request), scopes, request, access)
}

/**
 * The caller that a key makes, for dialects that find it in other headers. Counts the request against the key's
 * limit. Throws as `requireCaller` does.
 */
export async function toCaller(
  key: ApiKey | undefined,
  scopes: readonly Scope[],
  request: FastifyRequest,
  access: AccessStore,
): Promise<Caller> {
  const { key: known, principal } = toPrincipal(key, request)
  countRequest(request, known, scopes)
  const organizationId = await askedOrganization(known, request, access)
  const supportAccess = await hasSupportAccess(access, principal, organizationId)
  const scope = grantedScope(principal, scopes, { organizationId, supportAccess })
  if (scope === undefined) throw refusedScope(known, scopes, organizationId)
  const caller: Caller = {
    key: known,
    log: { organization_id: organizationId, mode: known.mode },
    scope,
    ownFilter: bothFilters(scope === 'audit:read:own' ? ownEntries(known) : undefined, known.filter),
  }
  request.counterfoilCaller = caller
  return caller
}

/** A caller as it was known when access control was last looked at. What is done for it holds only while that has not changed. */
export interface RecalledCaller {
  readonly caller: Caller
  /** See `JournalBatch`. */
  readonly accessVersion: number
}

/**
 * The caller behind a bearer token as it is remembered, for routes that record: the transaction confirms it, which saves asking. Undefined
 * when it is not remembered or would be refused: `requireCaller` tells then. Throws `rate_limit_exceeded`.
 */
export async function recallCaller(
  { access }: RouteContext,
  request: FastifyRequest,
  scope: Scope,
): Promise<RecalledCaller | undefined> {
  const { authorization, [ORGANIZATION_HEADER]: asked } = request.headers
  const token = authorization === undefined || asked !== undefined ? undefined : bearerToken(request)
  const recalled = token === undefined ? undefined : access.recall(token)
  if (recalled === undefined) return undefined
  try {
    const caller = await toCaller(recalled.key, [scope], request, access)
    return { caller, accessVersion: recalled.version }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'rate_limit_exceeded') throw error
    return undefined
  }
}

/** `requireCaller` for a request whose caller was recalled and is not known to be what it was. */
export async function requireCallerAnew(
  context: RouteContext,
  request: FastifyRequest,
  scope: Scope,
): Promise<Caller> {
  // Headers of the answer go by this.
  request.counterfoilCaller = undefined
  return requireCaller(context, request, scope)
}

/** The caller that a request turned out to have; undefined before that is known, and for routes without one. */
export function callerOf(request: FastifyRequest): Caller | undefined {
  return request.counterfoilCaller
}

/** The principal behind a key, from an address that it may be used from. */
export function toPrincipal(
  key: ApiKey | undefined,
  request: FastifyRequest,
): { readonly key: ApiKey; readonly principal: Principal } {
  if (key === undefined) {
    throw new AppError('invalid_api_key', {
      hint: 'Check that the whole key was copied and that it was not revoked. "counterfoil key create" makes a new one.',
    })
  }
  const { allowedAddresses } = key
  if (key.suspended) throw organizationSuspended()
  if (allowedAddresses !== undefined && !isInBlocks(allowedAddresses, request.ip)) {
    throw new AppError('ip_not_allowlisted', {
      hint: `The request came from ${request.ip}. Behind a proxy, the server needs the setting trusted_proxies.`,
    })
  }
  return { key, principal: principalOf(key) }
}

/** Whether a caller still may do what it was let in for. A request that goes on for long asks now and then. */
export async function stillValid(access: AccessStore, { key, log, scope }: Caller): Promise<boolean> {
  const fresh = await access.refresh(key)
  if (fresh === undefined) return false
  const principal = principalOf(fresh)
  const organizationId = log.organization_id
  const supportAccess = await hasSupportAccess(access, principal, organizationId)
  return grantedScope(principal, [scope], { organizationId, supportAccess }) !== undefined
}

/**
 * What a scope lets in may still be more than a role of the organization's own permits. Throws `permission_denied`, or
 * `insufficient_scope` for a key.
 */
export function requirePermission({ key, log, scope }: Caller, permission: Permission): void {
  const subject = {
    organizationId: log.organization_id,
    supportAccess: log.organization_id !== key.organizationId,
  }
  if (may(principalOf(key), permission, subject)) return
  // Of one's own activity, everything that can be read may be taken away too.
  if (scope === 'audit:read:own' && permission === 'entries.export') return
  throw refusedPermission(key, permission)
}

export function refusedPermission(key: ApiKey, permission: Permission): AppError {
  const scope = scopeOfPermission(permission)
  if (key.role === undefined && scope !== undefined) {
    return new AppError('insufficient_scope', {
      hint: `Make a key with the scope ${scope}.`,
      details: { required: scope },
    })
  }
  return new AppError('permission_denied', {
    hint: `This needs the permission ${permission}, which ${key.role === undefined ? 'no key' : 'your role does not'} ${key.role === undefined ? 'can have' : 'have'}.`,
    details: { required: permission },
  })
}

/** The organization that a request is about: the key's own, or the one that an operator names. */
async function askedOrganization(key: ApiKey, request: FastifyRequest, access: AccessStore): Promise<string> {
  const asked = request.headers[ORGANIZATION_HEADER]
  if (asked === undefined) return key.organizationId
  const organization = await access.findOrganization(String(asked))
  // For everybody but the platform, other organizations do not exist.
  if (organization !== undefined && organization.id === key.organizationId) return key.organizationId
  if (organization !== undefined && key.permissions.some((permission) => isPlatformOnly(permission)))
    return organization.id
  throw noSuchOrganization()
}

/** For routes that are about the caller's own organization alone. Throws `not_found` when another one is named. */
export async function requireOwnOrganization(
  key: ApiKey,
  request: FastifyRequest,
  access: AccessStore,
): Promise<string> {
  if ((await askedOrganization(key, request, access)) === key.organizationId) return key.organizationId
  throw noSuchOrganization()
}

function noSuchOrganization(): AppError {
  return new AppError('not_found', {
    param: 'Counterfoil-Organization',
    hint: 'There is no such organization for this key.',
  })
}

async function hasSupportAccess(
  access: AccessStore,
  principal: Principal,
  organizationId: string,
): Promise<boolean> {
  if (principal.kind !== 'operator' || organizationId === principal.organizationId) return false
  return (await access.supportAccesses.findActive(organizationId, principal.person.personId)) !== undefined
}

function refusedScope(key: ApiKey, scopes: readonly Scope[], organizationId: string): AppError {
  if (organizationId !== key.organizationId && !scopes.includes('audit:write')) {
    return new AppError('support_access_required', {
      hint: 'Start one with POST /v1/platform/organizations/{id}/support_accesses; the organization sees it.',
    })
  }
  return new AppError('insufficient_scope', {
    hint: `Make a key with the scope ${scopes.join(' or ')}.`,
    details: { required: scopes.length === 1 ? scopes[0] : scopes },
  })
}

/** The entries that a key made itself, and those of the person whose key it is. */
function ownEntries({ keyId, owner }: ApiKey): Filter {
  const byKey = actorFilter('api_key', 'actor.id', keyId)
  if (owner === undefined) return byKey
  const { personId, email } = owner
  return {
    op: 'or',
    filters: [byKey, actorFilter('user', 'actor.id', personId), actorFilter('user', 'actor.email', email)],
  }
}

function actorFilter(type: ActorType, field: 'actor.id' | 'actor.email', value: string): Filter {
  return {
    op: 'and',
    filters: [
      { op: 'equals', field: 'actor.type', values: [type] },
      { op: 'equals', field, values: [value] },
    ],
  }
}

/** Whether the caller may see an entry of its log that was found by other means than its filter. */
export function maySee({ ownFilter }: Caller, entry: ReadEntry): boolean {
  return ownFilter === undefined || matches(ownFilter, searchable(entry))
}

function bothFilters(one: Filter | undefined, other: Filter | undefined): Filter | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return { op: 'and', filters: [one, other] }
}

/**
 * The key of `Authorization: Bearer`, or of the session's cookie where there is no such header; undefined when it is
 * none. Throws `missing_api_key`, or what is wrong with the cookie's session.
 */
export async function bearerKey(access: AccessStore, request: FastifyRequest): Promise<ApiKey | undefined> {
  const cookie = request.headers.authorization === undefined ? sessionCookieOf(request) : undefined
  if (cookie !== undefined) return cookieKey(access, request, cookie)
  const token = bearerToken(request)
  return token === undefined ? undefined : await access.authenticate(token)
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
