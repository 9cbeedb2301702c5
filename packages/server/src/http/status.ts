import type { AppError, ErrorCode } from '@counterfoil/core'

/** HTTP status of each failure. */
export const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_entry: 400,
  invalid_request: 400,
  invalid_search: 400,
  invalid_cursor: 400,
  invalid_expand: 400,
  invalid_expand_unknown_field: 400,
  invalid_expand_list_requires_data_prefix: 400,
  invalid_document: 400,
  body_too_large: 413,
  headers_too_large: 431,
  request_timeout: 408,
  unsupported_media_type: 415,
  missing_api_key: 401,
  invalid_api_key: 401,
  insufficient_scope: 403,
  entity_not_allowed: 403,
  invalid_sign_in: 401,
  not_found: 404,
  method_not_allowed: 405,
  id_conflict: 409,
  idempotency_key_mismatch: 409,
  rate_limit_exceeded: 429,
  overloaded: 503,
  journal_frozen: 503,
  disk_full: 503,
  clock_behind: 503,
  index_unavailable: 503,
  deadline_exceeded: 503,
  shutting_down: 503,
  data_directory_in_use: 503,
  unsupported_sqlite: 500,
  damaged_journal: 500,
  invalid_setting: 500,
  slug_taken: 409,
  internal_error: 500,
}

/** Seconds after which a caller may try again, for failures that pass by themselves; a failure may know better. */
export const RETRY_AFTER_S: Readonly<Partial<Record<ErrorCode, number>>> = {
  overloaded: 1,
  disk_full: 5,
  journal_frozen: 30,
  clock_behind: 30,
  index_unavailable: 1,
  shutting_down: 2,
}

/** Seconds after which a caller may try again; undefined when waiting alone does not help. */
export function retryAfterS(error: AppError): number | undefined {
  return error.retryAfterS ?? RETRY_AFTER_S[error.code]
}
