import { AppError } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessStore } from '../../access/access-store.js'
import {
  offerSecondFactor,
  type SecondStep,
  takeSecondStep,
} from '../../access/administration/second-factor.js'
import { noteRefusedSignIn } from '../../access/administration/sessions.js'
import { timeText } from '../../access/administration/shapes.js'
import { refusedEntrance } from '../../access/session-keys.js'
import type { Membership } from '../../access/tables/memberships-table.js'
import type { PendingSignIn } from '../../access/tables/pending-sign-ins-table.js'
import type { Person } from '../../access/tables/people-table.js'
import { type Members, type MemberValues, optional, readMembers, textMember } from '../../http/members.js'
import { requireOwnPage } from '../../http/own-page.js'
import { requestContext } from '../../http/request-context.js'
import { type RouteContext, sendJson } from '../../http/route.js'
import { answerSession, type Destination } from './session-answer.js'

const pendingToken = textMember('What the first step answered.', 200)

/** A code of an authenticator, or a recovery code: one of the two. */
export const STEP_MEMBERS = {
  code: optional(textMember('Six digits of the authenticator.', 20)),
  recovery_code: optional(textMember('In place of the code.', 100)),
} as const
export const SECOND_STEP_MEMBERS = {
  '/v1/sessions/second_factor': { pending_token: pendingToken, ...STEP_MEMBERS },
  '/v1/sessions/second_factor/enrol': { pending_token: pendingToken },
} as const satisfies Readonly<Record<string, Members>>

/** What somebody who gave the right password still has to do; undefined for nothing. */
export async function secondStepOf(
  access: AccessStore,
  { secondFactor }: Person,
  { organizationId }: Membership,
): Promise<'second_factor' | 'enrol' | undefined> {
  if (secondFactor !== undefined) return 'second_factor'
  return (await access.findOrganization(organizationId))?.secondFactorRequired === true ? 'enrol' : undefined
}

/** Answers that a second step has to be taken, with a token that is good for that alone. */
export async function answerPending(
  { access }: RouteContext,
  reply: FastifyReply,
  { membership: { personId, organizationId }, mode, proof: { form, confinedTo } }: Destination,
  next: 'second_factor' | 'enrol',
): Promise<FastifyReply> {
  const pending = {
    personId,
    organizationId,
    mode,
    form,
    ...(confinedTo === undefined ? {} : { confinedTo }),
  }
  const { token, expiresAt } = await access.transaction((access) => access.pendingSignIns.create(pending))
  return sendJson(
    reply,
    202,
    JSON.stringify({
      object: 'pending_sign_in',
      pending_token: token,
      next,
      expires_at: timeText(expiresAt),
    }),
  )
}

/** The second step of signing in. */
export function addSecondStep(server: FastifyInstance, context: RouteContext): void {
  const { access, signIn } = context
  server.post('/v1/sessions/second_factor', async (request, reply) => {
    const members = readMembers(SECOND_STEP_MEMBERS['/v1/sessions/second_factor'], request.body)
    const step = readStep(members)
    const pending = await requirePending(context, request, members.pending_token)
    signIn.throttles.codes.take(pending.personId)
    signIn.throttles.codesOfHour.take(pending.personId)
    const { recoveryCodes } = await taken(context, request, pending, step)
    const more = recoveryCodes === undefined ? {} : { recovery_codes: recoveryCodes }
    return answerSession(context, request, reply, await destinationOf(access, pending), more)
  })
  server.post('/v1/sessions/second_factor/enrol', async (request, reply) => {
    const members = readMembers(SECOND_STEP_MEMBERS['/v1/sessions/second_factor/enrol'], request.body)
    const { personId } = await requirePending(context, request, members.pending_token)
    const { secret, url } = await offerSecondFactor(access, personId)
    return sendJson(reply, 201, JSON.stringify({ object: 'second_factor_offer', secret, otpauth_url: url }))
  })
}

/** The step that was sent. Throws `invalid_request` unless it is one of the two. */
export function readStep({
  code,
  recovery_code: recoveryCode,
}: MemberValues<typeof STEP_MEMBERS>): SecondStep {
  if (code !== undefined && recoveryCode === undefined) return { code }
  if (recoveryCode !== undefined && code === undefined) return { recoveryCode }
  throw new AppError('invalid_request', {
    param: 'code',
    hint: 'Give "code" or "recovery_code", one of them.',
  })
}

async function requirePending(
  { access, signIn }: RouteContext,
  request: FastifyRequest,
  token: string,
): Promise<PendingSignIn> {
  signIn.throttles.addresses.take(request.ip)
  const pending = await access.pendingSignIns.find(token)
  if (pending === undefined)
    throw new AppError('session_ended', { hint: 'Begin again with e-mail address and password.' })
  if (pending.form === 'cookie') requireOwnPage(request)
  return pending
}

async function taken(
  { access, selfAudit }: RouteContext,
  request: FastifyRequest,
  pending: PendingSignIn,
  step: SecondStep,
) {
  const from = requestContext(request)
  try {
    return await takeSecondStep(access, pending, step, from)
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_code') {
      const memberships = await access.memberships.ofPerson(pending.personId)
      await noteRefusedSignIn(access, memberships[0]?.email, memberships, from, 'invalid_code')
      await selfAudit.settled()
    }
    throw error
  }
}

/** Where the first step led, if it still leads there. Throws `session_ended`. */
async function destinationOf(access: AccessStore, pending: PendingSignIn): Promise<Destination> {
  const { form, confinedTo, mode } = pending
  const organization = await access.findOrganization(pending.organizationId)
  const membership = await access.memberships.find(pending.organizationId, pending.personId)
  const proof = {
    form,
    method: 'password',
    secondFactor: true,
    ...(confinedTo === undefined ? {} : { confinedTo }),
  } as const
  if (
    organization === undefined ||
    membership === undefined ||
    (await refusedEntrance(access, proof, organization)) !== undefined
  )
    throw new AppError('session_ended', { hint: 'Begin again with e-mail address and password.' })
  return { membership, mode, proof }
}
