import { AppError, type JsonObject } from '@counterfoil/core'
import type { NewSession } from '../../access/access-store.js'
import { changeOwnPassword } from '../../access/administration/passwords.js'
import { timeText } from '../../access/administration/shapes.js'
import { requireGoodPassword } from '../../access/password.js'
import type { Person } from '../../access/tables/people-table.js'
import { type AdminCall, type AdminRoute, adminRoute } from './admin-route.js'
import { requireSignedIn } from './session-routes.js'
import { PASSWORD } from './sign-in.js'

export const OWN_PASSWORD_ROUTES: readonly AdminRoute[] = [
  adminRoute({
    method: 'POST',
    path: '/v1/me/password',
    operationId: 'changeOwnPassword',
    summary:
      'Change your own password; your other sessions end, and this one goes on with a new token or cookie.',
    members: { current_password: PASSWORD, password: PASSWORD },
    answer: 'RenewedSession',
    handle: async (call) => {
      const { access, by, key, signIn } = call
      const { current_password: current, password } = call.members
      requireSignedIn(key)
      requireGoodPassword(password, key.owner?.email ?? '')
      const person = await requireOwnPassword(call, current)
      const passwordHash = await signIn.passwords.hash(password)
      return renewed(call, await changeOwnPassword(access, by, key, person, passwordHash))
    },
  }),
]

/** The answer that a session's new token comes with, unless it comes in the cookie. */
export function renewed({ key, cookie }: AdminCall, session: NewSession): JsonObject {
  cookie.send(session)
  return {
    object: 'renewed_session',
    id: session.sessionId,
    ...(key.session?.form === 'token' ? { token: session.token } : {}),
    expires_at: timeText(session.expiresAt),
  }
}

/**
 * The person of the session, once they have given their password again: a browser that somebody left open must not be
 * enough to take the account over. Throws `invalid_sign_in`, `sso_required` for somebody who has not signed in with a
 * password, `rate_limit_exceeded`.
 */
export async function requireOwnPassword(
  { access, key, signIn }: Pick<AdminCall, 'access' | 'key' | 'signIn'>,
  password: string,
): Promise<Person> {
  const email = key.owner?.email ?? ''
  // An organization's provider vouches for somebody there; the password is theirs everywhere.
  if (key.session?.method !== 'password') {
    throw new AppError('permission_denied', {
      hint: 'This is for people who have signed in with their password.',
    })
  }
  signIn.throttles.accounts.take(email)
  const person = await access.people.find(email)
  const matches = await signIn.passwords.matches(password, person?.passwordHash)
  if (
    person !== undefined &&
    matches &&
    (await access.people.find(email))?.passwordHash === person.passwordHash
  )
    return person
  throw new AppError('invalid_sign_in', { hint: 'Give the password that you sign in with now.' })
}
