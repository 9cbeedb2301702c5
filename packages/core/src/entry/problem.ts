/** Why a piece of input is refused. Codes are part of the API: never renamed, only added. */
export type ProblemCode =
  | 'invalid_utf8'
  | 'invalid_json'
  | 'duplicate_key'
  | 'lone_surrogate'
  | 'nul_character'
  | 'number_not_representable'
  | 'too_deep'
  | 'too_large'
  | 'too_many'
  | 'empty'
  | 'missing_field'
  | 'unknown_field'
  | 'wrong_type'
  | 'invalid_value'
  | 'invalid_time'
  | 'computed_field'
  | 'unknown_action'
  | 'metadata_mismatch'

export interface Problem {
  /** RFC 6901 JSON pointer into the request body; for NDJSON the first token is the line, from 0. `''` is the body. */
  readonly pointer: string
  readonly code: ProblemCode
  /** One sentence for a person: what is wrong and what to send instead. */
  readonly message: string
}
