import { AppError } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { admitSso, clientSecretOf, noteRefusedSso } from '../../access/administration/sso.js'
import type { Secrets } from '../../access/secrets.js'
import type { Organization } from '../../access/tables/organizations-table.js'
import type { Sso } from '../../access/tables/sso-table.js'
import { type RawQuery, readParameters, single, textParameter } from '../../http/parameters.js'
import { requestContext } from '../../http/request-context.js'
import type { RouteContext } from '../../http/route.js'
import { cookieOf, sendCookie } from '../../http/session-cookie.js'
import type { LoginState } from '../../sso/openid.js'
import { beginSession } from './session-answer.js'

const LOGIN_S_MAX = 600
/** A path on this server: `//host` and `/\host` would lead to another one. */
const OWN_PATH = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}$/

/** What the browser keeps, sealed, while it is at the provider. */
interface KeptLogin extends LoginState {
  readonly returnTo: string
  readonly expiresAt: number
}

export const START_PARAMETERS = {
  return_to: textParameter('path to go to afterwards; `/` when left out.'),
} as const

/** Signing in at the organization's provider: two pages that the browser is sent to. The session is a cookie, for this organization alone. */
export function addSsoSignIn(server: FastifyInstance, context: RouteContext): void {
  const { access, selfAudit, signIn } = context
  const addStep = (
    step: 'start' | 'callback',
    leadsTo: (request: SsoRequest, reply: FastifyReply) => Promise<string>,
  ) =>
    server.get(`/v1/sso/:slug/${step}`, async (request: SsoRequest, reply) => {
      try {
        signIn.throttles.addresses.take(request.ip)
        return reply.redirect(await leadsTo(request, reply), 302)
      } catch (error) {
        return reply.redirect(toSignInPage(context, request, error), 302)
      }
    })
  addStep('start', async (request, reply) => {
    const path = returnTo(request)
    const { organization, sso } = await requireSsoOf(context, request.params.slug)
    const { url, kept } = await signIn.openId.start(providerOf(context, sso), redirectUri(context, request))
    const login: KeptLogin = {
      ...kept,
      returnTo: path,
      expiresAt: access.now() + LOGIN_S_MAX * 1_000,
    }
    sendCookie(request, reply, '-sso', sealLogin(context, organization, login), LOGIN_S_MAX)
    return url
  })
  addStep('callback', async (request, reply) => {
    const { organization, sso } = await requireSsoOf(context, request.params.slug)
    const cookie = cookieOf(request, '-sso')
    // Used up, whatever comes of it.
    sendCookie(request, reply, '-sso', '', 0)
    try {
      return await finish(context, request, reply, organization, sso, cookie)
    } finally {
      await selfAudit.settled()
    }
  })
}

type SsoRequest = FastifyRequest<{ Params: { slug: string } }>

/**
 * Where a browser goes when signing in has failed: our own page, which says why and offers another way. Programs get
 * the error itself: throws what it is given unless it is a refusal, and for a browser.
 */
function toSignInPage({ metrics }: RouteContext, request: SsoRequest, error: unknown): string {
  const isVisit = request.headers.accept?.includes('text/html') === true
  if (!isVisit || !(error instanceof AppError)) throw error
  metrics.refusedRequests.inc({ code: error.code })
  if (error.cause !== undefined) request.log.warn({ err: error, requestId: request.id }, error.code)
  const told = new URLSearchParams({ problem: error.code, sso: request.params.slug, request_id: request.id })
  return `/sign-in?${told}`
}

/** Starts the session; gives the path that the browser goes to. Throws `sso_failed` or `sso_unreachable`. */
async function finish(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  organization: Organization,
  sso: Sso,
  cookie: string | undefined,
): Promise<string> {
  const { access, signIn } = context
  const from = requestContext(request)
  const login = cookie === undefined ? undefined : openLogin(context, organization, cookie)
  if (login === undefined) {
    await noteRefusedSso(access, organization, 'state', undefined, from)
    throw new AppError('sso_failed', { hint: 'The sign-in was not begun in this browser, or took too long.' })
  }
  const url = new URL(redirectUri(context, request) + request.url.slice(pathOf(request).length))
  const identity = await signIn.openId
    .finish(providerOf(context, sso), url, login)
    .catch(async (error: unknown) => {
      await noteRefusedSso(access, organization, 'provider', undefined, from)
      throw error
    })
  // The settings may have changed while the provider was asked.
  const admitted = await admitSso(
    access,
    organization,
    (await requireSsoOf(context, organization.slug)).sso,
    identity,
    from,
  )
  if (typeof admitted === 'string') {
    await noteRefusedSso(access, organization, admitted, identity.verifiedEmail, from)
    throw new AppError('sso_failed', {
      hint: 'The organization does not let this account in; its owner finds the reason in the log.',
    })
  }
  const proof = { form: 'cookie', method: 'sso', secondFactor: false, confinedTo: organization.id } as const
  await beginSession(context, request, reply, { membership: admitted, mode: 'live', proof })
  return login.returnTo
}

/** Throws `not_found`, the same for an organization without single sign-on as for none. */
async function requireSsoOf(
  { access }: RouteContext,
  slug: string,
): Promise<{ readonly organization: Organization; readonly sso: Sso }> {
  const organization = await access.findOrganization(slug)
  const sso = organization === undefined ? undefined : await access.sso.find(organization.id)
  const isOpen = organization?.suspendedAt === undefined
  if (organization !== undefined && sso !== undefined && organization.slug === slug && isOpen)
    return { organization, sso }
  throw new AppError('not_found', { hint: 'There is no single sign-on here.' })
}

function providerOf({ access }: RouteContext, sso: Sso) {
  return { issuer: sso.issuer, clientId: sso.clientId, clientSecret: clientSecretOf(access, sso) }
}

/** Where the provider sends the browser back to: one address for each organization, so that no answer is taken for another's. */
function redirectUri({ signIn }: RouteContext, request: FastifyRequest): string {
  return signIn.publicUrl() + pathOf(request).replace(/\/start$/, '/callback')
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] as string
}

function returnTo(request: FastifyRequest): string {
  const values = readParameters(START_PARAMETERS, request.query as RawQuery)
  const path = single('return_to', values.return_to) ?? '/'
  if (OWN_PATH.test(path)) return path
  throw new AppError('invalid_request', {
    param: 'return_to',
    hint: '"return_to" must be a path on this server such as /entries.',
  })
}

function sealLogin(context: RouteContext, { id }: Organization, login: KeptLogin): string {
  const sealed = requireSecrets(context).seal('sso_login', id, JSON.stringify(login))
  return Buffer.from(sealed).toString('base64url')
}

/** What was kept; undefined when we did not seal it for this organization, or it is over. */
function openLogin(context: RouteContext, { id }: Organization, cookie: string): KeptLogin | undefined {
  try {
    const text = requireSecrets(context).open('sso_login', id, Buffer.from(cookie, 'base64url'))
    const login = JSON.parse(text) as KeptLogin
    return login.expiresAt > context.access.now() ? login : undefined
  } catch {
    // Not sealed by us, or for another organization: as if there were none.
    return undefined
  }
}

function requireSecrets({ access: { secrets } }: RouteContext): Secrets {
  if (secrets !== undefined) return secrets
  throw new AppError('wrong_master_key', { hint: 'The master key is not open here.' })
}
