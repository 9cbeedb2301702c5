// Bounds of a query. They keep every accepted query cheap to check and short enough for any engine.

/** Filters within filters; a filter by itself is 1. */
export const FILTER_DEPTH_MAX = 16
/** Values of all terms together; a term without values counts as one. */
export const FILTER_VALUES_MAX = 1_000
/** UTF-16 units of one value to compare with. */
export const VALUE_CHARS_MAX = 4_096
/** UTF-16 units of a prefix or of a needle. */
export const NEEDLE_CHARS_MAX = 256
export const METADATA_PATH_CHARS_MAX = 2_048
export const PAGE_LIMIT_MAX = 1_000
export const PAGE_OFFSET_MAX = 100_000_000
