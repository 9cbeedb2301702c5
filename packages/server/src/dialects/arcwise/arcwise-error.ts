import type { AppError } from '@counterfoil/core'
import type { ErrorAnswer } from '../../http/route.js'
import { RETRY_AFTER_S, STATUS } from '../../http/status.js'

/** A failure in two members. Ours: the vendor publishes neither the shape nor the statuses of its errors. */
export function toArcwiseError(error: AppError): ErrorAnswer {
  const retryAfter = RETRY_AFTER_S[error.code]
  return {
    status: STATUS[error.code],
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    body: {
      error: error.code,
      message: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
    },
  }
}
