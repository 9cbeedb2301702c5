import type { AppError } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import type { ErrorAnswer } from '../http/route.js'
import { STATUS } from '../http/status.js'
import type { GraphQlFailure } from './refusal.js'

/**
 * A failure in the shape of GraphQL: `errors`, each with a message and a machine code, and `data: null`. A request
 * is answered whole or not at all, so that nobody takes a part for everything; the status is that of the failure.
 */
export function graphQlError(error: AppError, request: FastifyRequest): ErrorAnswer {
  return {
    status: STATUS[error.code],
    headers: {},
    body: { errors: toFailures(error, request.id), data: null },
  }
}

function toFailures(error: AppError, requestId: string): readonly GraphQlFailure[] {
  const { failures, ...details } = error.details ?? {}
  if (failures !== undefined) return failures as readonly GraphQlFailure[]
  return [
    {
      message: error.hint === undefined ? error.message : `${error.message} ${error.hint}`,
      extensions: {
        code: error.code,
        ...(error.param === undefined ? {} : { param: error.param }),
        ...details,
        request_id: requestId,
      },
    },
  ]
}
