import type { Passwords } from '../access/password.js'
import { Throttle, type ThrottleLimit } from '../limits/throttle.js'
import type { Mailer } from '../mail/mailer.js'
import type { OpenIdClient } from '../sso/openid.js'

/** What signing in works with. */
export interface SignInContext {
  readonly passwords: Passwords
  readonly throttles: SignInThrottles
  /** Undefined when no mail server is configured: links are shown then. */
  readonly mailer: Mailer | undefined
  readonly openId: OpenIdClient
  /** Where people reach the server, without a slash at the end. */
  readonly publicUrl: () => string
}

export interface SignInThrottles {
  /** Passwords tried for an account. */
  readonly accounts: Throttle
  /** Passwords, codes and links tried from an address. */
  readonly addresses: Throttle
  /** Second factors tried for a person, in a minute and in an hour. */
  readonly codes: Throttle
  readonly codesOfHour: Throttle
}

const MINUTE_MS = 60_000
export const SIGN_IN_LIMITS = {
  accounts: { attemptsMax: 5, windowMs: MINUTE_MS },
  addresses: { attemptsMax: 50, windowMs: MINUTE_MS },
  codes: { attemptsMax: 5, windowMs: MINUTE_MS },
  // Three codes of a million hold at a time: at this pace, guessing one takes two years.
  codesOfHour: { attemptsMax: 20, windowMs: 60 * MINUTE_MS },
} as const satisfies Readonly<Record<keyof SignInThrottles, ThrottleLimit>>
export type SignInLimits = Readonly<Record<keyof SignInThrottles, ThrottleLimit>>

export function makeThrottles(limits: SignInLimits = SIGN_IN_LIMITS): SignInThrottles {
  return {
    accounts: new Throttle(limits.accounts),
    addresses: new Throttle(limits.addresses),
    codes: new Throttle(limits.codes),
    codesOfHour: new Throttle(limits.codesOfHour),
  }
}
