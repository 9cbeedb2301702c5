import { STATUS_CODES } from 'node:http'
import type { AppError } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import type { ErrorAnswer } from '../../http/route.js'
import { retryAfterS, STATUS } from '../../http/status.js'

const ANCHORS = 'https://arize.com/docs/ax/rest-reference/errors#'
const RETRY_AFTER_DEFAULT_S = 5

/** Titles and anchors that the vendor publishes. */
const PUBLISHED: Readonly<Record<number, readonly [title: string, anchor: string]>> = {
  400: ['Invalid request parameters', 'invalid-request'],
  401: ['Authentication required', 'authentication-required'],
  403: ['Access forbidden', 'access-forbidden'],
  404: ['Resource not found', 'resource-not-found'],
  409: ['Resource conflict', 'resource-conflict'],
  422: ['Unprocessable Entity', 'unprocessable-entity'],
  429: ['Rate limit exceeded', 'rate-limit-exceeded'],
  503: ['Service Unavailable', 'service-unavailable'],
}

/**
 * A failure as RFC 9457 problem details. `status` is in the body too: the vendor's JavaScript client takes its class
 * of error from there. Statuses that the vendor does not publish have the type `about:blank`, as the RFC says.
 */
export function toProblem(error: AppError, request: Pick<FastifyRequest, 'id'>): ErrorAnswer {
  const status = STATUS[error.code]
  const [title, anchor] = PUBLISHED[status] ?? [STATUS_CODES[status] ?? 'Error', undefined]
  const passesBy = status === 429 || status === 503
  const retryAfter = retryAfterS(error) ?? (passesBy ? RETRY_AFTER_DEFAULT_S : undefined)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: {
      status,
      title,
      type: anchor === undefined ? 'about:blank' : ANCHORS + anchor,
      detail: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
      instance: `urn:counterfoil:request:${request.id}`,
    },
  }
}
