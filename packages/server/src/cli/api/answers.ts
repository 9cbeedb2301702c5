// What the public API answers, as far as the commands read it. Everything comes from a server that may be newer or
// older than this client: a member that is not here is passed on by --json and not understood otherwise.

/** Proof of one recorded entry: its place and its hash. */
export interface Receipt {
  readonly id: string
  readonly seq: number
  readonly entry_hash: string
  readonly recorded_at: string
  /** In what the entry does not agree with the catalogue of its organization. */
  readonly flags?: readonly { readonly code: string; readonly pointer: string; readonly message: string }[]
}

export interface AuditLogEntry {
  readonly id: string
  readonly seq: number
  readonly created_at: string
  readonly action: string | null
  readonly actor: ListedActor | null
  readonly resource: ListedResource | null
  readonly severity: string | null
  readonly outcome: string | null
  readonly ip_address: string | null
}

export interface ListedActor {
  readonly type: string
  readonly id: string | null
  readonly label: string | null
}

export interface ListedResource {
  readonly type: string
  readonly id: string | null
  readonly label: string | null
}

export interface EntryList {
  readonly data: readonly AuditLogEntry[]
  readonly has_more: boolean
  readonly next_cursor: string | null
  readonly total_count?: number
  /** The answer looked at entries up to here. */
  readonly complete_through_seq: number
  /** Entries were recorded before this answer that it could not look at. */
  readonly partial?: boolean
  /** No entry before this one was looked at. */
  readonly covered_from_seq?: number
}
