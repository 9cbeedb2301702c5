import { AppError } from '@counterfoil/core'
import {
  confirmSecondFactor,
  disableSecondFactor,
  offerSecondFactor,
  renewRecoveryCodes,
} from '../../access/administration/second-factor.js'
import { textMember } from '../../http/members.js'
import { type AdminCall, type AdminRoute, adminRoute } from './admin-route.js'
import { renewed, requireOwnPassword } from './own-password-routes.js'
import { readStep, STEP_MEMBERS } from './second-step.js'
import { requireSignedIn } from './session-routes.js'
import { PASSWORD } from './sign-in.js'

export const SECOND_FACTOR_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'POST',
    path: '/v1/me/second_factor',
    operationId: 'offerSecondFactor',
    summary:
      'A secret for your authenticator; it counts once you confirm it. In place of another one with a code of that.',
    members: { password: PASSWORD, ...STEP_MEMBERS },
    answer: 'SecondFactorOffer',
    handle: async (call) => {
      requireSignedIn(call.key)
      const { password, code, recovery_code } = call.members
      const present = code ?? recovery_code
      const { personId } = await requireOwnPassword(call, password)
      const step = present === undefined ? undefined : readStep(call.members)
      if (step !== undefined) takeAttempt(call)
      const { secret, url } = await offerSecondFactor(call.access, personId, step)
      return { object: 'second_factor_offer', secret, otpauth_url: url }
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/me/second_factor/confirm',
    operationId: 'confirmSecondFactor',
    summary:
      'Confirm the authenticator with a code of it. The recovery codes are shown once; your other sessions end.',
    members: { code: textMember('Six digits of the authenticator.', 20) },
    answer: 'ConfirmedSecondFactor',
    handle: async (call) => {
      requireSignedIn(call.key)
      takeAttempt(call)
      const { access, by, key, members } = call
      const confirmed = await confirmSecondFactor(access, by, key, personOf(call), members.code)
      return {
        ...renewed(call, confirmed.session),
        object: 'confirmed_second_factor',
        recovery_codes: [...confirmed.recoveryCodes],
      }
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/me/second_factor/recovery_codes',
    operationId: 'renewRecoveryCodes',
    summary: 'New recovery codes in place of those there were, shown once.',
    members: { password: PASSWORD, ...STEP_MEMBERS },
    answer: 'RecoveryCodes',
    handle: async (call) => {
      requireSignedIn(call.key)
      const step = readStep(call.members)
      const { personId } = await requireOwnPassword(call, call.members.password)
      takeAttempt(call)
      const codes = await renewRecoveryCodes(call.access, call.by, personId, step)
      return { object: 'recovery_codes', recovery_codes: [...codes] }
    },
  }),
  adminRoute({
    method: 'POST',
    path: '/v1/me/second_factor/disable',
    operationId: 'disableSecondFactor',
    summary: 'Disable your second factor, unless an organization of yours asks for it.',
    members: { password: PASSWORD, ...STEP_MEMBERS },
    handle: async (call) => {
      requireSignedIn(call.key)
      const step = readStep(call.members)
      const { personId } = await requireOwnPassword(call, call.members.password)
      takeAttempt(call)
      await disableSecondFactor(call.access, call.by, personId, step)
      return undefined
    },
  }),
]

/** Throws `rate_limit_exceeded`: codes are short. */
function takeAttempt({ key, signIn: { throttles } }: Pick<AdminCall, 'key' | 'signIn'>): void {
  const personId = key.owner?.personId ?? ''
  throttles.codes.take(personId)
  throttles.codesOfHour.take(personId)
}

function personOf({ key }: Pick<AdminCall, 'key'>): string {
  if (key.owner !== undefined && key.session?.method === 'password') return key.owner.personId
  throw new AppError('permission_denied', {
    hint: 'This is for people who have signed in with their password.',
  })
}
