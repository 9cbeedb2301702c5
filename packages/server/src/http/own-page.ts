import { AppError } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'

/** What our own page sends with every change: a header that no form can, and no other site's script may. */
export const REQUEST_HEADER = 'x-counterfoil-request'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether the method is one that may change something. */
export function isUnsafe({ method }: FastifyRequest): boolean {
  return !SAFE.has(method)
}

/**
 * A browser sends cookies along with what other sites make it do. Throws `cross_site_request` unless the browser says
 * that the request comes from a page of this very origin, it has the type of JSON, and it has our own header.
 */
export function requireOwnPage(request: FastifyRequest): void {
  const { headers } = request
  const problem = !isSameOrigin(request)
    ? 'it must come from a page of this server (Sec-Fetch-Site: same-origin, or an Origin that is this Host)'
    : !/^application\/json(?: *; *charset="?utf-8"?)?$/i.test(headers['content-type'] ?? '')
      ? 'it must have Content-Type: application/json'
      : headers[REQUEST_HEADER] !== '1'
        ? 'it must have X-Counterfoil-Request: 1'
        : undefined
  if (problem === undefined) return
  throw new AppError('cross_site_request', {
    hint: `A request that changes something by a session's cookie is refused: ${problem}.`,
  })
}

/** Browsers that say where a request comes from are believed; of older ones the Origin says it. */
function isSameOrigin({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = headers
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  return new URL(origin).host === host.toLowerCase()
}
