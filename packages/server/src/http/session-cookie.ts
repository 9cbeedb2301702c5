import { AppError, MODES, type Mode } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore, CookieTarget } from '../access/access-store.js'
import type { ApiKey } from '../access/api-key.js'
import { isUnsafe, requireOwnPage } from './own-page.js'

/** `__Host-`: browsers take it over HTTPS alone, for this host alone, and no subdomain can set it. */
const SECURE_NAME = '__Host-counterfoil'
/** Browsers drop the one above on plain HTTP, also on the machine itself. */
const LOCAL_NAME = 'counterfoil'
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'via'] as const

/** For people in several organizations: the slug or id of the one that a request by cookie is about. */
export const OWN_ORGANIZATION_HEADER = 'x-organization'
/** The mode that a request by cookie is about. */
export const MODE_HEADER = 'counterfoil-mode'

declare module 'fastify' {
  interface FastifyInstance {
    /** Browsers reach this server by HTTPS, whatever a request looks like here. */
    isBehindTls: boolean
  }
}

/**
 * Reads the session's cookie of every request, and refuses whatever changes something with it and does not come from a
 * page of this server. That holds for every route of every dialect, by the cookie and not by the route.
 */
export function takeSessionCookies(server: FastifyInstance, publicUrl: string): void {
  server.decorate('isBehindTls', publicUrl.startsWith('https:'))
  server.addHook('onRequest', (request, _reply, done) => {
    if (
      request.headers.authorization === undefined &&
      isUnsafe(request) &&
      sessionCookieOf(request) !== undefined
    )
      requireOwnPage(request)
    done()
  })
}

/** The session's cookie; undefined when there is none, and when there are two, one of which somebody else planted. */
export function sessionCookieOf(request: FastifyRequest): string | undefined {
  // Programs send none: they pay for no more than this look.
  return request.headers.cookie === undefined ? undefined : readCookie(request, cookieName(request))
}

/** What the session's cookie stands for. Throws `session_ended`, or what keeps it out of the organization it names. */
export async function cookieKey(
  access: AccessStore,
  request: FastifyRequest,
  cookie: string,
): Promise<ApiKey> {
  const key = await access.authenticateCookie(cookie, cookieTarget(request))
  if (typeof key !== 'string') return key
  throw new AppError(key, { hint: HINTS[key], ...(key === 'not_found' ? { param: 'X-Organization' } : {}) })
}

const HINTS = {
  session_ended: 'Sign in again.',
  not_found: 'There is no such organization for you.',
  second_factor_required: 'Sign in to this organization with a second factor.',
  sso_required: 'Sign in to this organization at its own provider, GET /v1/sso/{slug}/start.',
  organization_suspended: 'Ask whoever runs this installation. Nothing of the log is lost.',
} as const

function cookieTarget({ headers }: FastifyRequest): CookieTarget {
  const organization = headers[OWN_ORGANIZATION_HEADER]
  const mode = headers[MODE_HEADER]
  if (mode !== undefined && !MODES.includes(mode as Mode)) {
    throw new AppError('invalid_request', {
      param: 'Counterfoil-Mode',
      hint: `"Counterfoil-Mode" must be one of ${MODES.join(', ')}.`,
    })
  }
  return {
    ...(organization === undefined ? {} : { organization: String(organization) }),
    ...(mode === undefined ? {} : { mode: mode as Mode }),
  }
}

/** Gives the browser the session's cookie. */
export function sendSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  expiresAt: number,
): void {
  sendCookie(request, reply, '', token, Math.max(0, Math.floor((expiresAt - Date.now()) / 1_000)))
}

/** Makes the browser forget it. */
export function dropSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  sendCookie(request, reply, '', '', 0)
}

/** Sets one of our cookies; `part` comes after the name of the session's own, which has none. */
export function sendCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  part: '' | '-sso',
  value: string,
  maxAgeS: number,
): void {
  const name = cookieName(request)
  const secure = name === SECURE_NAME ? '; Secure' : ''
  reply.header(
    'set-cookie',
    `${name}${part}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`,
  )
}

/** The value of one of our cookies. */
export function cookieOf(request: FastifyRequest, part: '-sso'): string | undefined {
  return readCookie(request, cookieName(request) + part)
}

function readCookie({ headers }: FastifyRequest, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

function cookieName(request: FastifyRequest): typeof SECURE_NAME | typeof LOCAL_NAME {
  return !request.server.isBehindTls && isPlainLocal(request) ? LOCAL_NAME : SECURE_NAME
}

/** Whether a browser on this very machine talks to us without anything in between. */
function isPlainLocal({ protocol, headers, socket }: FastifyRequest): boolean {
  return (
    protocol === 'http' &&
    LOOPBACK_HOST.test(headers.host ?? '') &&
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    FORWARDED.every((name) => headers[name] === undefined)
  )
}
