import { AppError, MODES, type Mode } from '@counterfoil/core'
import type { FastifyInstance } from 'fastify'
import { hashPassword, isPassword, makePassword } from '../../access/password.js'
import { readJsonMembers } from '../../http/json-body.js'
import { type RouteContext, sendJson } from '../../http/route.js'

const ATTEMPTS_A_MINUTE_MAX = 5
const MEMBERS = ['email', 'password', 'mode'] as const

/** `POST /v1/sessions`: an e-mail address and a password for a token that reads until it expires. */
export function addSignIn(server: FastifyInstance, context: RouteContext): void {
  const throttle = new Throttle(ATTEMPTS_A_MINUTE_MAX, 60_000)
  // An unknown address is checked against this hash, so that it takes as long as a known one.
  const nobody = hashPassword(makePassword())
  nobody.catch(() => undefined)
  server.post('/v1/sessions', async (request, reply) => {
    const { email, password, mode } = readCredentials(request.body)
    throttle.take(email)
    const person = context.access.findPerson(email)
    const matches = await isPassword(password, person?.passwordHash ?? (await nobody))
    if (person === undefined || !matches)
      throw new AppError('invalid_sign_in', { hint: 'Check both and try again.' })
    const { token, expiresAt } = context.access.createSession(email, mode)
    const session = { object: 'session', token, mode, expires_at: new Date(expiresAt).toISOString() }
    return sendJson(reply, 201, JSON.stringify(session))
  })
}

function readCredentials(body: unknown): { email: string; password: string; mode: Mode } {
  const { email, password, mode = 'live' } = readJsonMembers(body, MEMBERS)
  if (typeof email !== 'string')
    throw new AppError('invalid_request', { param: 'email', hint: '"email" must be a string.' })
  if (typeof password !== 'string') {
    throw new AppError('invalid_request', { param: 'password', hint: '"password" must be a string.' })
  }
  if (!MODES.includes(mode as Mode)) {
    throw new AppError('invalid_request', {
      param: 'mode',
      hint: `"mode" must be one of ${MODES.join(', ')}.`,
    })
  }
  return { email: email.toLowerCase(), password, mode: mode as Mode }
}

/** Counts attempts of each account; memory is bounded by forgetting all when the window ends. */
class Throttle {
  readonly #attemptsMax: number
  readonly #windowMs: number
  readonly #attempts = new Map<string, number>()
  #windowEndMs = 0

  constructor(attemptsMax: number, windowMs: number) {
    this.#attemptsMax = attemptsMax
    this.#windowMs = windowMs
  }

  /** Throws `rate_limit_exceeded` when the account has no attempt left in this window. */
  take(account: string): void {
    const nowMs = performance.now()
    if (nowMs >= this.#windowEndMs) {
      this.#attempts.clear()
      this.#windowEndMs = nowMs + this.#windowMs
    }
    const attempts = (this.#attempts.get(account) ?? 0) + 1
    this.#attempts.set(account, attempts)
    if (attempts > this.#attemptsMax) {
      throw new AppError('rate_limit_exceeded', {
        hint: 'Wait a minute before signing in to this account again.',
        retryAfterS: Math.ceil((this.#windowEndMs - nowMs) / 1_000),
      })
    }
  }
}
