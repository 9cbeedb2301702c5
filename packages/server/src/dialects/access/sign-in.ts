import { AppError, MODES, type Mode } from '@counterfoil/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AccessStore } from '../../access/access-store.js'
import {
  noteRefusedSignIn,
  organizationSuspended,
  type SignInRefusal,
} from '../../access/administration/sessions.js'
import { refusedEntrance } from '../../access/session-keys.js'
import type { Membership } from '../../access/tables/memberships-table.js'
import { normaliseEmail, type Person } from '../../access/tables/people-table.js'
import type { SessionProof } from '../../access/tables/sessions-table.js'
import {
  booleanMember,
  choiceMember,
  type Member,
  optional,
  readMembers,
  textMember,
} from '../../http/members.js'
import { requireOwnPage } from '../../http/own-page.js'
import { requestContext } from '../../http/request-context.js'
import type { RouteContext } from '../../http/route.js'
import { answerPending, secondStepOf } from './second-step.js'
import { answerSession, ssoRequired } from './session-answer.js'

/** A password is taken as it is: any character, and so long that nobody is told here how long one may be. */
const PASSWORD_LENGTH_MAX = 4_096

export const PASSWORD: Member<string> = {
  schema: { type: 'string' },
  expects: 'a string',
  required: true,
  read: (value) => (typeof value === 'string' ? value.slice(0, PASSWORD_LENGTH_MAX) : undefined),
}

export const SIGN_IN_MEMBERS = {
  email: textMember('E-mail address.', 1_000, 0),
  password: PASSWORD,
  mode: optional(choiceMember('Live when left out.', MODES)),
  organization: optional(
    textMember('Slug or id; where the person has belonged longest when left out.', 1_000, 0),
  ),
  cookie: optional(booleanMember('For browsers: the token comes in a cookie, and not in the answer.')),
} as const

/** What somebody who signs in asks for. */
interface Credentials {
  /** Normalised, where it has the form of an address. */
  readonly email: string
  readonly password: string
  readonly mode: Mode
  readonly organization: string | undefined
  readonly form: 'token' | 'cookie'
}

/** `POST /v1/sessions`: an e-mail address and a password for a session that does what the person's role permits. */
export function addSignIn(server: FastifyInstance, context: RouteContext): void {
  server.post('/v1/sessions', async (request, reply) => {
    const credentials = readCredentials(request)
    const { throttles } = context.signIn
    throttles.addresses.take(request.ip)
    throttles.accounts.take(credentials.email)
    const { person, membership, proof } = await proven(context, request, credentials)
    const destination = { membership, mode: credentials.mode, proof }
    const next = await secondStepOf(context.access, person, membership)
    return next === undefined
      ? answerSession(context, request, reply, destination)
      : await answerPending(context, reply, destination, next)
  })
}

/**
 * Where the person goes, once they have proved who they are. Throws `invalid_sign_in`, the same for whatever was wrong;
 * `sso_required` and `organization_suspended` only to somebody whose password was right.
 */
async function proven(
  context: RouteContext,
  request: FastifyRequest,
  { email, password, organization, form }: Credentials,
): Promise<{ readonly person: Person; readonly membership: Membership; readonly proof: SessionProof }> {
  const { access } = context
  const known = await access.people.find(email)
  const matches = await context.signIn.passwords.matches(password, known?.passwordHash)
  const person = await access.people.find(email)
  // The same work for somebody unknown: their memberships are looked for, too.
  const memberships = await access.memberships.ofPerson(person?.personId ?? NOBODY)
  const wanted =
    organization === undefined ? undefined : ((await access.findOrganization(organization))?.id ?? NOBODY)
  // A password that was changed while it was being checked is not the one any more.
  if (!matches || person === undefined || person.passwordHash !== known?.passwordHash)
    throw await refused(context, request, email, memberships, 'invalid_sign_in')
  const confinedTo = person.passwordOrganizationId
  const proof: SessionProof = {
    form,
    method: 'password',
    secondFactor: false,
    ...(confinedTo === undefined ? {} : { confinedTo }),
  }
  const open = memberships.filter(
    ({ organizationId }) =>
      (wanted === undefined || organizationId === wanted) &&
      (confinedTo === undefined || organizationId === confinedTo),
  )
  const entrances = await Promise.all(open.map((one) => entrance(access, proof, one)))
  const membership = open.find((_, i) => !LEADS_NOWHERE.has(entrances[i] ?? ''))
  if (membership !== undefined) return { person, membership, proof }
  const elsewhere = await access.findOrganization(open[0]?.organizationId ?? NOBODY)
  if (elsewhere?.suspendedAt !== undefined) {
    await refused(context, request, email, open, 'organization_suspended')
    throw organizationSuspended()
  }
  if (elsewhere === undefined) throw await refused(context, request, email, memberships, 'invalid_sign_in')
  await refused(context, request, email, open, 'sso_required')
  throw ssoRequired(elsewhere.slug)
}

/** What a right password does not lead past. */
const LEADS_NOWHERE: ReadonlySet<string> = new Set(['sso_required', 'organization_suspended'])

/** An id that nobody and nothing has. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

async function entrance(access: AccessStore, proof: SessionProof, { organizationId }: Membership) {
  const organization = await access.findOrganization(organizationId)
  return organization === undefined ? undefined : await refusedEntrance(access, proof, organization)
}

/** Records a refusal; gives the error to throw. */
async function refused(
  { access, selfAudit }: RouteContext,
  request: FastifyRequest,
  email: string,
  memberships: readonly Membership[],
  code: SignInRefusal,
): Promise<AppError> {
  await noteRefusedSignIn(access, normaliseEmail(email), memberships, requestContext(request), code)
  await selfAudit.settled()
  return new AppError('invalid_sign_in', { hint: 'Check both and try again.' })
}

function readCredentials(request: FastifyRequest): Credentials {
  const { email, password, mode, organization, cookie } = readMembers(SIGN_IN_MEMBERS, request.body)
  // Otherwise another site could sign a browser in as somebody it is not, and see what its user does there.
  if (cookie === true) requireOwnPage(request)
  return {
    email: normaliseEmail(email) ?? email,
    password,
    mode: mode ?? 'live',
    organization,
    form: cookie === true ? 'cookie' : 'token',
  }
}
