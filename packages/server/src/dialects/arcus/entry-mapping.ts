import type { Actor, RemainingContent, Resource } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'
import { AUDIT_ACTOR_TYPE, AUDIT_OUTCOME, AUDIT_SEVERITY, type EnumChoice, folded } from './enums.js'
import { type Expansion, expansionBelow } from './expand.js'

type Json = Readonly<Record<string, unknown>>

/** How entries are shown. */
export interface EntryView {
  readonly enums: EnumChoice
  readonly expansion: Expansion
  /** The newest entry about each resource; empty unless `resource` is expanded. */
  readonly latest: NewestEntries
  /** Parts of the log that were archived; empty unless `chain` is expanded. */
  readonly archived: ArchiveTimes
}

/** The newest entries about resources. */
export interface NewestEntries {
  /** False when something was recorded that could not be looked at: there may be newer entries. */
  readonly complete: boolean
  /** The newest entry about a resource; undefined for one without id, which no other entry can be about. */
  readonly of: (resource: Resource) => ReadEntry | 'beyond_limit' | undefined
}

/** When entries were archived. */
export interface ArchiveTimes {
  /** When an entry was archived first; undefined when it never was. */
  readonly timeOf: (seq: number) => string | undefined
}

export const NOTHING_LOOKED_UP: NewestEntries = { complete: true, of: () => 'beyond_limit' }
export const NOTHING_ARCHIVED: ArchiveTimes = { timeOf: () => undefined }

/** An entry in the shape of `audit_log_entry`; each key is written out, nothing is spread from what a client sent. */
export function toAuditLogEntry(entry: ReadEntry, view: EntryView): Json {
  const { context = {}, resource } = entry
  const { expansion } = view
  const isFolded = view.enums === 'audit'
  return {
    id: entry.id,
    object: 'audit_log_entry',
    entity_id: entry.organization_id,
    mode: entry.mode,
    seq: entry.seq,
    actor: entry.actor === undefined ? null : toActor(entry.actor, expansion.has('actor'), isFolded),
    action: entry.action ?? null,
    category: entry.category ?? null,
    resource: resource === undefined ? null : toResource(resource, view),
    targets: entry.targets ?? [],
    description: entry.description ?? null,
    metadata: entry.metadata ?? {},
    ip_address: context.ip_address ?? null,
    user_agent: context.user_agent ?? null,
    session_id: context.session_id ?? null,
    request_id: context.request_id ?? null,
    correlation_id: context.correlation_id ?? null,
    region: context.region ?? null,
    location: context.location ?? null,
    severity: isFolded ? folded(AUDIT_SEVERITY, entry.severity) : (entry.severity ?? null),
    outcome: isFolded ? folded(AUDIT_OUTCOME, entry.outcome) : (entry.outcome ?? null),
    error_code: entry.error_code ?? null,
    source: entry.source ?? null,
    workspace: entry.workspace ?? null,
    operation: entry.operation ?? null,
    ...(expansion.has('diff') ? toChange(entry) : {}),
    ...(entry.erased_sections === undefined ? {} : { erased_sections: entry.erased_sections }),
    ...(expansion.has('chain') ? { _chain: toChain(entry, view.archived) } : {}),
    occurred_at: entry.occurred_at ?? null,
    created_at: entry.recorded_at,
  }
}

function toActor(actor: Actor, expanded: boolean, isFolded: boolean): Json {
  const { on_behalf_of: onBehalfOf } = actor
  return {
    type: isFolded ? folded(AUDIT_ACTOR_TYPE, actor.type) : actor.type,
    id: actor.id ?? null,
    label: actor.label ?? null,
    ...(expanded ? { name: actor.name ?? null, email: actor.email ?? null } : {}),
    on_behalf_of_user_id: onBehalfOf?.id ?? null,
    ...(onBehalfOf === undefined ? {} : { on_behalf_of: toActor(onBehalfOf, expanded, isFolded) }),
  }
}

/** Counterfoil keeps entries, not resources: a full row is what the newest entry about the resource tells of it. */
function toResource(resource: Resource, view: EntryView): Json {
  const { expansion, latest } = view
  const row = { type: resource.type, id: resource.id ?? null, label: resource.label ?? null }
  if (!expansion.has('resource')) return row
  const found = latest.of(resource)
  if (found === 'beyond_limit') return { ...row, truncated: true }
  return {
    ...row,
    object: 'resource',
    latest_label: found?.resource?.label ?? null,
    latest_action: found?.action ?? null,
    latest_at: found?.recorded_at ?? null,
    latest_entry:
      found === undefined
        ? null
        : expansion.has('resource.latest_entry')
          ? toAuditLogEntry(found, { ...view, expansion: expansionBelow(expansion, 'resource.latest_entry') })
          : found.id,
    ...(latest.complete ? {} : { partial: true }),
  }
}

function toChange({ before, after, diff }: RemainingContent): Json {
  return { before_state: before ?? null, after_state: after ?? null, diff: diff ?? null }
}

function toChain({ prev_hash, entry_hash, seq }: ReadEntry, archived: ArchiveTimes): Json {
  return { prev_hash, entry_hash, archived_at: archived.timeOf(seq) ?? null }
}
