import { AppError } from '@counterfoil/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiKey, Scope } from '../access/api-key.js'
import type { RateLimiter, RateStanding, RateTier } from '../limits/rate-limiter.js'

declare module 'fastify' {
  interface FastifyInstance {
    rateLimiter: RateLimiter
  }
  interface FastifyRequest {
    /** How the caller's key stands; undefined before the caller is known, and when it has no limit. */
    rateStanding: RateStanding | undefined
  }
}

/** Makes the limiter known to every route of the server. */
export function addRateLimits(server: FastifyInstance, limiter: RateLimiter): void {
  server.decorate('rateLimiter', limiter)
  server.decorateRequest('rateStanding', undefined)
}

/**
 * Counts a request of `key`, once however often its caller is looked up. Throws `rate_limit_exceeded`. Comes before
 * the scopes are looked at, so that a key that lacks one cannot ask without end.
 */
export function countRequest(request: FastifyRequest, key: ApiKey, scopes: readonly Scope[]): void {
  if (request.rateStanding !== undefined) return
  const standing = request.server.rateLimiter.take(key.keyId, tierOf(key, scopes))
  if (standing === undefined) return
  request.rateStanding = standing
  const { retryAfterS } = standing
  if (retryAfterS === undefined) return
  throw new AppError('rate_limit_exceeded', {
    hint: `Rate limit exceeded. Retry after ${retryAfterS} seconds.`,
    retryAfterS,
  })
}

/** Every answer to a known caller says how its key stands, refusals too. */
export function sendRateHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const standing = request.rateStanding
  if (standing === undefined) return
  reply.header('x-ratelimit-limit', standing.limit)
  reply.header('x-ratelimit-remaining', standing.remaining)
  reply.header('x-ratelimit-reset', standing.resetS)
}

/** Routes that record are those that want the scope to write. */
function tierOf({ rateClass, mode }: ApiKey, scopes: readonly Scope[]): RateTier {
  if (scopes.includes('audit:write')) return 'recording'
  return rateClass === 'elevated' ? 'elevated' : mode
}
