/**
 * Every failure a caller can act on. Codes are part of the API: never renamed, only added; docs/errors.md
 * lists the same codes, and a test holds the two together. Messages may be shown to the caller.
 */
export const ERRORS = {
  invalid_entry: 'The request holds entries that cannot be recorded; nothing of it was stored.',
  invalid_request: 'The request does not fit the schema.',
  invalid_search: 'The search text cannot be understood.',
  invalid_cursor: 'The cursor is damaged or belongs to another query.',
  invalid_expand: 'There are too many expand paths, or one is too deep.',
  invalid_expand_unknown_field: 'An expand path names no field that can be expanded.',
  invalid_expand_list_requires_data_prefix: 'On a list, expand paths start with "data.".',
  invalid_document: 'The GraphQL document is not accepted; nothing was executed.',
  body_too_large: 'The request body is larger than the server takes.',
  headers_too_large: 'The URL and the headers together are larger than the server takes.',
  request_timeout: 'The request did not arrive in time.',
  unsupported_media_type: 'The content type is not one that this route takes.',
  missing_api_key: 'The request carries no API key.',
  invalid_api_key: 'The API key is not valid.',
  insufficient_scope: 'The API key lacks the scope that this request needs.',
  entity_not_allowed: 'The API key is not for this entity.',
  ip_not_allowlisted: 'The API key may not be used from this address.',
  permission_denied: 'The role or the key does not permit this.',
  support_access_required: 'Entries of a customer are read through an access for support only.',
  invalid_sign_in: 'The e-mail address or the password is wrong.',
  invalid_code: 'The code is wrong, too old, or was used before.',
  session_ended: 'The session has ended.',
  sso_failed: "The sign-in at the organization's provider failed.",
  organization_suspended: 'The organization is suspended.',
  cross_site_request: "A page of another site may not use a session's cookie.",
  second_factor_required: 'The organization asks for a second factor.',
  sso_required: 'The organization asks its people to sign in at its own provider.',
  invalid_link: 'The link is wrong, was used before, or is over.',
  reset_not_possible: 'The password cannot be reset from this organization.',
  second_factor_exists: 'There is a second factor already.',
  no_second_factor: 'There is no second factor.',
  sso_unreachable: "The organization's provider cannot be reached, or does not answer as one.",
  mail_failed: 'The mail could not be sent.',
  not_found: 'There is no such thing here.',
  method_not_allowed: 'This route does not take that method.',
  id_conflict:
    'An entry with this id is recorded already, with other content; nothing of the request was stored.',
  idempotency_key_mismatch: 'This Idempotency-Key was used before with another request body.',
  rate_limit_exceeded: 'Too many requests.',
  too_many_at_once: 'The organization has too many requests under way at once; nothing of this one was done.',
  overloaded: 'The server is taking more entries than it can store; nothing of the request was stored.',
  journal_frozen:
    'Recording has stopped after a storage error; nothing of the request was stored. Reading goes on.',
  disk_full:
    'Recording has stopped because the disk is nearly full; nothing of the request was stored. Reading goes on.',
  database_unavailable: 'The database cannot be used at this moment.',
  clock_behind:
    'The server clock is far behind the last entry of this log; nothing of the request was stored.',
  checkpoint_pending: 'No signed checkpoint covers this yet.',
  object_storage_unavailable: 'The object store cannot be used at this moment; recording goes on.',
  index_unavailable: 'The search index is away; recording goes on.',
  deadline_exceeded: 'The request took too long and was given up.',
  shutting_down: 'The server is shutting down; nothing of the request was stored.',
  data_directory_in_use: 'Another server uses this data directory.',
  unsupported_sqlite: 'The SQLite of this Node.js can lose committed writes.',
  damaged_journal: 'The journal does not agree with itself.',
  damaged_ledger: 'The ledger does not agree with itself.',
  epoch_pending: 'The log is about to be begun anew already.',
  key_rotation_pending: 'The log gets another signing key already.',
  epoch_refused: 'The log is not begun anew.',
  damaged_signer: 'What the signer remembers was changed.',
  move_refused: 'The journal cannot be moved there.',
  damaged_backup: 'The backup is not what was written.',
  unfinished_restore: 'A backup was being restored into this data directory and has not come to its end.',
  wrong_master_key: 'The master key is not the right one.',
  invalid_setting: 'A setting is wrong.',
  token_not_viewable: 'This token cannot be shown again.',
  name_taken: 'There is one with this name already.',
  already_member: 'The person belongs to this organization already.',
  last_owner: 'The last owner can neither be removed nor be given another role.',
  role_in_use: 'Somebody still has this role.',
  group_in_use: 'Actions are still in this group.',
  invalid_schema: 'The JSON Schema cannot be used.',
  already_suspended: 'The organization is suspended already.',
  not_suspended: 'The organization is not suspended.',
  archive_place_missing: 'There is nowhere to put archives.',
  preview_outdated: 'What was previewed is not what would be done now.',
  slug_taken: 'An organization with this slug exists already.',
  internal_error: 'Something went wrong inside the server.',
} as const
export type ErrorCode = keyof typeof ERRORS

export interface AppErrorOptions {
  /** One sentence that tells the caller what to do; may be shown. */
  readonly hint?: string
  /** Goes to the server's own log alone, never to the caller. */
  readonly cause?: unknown
  /** The parameter or JSON pointer at fault. */
  readonly param?: string
  /** More members for the error body. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Seconds after which the same request may succeed, when that is known of this very failure. */
  readonly retryAfterS?: number
}

/** A failure that a caller can act on. Decide on `code`, never on the text. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly param: string | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterS: number | undefined

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(ERRORS[code], options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.param = options.param
    this.details = options.details
    this.retryAfterS = options.retryAfterS
  }
}
