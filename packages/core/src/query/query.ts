import type { LogName, Severity } from '../entry/entry.js'

/**
 * Text fields a filter may name. A field that an entry lacks counts as the empty string, in the matcher and
 * in every engine alike, so that NOT has two values and no third.
 */
export const STRING_FIELDS = [
  'id',
  'action',
  'category',
  'severity',
  'outcome',
  'error_code',
  'actor.type',
  'actor.id',
  'actor.label',
  'actor.name',
  'actor.email',
  'resource.type',
  'resource.id',
  'resource.label',
  'ip_address',
  'user_agent',
  'session_id',
  'request_id',
  'correlation_id',
  'region',
  'location',
  'source.name',
  'workspace.id',
  'workspace.name',
  'operation.type',
  'operation.name',
] as const
export type StringField = (typeof STRING_FIELDS)[number]

/** Fields that hold several values; a filter on them holds when any value fits. */
export const LIST_FIELDS = ['target.type', 'target.id', 'on_behalf_of.id'] as const
export type ListField = (typeof LIST_FIELDS)[number]

export type Filter =
  | { readonly op: 'and'; readonly filters: readonly Filter[] }
  | { readonly op: 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  /** The field equals one of `values`. */
  | { readonly op: 'equals'; readonly field: StringField | ListField; readonly values: readonly string[] }
  /** The field starts with `prefix`. `order.*` is the prefix `order.`. */
  | { readonly op: 'prefix'; readonly field: StringField; readonly prefix: string }
  /** The field contains `needle`; both compared after `foldCase`. */
  | { readonly op: 'contains'; readonly field: StringField; readonly needle: string }
  /** The field is present and not empty. */
  | { readonly op: 'present'; readonly field: StringField | ListField }
  /** `context.ip_address` lies in the block. IPv4 and IPv4-mapped IPv6 addresses are one. */
  | { readonly op: 'cidr'; readonly block: string }
  /** Severity is at least this one by rank. */
  | { readonly op: 'severity_at_least'; readonly severity: Severity }
  /**
   * The metadata value at `path` (RFC 6901 pointer below metadata, `/order/total`) is a scalar whose canonical
   * text is one of `values`: strings as they are, numbers and booleans and null as canonical JSON.
   */
  | { readonly op: 'metadata_equals'; readonly path: string; readonly values: readonly string[] }
  /** A scalar exists at exactly this metadata path. */
  | { readonly op: 'metadata_present'; readonly path: string }
  /** Some searchable value of the entry contains `needle` after `foldCase`. */
  | { readonly op: 'text'; readonly needle: string }

export type Order = 'newest_first' | 'oldest_first'

/** A place in a log's order, exclusive. `recorded_at` is microseconds since 1970 as an integer. */
export interface Position {
  readonly recorded_at: number
  readonly seq: number
}

/** What every read selects by. Times are integer microseconds since 1970, both bounds inclusive. */
export interface Selection {
  readonly log: LogName
  readonly from?: number
  readonly to?: number
  readonly filter?: Filter
}

export interface PageQuery extends Selection {
  readonly order: Order
  /** 1 to 1,000. */
  readonly limit: number
  /** Entries after this place in the chosen order. */
  readonly after?: Position
  /** Of those, how many are passed over: for jumps to a rank. Walking by it would read everything again and again. */
  readonly offset?: number
}

/** Interval of a histogram's buckets, which start at whole multiples in UTC: weeks on Monday, months on their first. */
export const HISTOGRAM_INTERVALS = [
  'second',
  'minute',
  'five_minutes',
  'fifteen_minutes',
  'hour',
  'six_hours',
  'day',
  'week',
  'month',
] as const
export type HistogramInterval = (typeof HISTOGRAM_INTERVALS)[number]

export interface HistogramBucket {
  /** Start of the bucket, microseconds since 1970. */
  readonly start: number
  readonly total: number
  readonly by_severity: Readonly<Partial<Record<Severity, number>>>
}

/** Fields that facets count. */
export const FACET_FIELDS = [
  'action',
  'category',
  'severity',
  'outcome',
  'actor.type',
  'actor.id',
  'actor.email',
  'resource.type',
  'resource.id',
  'ip_address',
  'user_agent',
  'session_id',
  'region',
  'source.name',
  'workspace.id',
] as const satisfies readonly StringField[]
export type FacetField = (typeof FACET_FIELDS)[number]

export interface FacetValue {
  readonly value: string
  readonly count: number
}
