/** Any JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }

export interface Actor {
  readonly type: string
  readonly id: string | null
  readonly label: string | null
  readonly name?: string | null
  readonly email?: string | null
}

export interface Thing {
  readonly type: string
  readonly id: string | null
  readonly label: string | null
}

/** An entry of a list, as `GET /v1/audit_log_entries?expand[]=data.actor` answers it. What was erased is null. */
export interface Entry {
  readonly id: string
  readonly seq: number
  readonly actor: Actor | null
  readonly action: string | null
  readonly category: string | null
  readonly resource: Thing | null
  readonly targets: readonly Thing[]
  readonly description: string | null
  readonly metadata: Readonly<Record<string, Json>> | null
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
  readonly workspace: { readonly id: string; readonly name: string | null } | null
  /** Sections that were erased, such as `/actor`; only when some were. */
  readonly erased_sections?: readonly string[]
  readonly occurred_at: string | null
  /** When it was recorded: RFC 3339, six fraction digits, UTC. */
  readonly created_at: string
}

/** One entry with everything that there is about it. */
export interface WholeEntry extends Entry {
  readonly before_state: Json
  readonly after_state: Json
  readonly _chain: { readonly prev_hash: string; readonly entry_hash: string }
}

export interface EntryPage {
  readonly data: readonly Entry[]
  readonly next_cursor: string | null
  readonly total_count?: number
  /** Something could not be looked at: the search index is behind or away. */
  readonly partial?: boolean
}

/** What stands where something was erased. */
export const ERASED = 'erased'

/** Who did it, as people know them. */
export function actorName({
  actor,
  erased_sections: erased,
}: Pick<Entry, 'actor' | 'erased_sections'>): string {
  if (actor === null) return erased?.includes('/actor') === true ? ERASED : 'Nobody named'
  return actor.name ?? actor.label ?? actor.email ?? actor.id ?? actor.type
}

/** What it was done to; its type is not said twice. */
export function thingName({ type, id, label }: Thing): string {
  const name = label ?? id
  if (name === null) return type
  return name.toLowerCase().startsWith(type.toLowerCase()) ? name : `${type} ${name}`
}
