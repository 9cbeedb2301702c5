import { TEXT_COLUMNS, TEXT_FIELDS, type TextField } from './columns.js'
import type { Tables } from './layout.js'

/** Fields with few different values: a dictionary of them is smaller and quicker than text. */
const DICTIONARY_FIELDS: ReadonlySet<TextField> = new Set([
  'action',
  'category',
  'outcome',
  'error_code',
  'actor.type',
  'actor.id',
  'actor.label',
  'actor.name',
  'actor.email',
  'resource.type',
  'user_agent',
  'region',
  'location',
  'source.name',
  'workspace.id',
  'workspace.name',
  'operation.type',
  'operation.name',
])

/** Rows that are read or skipped together. */
const GRANULE_ROWS = 512

const TEXT_CODEC = 'CODEC(ZSTD(1))'
/** As small as ZSTD makes them, and read in less than half the time. */
const NUMBER_CODEC = 'CODEC(Delta(8), T64, LZ4)'

function textColumn(field: TextField): string {
  const type = DICTIONARY_FIELDS.has(field) ? 'LowCardinality(String)' : 'String'
  return `${TEXT_COLUMNS[field]} ${type} ${TEXT_CODEC}`
}

/** Every column with its type, in the order of `encodeIndexRow`. */
const COLUMNS: readonly string[] = [
  `position UInt64 ${NUMBER_CODEC}`,
  `recorded_at Int64 ${NUMBER_CODEC}`,
  `seq UInt64 ${NUMBER_CODEC}`,
  `log LowCardinality(String) ${TEXT_CODEC}`,
  // Rank, not name: groups and comparisons of numbers are several times quicker.
  'severity UInt8 CODEC(LZ4)',
  ...TEXT_FIELDS.map(textColumn),
  `target_types Array(LowCardinality(String)) ${TEXT_CODEC}`,
  `target_ids Array(String) ${TEXT_CODEC}`,
  `on_behalf_of_ids Array(String) ${TEXT_CODEC}`,
  // Beside the text that was sent: addresses compare in SQL by number. NULL when the text is no address.
  `ip_number Nullable(IPv6) ${TEXT_CODEC}`,
  `metadata_paths Array(LowCardinality(String)) ${TEXT_CODEC}`,
  // Path, METADATA_SEPARATOR and text of each scalar.
  `metadata Array(String) ${TEXT_CODEC}`,
  // Case-folded text of the fields in which it differs from what lower() makes of them.
  `folded Map(LowCardinality(String), String) ${TEXT_CODEC}`,
  `search_text String ${TEXT_CODEC}`,
]

/** Columns that are searched for one exact value among very many. */
const BLOOM_COLUMNS = [
  'id',
  'actor_id',
  'actor_email',
  'resource_id',
  'ip_address',
  'session_id',
  'request_id',
  'correlation_id',
  'target_ids',
  'metadata',
] as const

export const SEARCH_TEXT_INDEX_NAME = 'search_text_ngrams'
// Four-grams of a granule in 24 bytes a row. A text index with a posting list for each trigram answered no
// faster at a million rows, took 271 to 413 bytes a row and doubled the time of inserts. Three-grams were no
// help with hexadecimal ids: 512 rows of them hold all there are.
const SEARCH_TEXT_INDEX = `INDEX ${SEARCH_TEXT_INDEX_NAME} search_text TYPE ngrambf_v1(4, ${24 * GRANULE_ROWS}, 1, 0) GRANULARITY 1`

const SKIP_INDEXES: readonly string[] = [
  ...BLOOM_COLUMNS.map((column) => `INDEX ${column}_bloom ${column} TYPE bloom_filter(0.01) GRANULARITY 1`),
  SEARCH_TEXT_INDEX,
]

const STORED_SETTINGS: readonly string[] = [
  `index_granularity = ${GRANULE_ROWS}`,
  'fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1',
  'min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1',
  'cleanup_delay_period = 5, max_cleanup_delay_period = 10, cleanup_delay_period_random_add = 0',
  'cleanup_thread_preferred_points_per_iteration = 0',
]

/**
 * Statements that make the table of entries. Months are partitions, so that retention drops whole files; one that has been
 * quiet for a day becomes one part, as each part costs every page 0.4 ms. Parts are
 * durable before they count: an insert before its answer, a merge before it replaces what it was made of. Hence what
 * was merged can go after seconds (`old_parts_lifetime`); the default keeps it for eight minutes, three times the disk under load.
 */
export function createEntriesTable(tables: Tables): readonly string[] {
  const { layout, everywhere, stored, storedName, storedEngine, entries, database } = tables
  const create = `CREATE TABLE IF NOT EXISTS ${stored}${everywhere} (
  ${[...COLUMNS, ...SKIP_INDEXES].join(',\n  ')}
)
ENGINE = ${storedEngine.clause}
PARTITION BY toYYYYMM(fromUnixTimestamp64Micro(greatest(recorded_at, 0), 'UTC'))
ORDER BY (log, recorded_at, seq)
SETTINGS ${[...STORED_SETTINGS, ...storedEngine.settings].join(',\n  ')}`
  if (layout.kind !== 'cluster') return [create]
  // Without a sharding key: an insert names its shard, and one that names none is refused.
  const ask = `CREATE TABLE IF NOT EXISTS ${entries}${everywhere} AS ${stored}
ENGINE = Distributed('${layout.cluster}', '${database}', '${storedName}')`
  return [create, ask]
}
