/** Severity levels from least to most severe. `security` stands apart: a flag-like level, ranked highest. */
export const SEVERITIES = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'security'] as const
export type Severity = (typeof SEVERITIES)[number]

export const OUTCOMES = ['success', 'failure', 'denied'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const ACTOR_TYPES = ['user', 'api_key', 'system', 'webhook', 'service', 'anonymous'] as const
export type ActorType = (typeof ACTOR_TYPES)[number]

export const OPERATION_TYPES = ['query', 'mutation', 'subscription'] as const
export type OperationType = (typeof OPERATION_TYPES)[number]

/** `live` and `test` are two logs of one organization; nothing crosses between them. */
export const MODES = ['live', 'test'] as const
export type Mode = (typeof MODES)[number]

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export interface Actor {
  readonly type: ActorType
  readonly id?: string
  readonly label?: string
  readonly name?: string
  readonly email?: string
  /** Who this actor acts for; nests, nearest first. */
  readonly on_behalf_of?: Actor
}

export interface Resource {
  readonly type: string
  readonly id?: string
  readonly label?: string
}

export interface Context {
  /** An IPv4 or IPv6 address as the client wrote it. */
  readonly ip_address?: string
  readonly user_agent?: string
  readonly session_id?: string
  readonly request_id?: string
  readonly region?: string
  readonly location?: string
  readonly correlation_id?: string
}

/** Which service sent the entry, and its own counter, so that gaps in what it sent show. */
export interface Source {
  readonly name: string
  readonly seq?: number
}

export interface Workspace {
  readonly id: string
  readonly name?: string
}

export interface Operation {
  readonly type: OperationType
  readonly name?: string
  readonly text?: string
  readonly variables?: Json
}

/** What a client says happened. Field names are the wire's, in every API, on disk and here. */
export interface EntryContent {
  /** Dotted slug such as `order.created`. */
  readonly action: string
  /** `authentication`, `operation`, `export`, `access`, `system`, or a catalogue's own. Default `operation`. */
  readonly category: string
  /** Default `info`. */
  readonly severity: Severity
  /** Default `success`. */
  readonly outcome: Outcome
  readonly actor?: Actor
  readonly resource?: Resource
  readonly targets?: readonly Resource[]
  readonly description?: string
  readonly error_code?: string
  readonly context?: Context
  readonly source?: Source
  readonly workspace?: Workspace
  readonly operation?: Operation
  readonly before?: Json
  readonly after?: Json
  /** RFC 6902 JSON Patch from `before` to `after`, computed when both are given. */
  readonly diff?: Json
  readonly metadata?: JsonObject
  /** The client's claim, RFC 3339 text exactly as sent; never used for order. */
  readonly occurred_at?: string
}

/** A recorded entry: its content and its place in a log. */
export interface Entry extends EntryContent {
  /** UUID in lower case. */
  readonly id: string
  /** UUID of the organization. */
  readonly organization_id: string
  readonly mode: Mode
  /** Place in the log, from 0, without gaps. */
  readonly seq: number
  /** Server's time, `2026-11-21T02:00:00.123456Z`: six fraction digits, UTC, never decreasing in a log. */
  readonly recorded_at: string
}

/** One organization in one mode: the unit of order, proof and access. */
export interface LogName {
  readonly organization_id: string
  readonly mode: Mode
}
