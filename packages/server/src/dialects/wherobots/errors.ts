import type { AppError, ErrorCode } from '@counterfoil/core'
import type { FastifyRequest } from 'fastify'
import type { DialectContext, ErrorAnswer } from '../../http/route.js'
import { STATUS } from '../../http/status.js'

/** `ErrorClass` of the vendor's OpenAPI document. Which of them goes with which status it does not say. */
export const ERROR_CLASSES = [
  'BAD_REQUEST_ERROR',
  'CONFLICT_ERROR',
  'INVALID_INPUT_ERROR',
  'INTERNAL_SERVER_ERROR',
  'UNAUTHORIZED_ERROR',
  'INSUFFICIENT_PERMISSIONS_ERROR',
  'THIRD_PARTY_PERMISSIONS_ERROR',
  'NOT_FOUND_ERROR',
  'INSUFFICIENT_QUOTA_ERROR',
  'REQUEST_ENTITY_TOO_LARGE',
  'FOREIGN_CATALOG_CONNECTION_FAILED',
  'RATE_LIMIT_ERROR',
  'TIMEOUT_ERROR',
  'ACCOUNT_NOT_PROVISIONED',
  'BAD_GATEWAY_ERROR',
  'GATEWAY_TIMEOUT_ERROR',
] as const
export type ErrorClass = (typeof ERROR_CLASSES)[number]

export const SUGGESTION_SWITCH = {
  values: ['ours', 'vendor'],
  description:
    'What an error suggests: ours says what to do here; vendor is the sentence of the documents, which sends people to the vendor.',
} as const

const VENDOR_SUGGESTION = 'Contact us at support@wherobots.com to get help with resolving your error.'

const CLASS_OF_STATUS: Readonly<Record<number, ErrorClass>> = {
  400: 'INVALID_INPUT_ERROR',
  401: 'UNAUTHORIZED_ERROR',
  403: 'INSUFFICIENT_PERMISSIONS_ERROR',
  404: 'NOT_FOUND_ERROR',
  405: 'BAD_REQUEST_ERROR',
  409: 'CONFLICT_ERROR',
  413: 'REQUEST_ENTITY_TOO_LARGE',
  415: 'BAD_REQUEST_ERROR',
  429: 'RATE_LIMIT_ERROR',
  502: 'BAD_GATEWAY_ERROR',
  504: 'GATEWAY_TIMEOUT_ERROR',
}

/** Where the status alone says too little. */
const CLASS_OF_CODE: Readonly<Partial<Record<ErrorCode, ErrorClass>>> = {
  invalid_cursor: 'BAD_REQUEST_ERROR',
  overloaded: 'RATE_LIMIT_ERROR',
  index_unavailable: 'TIMEOUT_ERROR',
}

/** The class of a failure; `INTERNAL_SERVER_ERROR` for what the caller cannot mend. */
export function errorClass(code: ErrorCode): ErrorClass {
  return CLASS_OF_CODE[code] ?? CLASS_OF_STATUS[STATUS[code]] ?? 'INTERNAL_SERVER_ERROR'
}

const SUGGESTIONS: Readonly<Partial<Record<ErrorClass, string>>> = {
  BAD_REQUEST_ERROR: 'Mend the request as "details" says and send it again.',
  INVALID_INPUT_ERROR: 'Mend the parameter that "field" names and send the request again.',
  UNAUTHORIZED_ERROR: 'Send a valid key in the header X-API-Key, or as Authorization: Bearer.',
  INSUFFICIENT_PERMISSIONS_ERROR: 'Ask an admin of your organization for a key that may read the audit log.',
  RATE_LIMIT_ERROR: 'Wait as many seconds as Retry-After says, then send the request again.',
  TIMEOUT_ERROR: 'Wait as many seconds as Retry-After says, then send the request again.',
}
const OTHER_SUGGESTION = "Tell the operator of this server the requestId; the server's log says more."

/** A failure as `ErrorBody`. A malformed value is 422, as FastAPI has it, which the vendor's service is built on. */
export function toErrorBody(
  error: AppError,
  request: FastifyRequest,
  switchOf: DialectContext['switchOf'],
): ErrorAnswer {
  const code = errorClass(error.code)
  const ours = SUGGESTIONS[code] ?? OTHER_SUGGESTION
  return {
    status: code === 'INVALID_INPUT_ERROR' ? 422 : STATUS[error.code],
    headers: {},
    body: {
      errors: [
        {
          code,
          message: error.message,
          details: error.hint ?? error.message,
          path: pathOf(error, request),
          suggestion: switchOf('suggestion') === 'vendor' ? VENDOR_SUGGESTION : ours,
          documentation_url: null,
          field: error.param ?? null,
        },
      ],
      requestId: request.id,
    },
  }
}

/** "The path to the field that caused the error": a parameter within the query, else the path of the request. */
function pathOf({ param }: AppError, request: FastifyRequest): string {
  return param === undefined ? (request.url.split('?', 1)[0] as string) : `query.${param}`
}
