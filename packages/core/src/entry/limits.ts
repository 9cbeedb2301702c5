/** What a request body may hold. */
export interface AdmissionLimits {
  /** Bytes of the whole body. */
  readonly bodyBytes: number
  /** Entries in one body. */
  readonly entries: number
  /** Bytes of one entry's JSON text, from `{` to `}` as sent. */
  readonly entryBytes: number
  /** Nested objects and arrays in one entry; the entry itself is 1, the array around a batch counts not. */
  readonly depth: number
}

export const BODY_BYTES_MAX = 5 * 1024 * 1024
export const BATCH_ENTRIES_MAX = 1_000
export const ENTRY_BYTES_MAX = 256 * 1024
export const ENTRY_DEPTH_MAX = 32

export const ADMISSION_LIMITS: AdmissionLimits = {
  bodyBytes: BODY_BYTES_MAX,
  entries: BATCH_ENTRIES_MAX,
  entryBytes: ENTRY_BYTES_MAX,
  depth: ENTRY_DEPTH_MAX,
}

/** Problems listed for one body; one more says how many were left out. */
export const PROBLEMS_MAX = 100

// Lengths of text are counted in UTF-16 code units, as JavaScript's `length` does.
export const ACTION_LENGTH_MAX = 256
export const CATEGORY_LENGTH_MAX = 64
export const IDENTIFIER_LENGTH_MAX = 512
export const LABEL_LENGTH_MAX = 1_024
export const USER_AGENT_LENGTH_MAX = 4_096
export const DESCRIPTION_LENGTH_MAX = 16_384
export const OPERATION_TEXT_LENGTH_MAX = 131_072
export const TARGETS_MAX = 100
/** Actors behind an actor: how many `on_behalf_of` may follow each other. */
export const ON_BEHALF_OF_MAX = 8
