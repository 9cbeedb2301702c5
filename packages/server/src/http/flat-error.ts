import type { AppError, ErrorCode } from '@counterfoil/core'
import type { ErrorAnswer } from './route.js'
import { STATUS } from './status.js'

type ErrorType =
  | 'validation_error'
  | 'permission_error'
  | 'not_found'
  | 'conflict'
  | 'rate_limit'
  | 'expand_error'
  | 'unavailable'
  | 'internal'

/** An error in the flat envelope of `/v1`: `error` and `code` are the same, `hint` says what to do. */
export function flatError(error: AppError, requestId: string): ErrorAnswer {
  const status = STATUS[error.code]
  return {
    status,
    headers: {},
    body: {
      error: error.code,
      code: error.code,
      type: typeOf(error.code, status),
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.param === undefined ? {} : { param: error.param }),
      ...error.details,
      request_id: requestId,
    },
  }
}

function typeOf(code: ErrorCode, status: number): ErrorType {
  if (code.startsWith('invalid_expand')) return 'expand_error'
  if (status === 401 || status === 403) return 'permission_error'
  if (status === 404) return 'not_found'
  if (status === 409) return 'conflict'
  if (status === 429) return 'rate_limit'
  if (status === 502 || status === 503) return 'unavailable'
  return status < 500 ? 'validation_error' : 'internal'
}
