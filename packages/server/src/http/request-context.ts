import { type Context, parseIpAddress, USER_AGENT_LENGTH_MAX } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'

/** What an entry about a request says of where it came from. */
export function requestContext(request: FastifyRequest): Context {
  const userAgent = request.headers['user-agent']
  return {
    // Behind a proxy that lies, it may be no address at all.
    ...(parseIpAddress(request.ip) === undefined ? {} : { ip_address: request.ip }),
    ...(userAgent === undefined ? {} : { user_agent: userAgent.slice(0, USER_AGENT_LENGTH_MAX) }),
    request_id: request.id,
  }
}
