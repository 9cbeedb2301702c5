import { AppError } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import { type Caller, type DialectContext, toCaller } from '../../http/route.js'

/**
 * The vendor's prose sets the header to `Bearer: <token>`, its cURL to `Bearer <token>`. Read as a header of its own,
 * the prose could also mean one that is named `Bearer`.
 */
const SPELLINGS = {
  either: /^bearer(?: +|: *)(\S+)$/i,
  curl: /^bearer +(\S+)$/i,
  prose: /^bearer: *(\S+)$/i,
} as const
type Spelling = keyof typeof SPELLINGS

export const BEARER_SPELLING = {
  values: ['either', 'curl', 'prose'],
  description:
    '`curl` takes "Authorization: Bearer <token>", `prose` takes "Authorization: Bearer: <token>" and a header "Bearer: <token>", `either` takes all three.',
} as const satisfies { values: readonly [Spelling, ...Spelling[]]; description: string }

/** The caller behind a token in any spelling that is switched on. Throws as `requireCaller` does. */
export async function requireArcwiseCaller(
  context: DialectContext,
  request: FastifyRequest,
): Promise<Caller> {
  const spelling = context.switchOf('bearer_spelling') as Spelling
  const { authorization, bearer } = request.headers
  const bare = spelling !== 'curl' && typeof bearer === 'string' ? bearer.trim() : undefined
  if (authorization === undefined && bare === undefined) {
    throw new AppError('missing_api_key', {
      hint: 'Send the header "Authorization: Bearer <personal access token>".',
    })
  }
  const token = authorization === undefined ? bare : SPELLINGS[spelling].exec(authorization)?.[1]
  const key = token === undefined ? undefined : await context.access.authenticate(token)
  return toCaller(key, ['audit:read', 'audit:read:own'], request, context.access)
}
