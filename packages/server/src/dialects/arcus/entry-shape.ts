import type { Actor, RemainingContent } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'

/** What `expand[]` may name on a single entry. */
export const EXPANDABLE = ['actor', 'resource', 'diff', 'chain'] as const
export type Expand = (typeof EXPANDABLE)[number]

type Json = Readonly<Record<string, unknown>>

/** An entry in the shape of `audit_log_entry`; each key is written out, nothing is spread from what a client sent. */
export function toAuditLogEntry(entry: ReadEntry, expand: ReadonlySet<Expand>): Json {
  const { context = {}, resource } = entry
  return {
    id: entry.id,
    object: 'audit_log_entry',
    entity_id: entry.organization_id,
    mode: entry.mode,
    seq: entry.seq,
    actor: entry.actor === undefined ? null : toActor(entry.actor, expand.has('actor')),
    action: entry.action ?? null,
    category: entry.category ?? null,
    resource:
      resource === undefined
        ? null
        : { type: resource.type, id: resource.id ?? null, label: resource.label ?? null },
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
    severity: entry.severity ?? null,
    outcome: entry.outcome ?? null,
    error_code: entry.error_code ?? null,
    source: entry.source ?? null,
    workspace: entry.workspace ?? null,
    operation: entry.operation ?? null,
    ...(expand.has('diff') ? toChange(entry) : {}),
    ...(expand.has('chain') ? { _chain: toChain(entry) } : {}),
    occurred_at: entry.occurred_at ?? null,
    created_at: entry.recorded_at,
  }
}

function toActor(actor: Actor, expanded: boolean): Json {
  return {
    type: actor.type,
    id: actor.id ?? null,
    label: actor.label ?? null,
    ...(expanded ? { name: actor.name ?? null, email: actor.email ?? null } : {}),
    on_behalf_of_user_id: actor.on_behalf_of?.id ?? null,
    ...(actor.on_behalf_of === undefined ? {} : { on_behalf_of: toActor(actor.on_behalf_of, expanded) }),
  }
}

function toChange({ before, after, diff }: RemainingContent): Json {
  return { before_state: before ?? null, after_state: after ?? null, diff: diff ?? null }
}

function toChain({ prev_hash, entry_hash }: ReadEntry): Json {
  return { prev_hash, entry_hash, archived_at: null }
}
