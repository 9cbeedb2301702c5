export * from './catalogue/inspection.js'
export {
  type MetadataSchema,
  readMetadataSchema,
  SCHEMA_KEYWORDS,
  type SchemaProblem,
  type SchemaReading,
} from './catalogue/metadata-schema.js'
export { applyPatch } from './diff/apply-patch.js'
export { diffJson } from './diff/diff.js'
export type { JsonPatch, PatchOperation } from './diff/json-patch.js'
export * from './entry/admission.js'
export { admitEntries, type EntryInspector } from './entry/admit.js'
export { DEFAULT_CATEGORY, DEFAULT_OUTCOME, DEFAULT_SEVERITY } from './entry/content.js'
export * from './entry/entry.js'
export * from './entry/ip-address.js'
export * from './entry/limits.js'
export * from './entry/problem.js'
export {
  contentFromSections,
  contentFromValues,
  isWholeContent,
  type RemainingContent,
  searchable,
  sectionsOf,
} from './entry/sections.js'
export * from './entry/time.js'
export * from './errors.js'
export * from './evidence/index.js'
export * from './hash/commitment.js'
export * from './hash/epochs.js'
export * from './hash/leaf.js'
export * from './hash/sha256.js'
export { canonicalJson } from './json/canonical.js'
export type { BodyFormat } from './json/read-body.js'
export * from './query/check-query.js'
export * from './query/cursor.js'
export * from './query/fields.js'
export * from './query/limits.js'
export * from './query/match.js'
export * from './query/naive.js'
export * from './query/query.js'
export * from './query/search-grammar/parse-search.js'
export { printSearch } from './query/search-grammar/print-search.js'
export type { SearchProblem } from './query/search-grammar/problem.js'
export { SEARCH_KEYS, type SearchKey } from './query/search-grammar/search-keys.js'
export * from './tree/frontier.js'
export { scannableBytes } from './wasm/scannable-bytes.js'
