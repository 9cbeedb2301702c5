import type { SectionPath } from '@counterfoil/core'
import { askAhead, type CallOptions, call, type Query } from './client.js'

export interface Actor {
  readonly type: string
  readonly id: string | null
  readonly label: string | null
  readonly name?: string | null
  readonly email?: string | null
  readonly on_behalf_of?: Actor
}

export interface Resource {
  readonly type: string
  readonly id?: string | null
  readonly label?: string | null
}

/** `audit_log_entry`. What was erased, and what was never given, is null. */
export interface Entry {
  readonly id: string
  readonly entity_id: string
  readonly mode: string
  readonly seq: number
  readonly actor: Actor | null
  readonly action: string | null
  readonly category: string | null
  readonly resource: Resource | null
  readonly targets: readonly Resource[]
  readonly description: string | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly ip_address: string | null
  readonly user_agent: string | null
  readonly session_id: string | null
  readonly request_id: string | null
  readonly correlation_id: string | null
  readonly region: string | null
  readonly location: string | null
  readonly severity: string | null
  readonly outcome: string | null
  readonly error_code: string | null
  readonly source: { readonly name: string; readonly seq?: number } | null
  readonly workspace: { readonly id: string; readonly name?: string } | null
  readonly operation: {
    readonly type: string
    readonly name?: string
    readonly text?: string
    readonly variables?: unknown
  } | null
  /** Sections that were erased; only when some were. */
  readonly erased_sections?: readonly SectionPath[]
  readonly occurred_at: string | null
  /** When it was recorded: microseconds, UTC. */
  readonly created_at: string
}

export interface EntryList {
  readonly data: readonly Entry[]
  readonly has_more: boolean
  readonly next_cursor: string | null
  readonly total_count?: number
  readonly complete_through_seq: number
  /** Not everything that was recorded could be looked at. */
  readonly partial?: true
  readonly covered_from_seq?: number
}

const PATH = '/v1/audit_log_entries'

export function listEntries(query: Query, signal: CallOptions['signal']): Promise<EntryList> {
  return call('GET', PATH, { query: listQuery(query), signal })
}

/** Sends what `listEntries` would; see `askAhead`. */
export function askAheadForEntries(query: Query, maxAgeMs: number): void {
  askAhead(PATH, listQuery(query), maxAgeMs)
}

function listQuery(query: Query): Query {
  return { 'expand[]': ['data.actor'], ...query }
}

export interface HistogramBucket {
  readonly start: string
  readonly total: number
  readonly by_severity: Readonly<Record<string, number>>
}

export interface Histogram {
  readonly interval: string
  readonly data: readonly HistogramBucket[]
  readonly partial?: true
}

export function loadHistogram(query: Query, signal: CallOptions['signal']): Promise<Histogram> {
  return call('GET', `${PATH}/histogram`, { query, signal })
}

export interface FacetValue {
  readonly value: string
  readonly count: number
}

export interface Facets {
  readonly data: Readonly<Record<string, readonly FacetValue[]>>
}

export function loadFacets(query: Query, signal: CallOptions['signal']): Promise<Facets> {
  return call('GET', `${PATH}/facets`, { query, signal })
}
