import { AppError, MODES, type Mode } from '@counterfoil/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { noteRefusedSignIn, startSession } from '../../access/administration/sessions.js'
import { hashPassword, isPassword, makePassword } from '../../access/password.js'
import type { Membership } from '../../access/tables/memberships-table.js'
import { normaliseEmail } from '../../access/tables/people-table.js'
import { readJsonMembers } from '../../http/json-body.js'
import { requestContext } from '../../http/request-context.js'
import { type RouteContext, sendJson } from '../../http/route.js'
import { Throttle } from './throttle.js'

const ATTEMPTS_OF_ACCOUNT_MAX = 5
const ATTEMPTS_OF_ADDRESS_MAX = 50
const WINDOW_MS = 60_000
const PASSWORD_LENGTH_MAX = 1_024
const TEXT_LENGTH_MAX = 512
const MEMBERS = ['email', 'password', 'mode', 'organization'] as const

interface Credentials {
  readonly email: string
  readonly password: string
  readonly mode: Mode
  /** Slug or id; the organization that the person has belonged to longest when left out. */
  readonly organization: string | undefined
}

/** `POST /v1/sessions`: an e-mail address and a password for a token that does what the person's role permits. */
export function addSignIn(server: FastifyInstance, context: RouteContext): void {
  const accounts = new Throttle(ATTEMPTS_OF_ACCOUNT_MAX, WINDOW_MS)
  const addresses = new Throttle(ATTEMPTS_OF_ADDRESS_MAX, WINDOW_MS)
  // An unknown address is checked against this hash, so that it takes as long as a known one.
  const nobody = hashPassword(makePassword())
  nobody.catch(() => undefined)
  server.post('/v1/sessions', async (request, reply) => {
    const credentials = readCredentials(request.body)
    addresses.take(request.ip)
    // Texts that are no address count as one account: they cannot be right, and must not fill memory.
    accounts.take(normaliseEmail(credentials.email) ?? '')
    const membership = await provenMembership(context, request, credentials, await nobody)
    const { mode } = credentials
    const { token, expiresAt } = startSession(context.access, membership, mode, requestContext(request))
    await context.selfAudit.settled()
    return sendJson(
      reply,
      201,
      JSON.stringify({
        object: 'session',
        token,
        mode,
        organization_id: membership.organizationId,
        person_id: membership.personId,
        role: membership.roleName,
        organizations: organizationsOf(context, membership.personId),
        expires_at: new Date(expiresAt).toISOString(),
      }),
    )
  })
}

/** Where the person belongs, once they have proved who they are. Throws `invalid_sign_in`, whatever was wrong. */
async function provenMembership(
  { access }: RouteContext,
  request: FastifyRequest,
  { email, password, organization }: Credentials,
  nobody: string,
): Promise<Membership> {
  const person = access.people.find(email)
  const matches = await isPassword(password, person?.passwordHash ?? nobody)
  const memberships = person === undefined ? [] : access.memberships.ofPerson(person.personId)
  const wanted = organization === undefined ? undefined : access.findOrganization(organization)
  const membership =
    organization === undefined
      ? memberships[0]
      : memberships.find(({ organizationId }) => organizationId === wanted?.id)
  if (matches && person?.passwordHash !== undefined && membership !== undefined) return membership
  noteRefusedSignIn(access, normaliseEmail(email), memberships, requestContext(request))
  // Committed; not waited for, because how long that takes depends on how many organizations the person belongs to.
  throw new AppError('invalid_sign_in', { hint: 'Check both and try again.' })
}

function organizationsOf({ access }: RouteContext, personId: string): readonly object[] {
  return access.memberships.ofPerson(personId).flatMap(({ organizationId, roleName }) => {
    const organization = access.findOrganization(organizationId)
    if (organization === undefined) return []
    const { id, slug, name } = organization
    return [{ id, slug, name, role: roleName }]
  })
}

function readCredentials(body: unknown): Credentials {
  const { email, password, mode = 'live', organization } = readJsonMembers(body, MEMBERS)
  if (!MODES.includes(mode as Mode)) {
    throw new AppError('invalid_request', {
      param: 'mode',
      hint: `"mode" must be one of ${MODES.join(', ')}.`,
    })
  }
  const address = requireString('email', email)
  return {
    email: normaliseEmail(address) ?? address,
    password: requireString('password', password, PASSWORD_LENGTH_MAX),
    mode: mode as Mode,
    organization: organization === undefined ? undefined : requireString('organization', organization),
  }
}

function requireString(name: string, value: unknown, lengthMax = TEXT_LENGTH_MAX): string {
  if (typeof value === 'string' && value.length <= lengthMax) return value
  throw new AppError('invalid_request', {
    param: name,
    hint: `"${name}" must be a string of at most ${lengthMax} characters.`,
  })
}
