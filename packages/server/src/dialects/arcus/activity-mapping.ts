import type { Actor } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'
import { ACTIVITY_ACTOR_TYPE, ACTIVITY_SEVERITY, folded } from './enums.js'
import { toActivityId } from './ids.js'

type Json = Readonly<Record<string, unknown>>

/** An entry in the shape of `activity_event`: flat resource, coarser values, and nothing of the chain. */
export function toActivityEvent(entry: ReadEntry): Json {
  return {
    id: toActivityId(entry.id),
    object: 'activity_event',
    entity_id: entry.organization_id,
    created_at: entry.recorded_at,
    actor: entry.actor === undefined ? null : toActor(entry.actor),
    action: entry.action ?? null,
    resource_type: entry.resource?.type ?? null,
    resource_id: entry.resource?.id ?? null,
    resource_label: entry.resource?.label ?? null,
    description: entry.description ?? null,
    severity: folded(ACTIVITY_SEVERITY, entry.severity),
    outcome: entry.outcome ?? null,
    error_code: entry.error_code ?? null,
    request_id: entry.context?.request_id ?? null,
    metadata: entry.metadata ?? {},
    diff: { before: entry.before ?? null, after: entry.after ?? null },
  }
}

function toActor(actor: Actor): Json {
  const { on_behalf_of: onBehalfOf } = actor
  return { ...toParty(actor), on_behalf_of: onBehalfOf === undefined ? null : toParty(onBehalfOf) }
}

function toParty({ type, id, label }: Actor): Json {
  return { type: folded(ACTIVITY_ACTOR_TYPE, type), id: id ?? null, label: label ?? null }
}
