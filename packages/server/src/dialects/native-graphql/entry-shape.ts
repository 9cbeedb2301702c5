import type { Actor } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'
import { toEnumName } from './names.js'

/** An entry as the schema's `Entry`; fields that are not there are left undefined, which GraphQL shows as null. */
export function toEntryNode(entry: ReadEntry) {
  const { actor, context, operation } = entry
  return {
    id: entry.id,
    organizationId: entry.organization_id,
    mode: toEnumName(entry.mode),
    seq: entry.seq,
    recordedAt: entry.recorded_at,
    occurredAt: entry.occurred_at,
    action: entry.action,
    category: entry.category,
    severity: entry.severity && toEnumName(entry.severity),
    outcome: entry.outcome && toEnumName(entry.outcome),
    errorCode: entry.error_code,
    description: entry.description,
    actor: actor && toActor(actor),
    resource: entry.resource,
    targets: entry.targets ?? [],
    context: context && {
      ipAddress: context.ip_address,
      userAgent: context.user_agent,
      sessionId: context.session_id,
      requestId: context.request_id,
      region: context.region,
      location: context.location,
      correlationId: context.correlation_id,
    },
    source: entry.source,
    workspace: entry.workspace,
    operation: operation && { ...operation, type: toEnumName(operation.type) },
    before: entry.before,
    after: entry.after,
    diff: entry.diff,
    metadata: entry.metadata,
    erasedSections: entry.erased_sections ?? [],
    entryHash: entry.entry_hash,
    prevHash: entry.prev_hash,
  }
}

function toActor({ type, id, label, name, email, on_behalf_of }: Actor): object {
  return {
    type: toEnumName(type),
    id,
    label,
    name,
    email,
    onBehalfOf: on_behalf_of && toActor(on_behalf_of),
  }
}
