import type { AppError } from '@counterfoil/core'
import type { ErrorAnswer } from '../../http/route.js'
import { STATUS } from '../../http/status.js'

/** A failure in two members. Ours: the vendor publishes neither the shape nor the statuses of its errors. */
export function toArcwiseError(error: AppError): ErrorAnswer {
  return {
    status: STATUS[error.code],
    headers: {},
    body: {
      error: error.code,
      message: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
    },
  }
}
