import { type Actor, canonicalJson, type Entry, type Json, type Resource } from '@counterfoil/core'

// What each dialect shows of an entry, written anew from its page in docs/dialects and from nothing that the dialects
// themselves use.

export type Shown = Readonly<Record<string, unknown>>

const base64 = (text: string) => Buffer.from(text).toString('base64')
const enumName = (value: string) => value.toUpperCase()

/** `audit_log_entry` with `expand[]=data.actor&expand[]=data.diff`. */
export function arcusEntry(entry: Entry): Shown {
  const { context = {} } = entry
  return {
    id: entry.id,
    object: 'audit_log_entry',
    entity_id: entry.organization_id,
    mode: entry.mode,
    seq: entry.seq,
    actor: entry.actor === undefined ? null : arcusActor(entry.actor),
    action: entry.action,
    category: entry.category,
    resource: entry.resource === undefined ? null : wholeResource(entry.resource),
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
    severity: entry.severity,
    outcome: entry.outcome,
    error_code: entry.error_code ?? null,
    source: entry.source ?? null,
    workspace: entry.workspace ?? null,
    operation: entry.operation ?? null,
    before_state: entry.before ?? null,
    after_state: entry.after ?? null,
    diff: entry.diff ?? null,
    occurred_at: entry.occurred_at ?? null,
    created_at: entry.recorded_at,
  }
}

function arcusActor({ type, id, label, name, email, on_behalf_of: behind }: Actor): Shown {
  return {
    type,
    id: id ?? null,
    label: label ?? null,
    name: name ?? null,
    email: email ?? null,
    on_behalf_of_user_id: behind?.id ?? null,
    ...(behind === undefined ? {} : { on_behalf_of: arcusActor(behind) }),
  }
}

function wholeResource({ type, id, label }: Resource): Shown {
  return { type, id: id ?? null, label: label ?? null }
}

const ACTIVITY_SEVERITIES = {
  debug: 'info',
  info: 'info',
  notice: 'notice',
  warning: 'warning',
  error: 'critical',
  critical: 'critical',
  security: 'critical',
} as const
const ACTIVITY_ACTORS = {
  user: 'user',
  anonymous: 'user',
  api_key: 'api_key',
  system: 'system',
  webhook: 'system',
  service: 'system',
} as const

/** `activity_event`. */
export function activityEvent(entry: Entry): Shown {
  const party = ({ type, id, label }: Actor) => ({
    type: ACTIVITY_ACTORS[type],
    id: id ?? null,
    label: label ?? null,
  })
  const { actor, resource } = entry
  const behind = actor?.on_behalf_of
  return {
    id: `act_${entry.id.replaceAll('-', '')}`,
    object: 'activity_event',
    entity_id: entry.organization_id,
    created_at: entry.recorded_at,
    actor:
      actor === undefined
        ? null
        : { ...party(actor), on_behalf_of: behind === undefined ? null : party(behind) },
    action: entry.action,
    resource_type: resource?.type ?? null,
    resource_id: resource?.id ?? null,
    resource_label: resource?.label ?? null,
    description: entry.description ?? null,
    severity: ACTIVITY_SEVERITIES[entry.severity],
    outcome: entry.outcome,
    error_code: entry.error_code ?? null,
    request_id: entry.context?.request_id ?? null,
    metadata: entry.metadata ?? {},
    diff: { before: entry.before ?? null, after: entry.after ?? null },
  }
}

const ARCWISE_SEVERITIES = {
  debug: 'info',
  info: 'info',
  notice: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'error',
  security: 'error',
} as const

export function arcwiseEvent(entry: Entry): Shown {
  return {
    event: entry.action,
    timestamp: Math.floor(Date.parse(entry.recorded_at) / 1_000),
    severity: ARCWISE_SEVERITIES[entry.severity],
    message: entry.description ?? null,
    user_id: entry.actor?.id ?? null,
  }
}

export function wherobotsEvent(entry: Entry): Shown {
  const { actor, context, resource, source } = entry
  return {
    event_id: entry.id,
    event_time: entry.recorded_at,
    action_name: entry.action,
    user_id: actor?.id || null,
    user_name: actor?.email || actor?.label || actor?.name || null,
    user_agent: context?.user_agent || null,
    source_ip: context?.ip_address || null,
    resource_name: resource?.label || null,
    resource_id: resource?.id || null,
    compute_region: context?.region || null,
    client_chain: null,
    source_client: source?.name || null,
  }
}

/** A row of the export: an empty cell for null. */
export function wherobotsRow(entry: Entry): Shown {
  return Object.fromEntries(Object.entries(wherobotsEvent(entry)).map(([name, value]) => [name, value ?? '']))
}

export function arizeLog(entry: Entry): Shown {
  const { actor, context, operation } = entry
  return {
    id: base64(`AuditLog:${entry.seq + 1}`),
    user_id: base64(`User:${actor?.id ?? ''}`),
    ip: context?.ip_address ?? '',
    operation_type: operation === undefined ? 'MUTATION' : operation.type.toUpperCase(),
    operation_name: operation?.name ?? entry.action,
    operation_text: operation?.text ?? null,
    variables: operation?.variables === undefined ? null : canonicalJson(operation.variables),
    created_at: new Date(entry.recorded_at).toISOString(),
  }
}

/** Which entries Arize's REST list has. */
export function isInArizeList({ actor, category, outcome }: Entry): boolean {
  if (category === 'export' || actor?.type === 'anonymous') return false
  return category !== 'authentication' || (outcome === 'success' && actor !== undefined)
}

/** A node of any of Arize's connections, with all of its fields. */
export function arizeNode(entry: Entry): Shown {
  const { actor, context, operation, resource } = entry
  const { id, email } = actor ?? {}
  const name = operation?.name ?? entry.action
  return {
    id: base64(`AuditLog:${entry.seq + 1}`),
    user:
      id === undefined && email === undefined
        ? null
        : { id: id === undefined ? null : base64(`User:${id}`), email: email ?? null },
    ip: context?.ip_address ?? null,
    success: entry.outcome === 'success',
    mutationName: name,
    operationName: name,
    operationText: operation?.text ?? null,
    variables: operation?.variables === undefined ? null : canonicalJson(operation.variables),
    model: resource === undefined ? null : { name: resource.label ?? resource.id ?? null },
    loggedAt: entry.recorded_at,
  }
}

/** The connection of Arize's that an entry is in: each is in exactly one. */
export function arizeConnection({ actor, category }: Entry): string {
  if (category === 'export') return 'exporterAuditLogs'
  const isKnown = category !== 'authentication' && actor?.type !== 'anonymous'
  return isKnown ? 'authenticatedAuditLogs' : 'unauthenticatedAuditLogs'
}

/** Without the integers that stand for texts, which the catalogue assigns. */
export function paradimeLog(entry: Entry): Shown {
  const { actor, metadata, source, workspace } = entry
  const time = entry.recorded_at.replace('T', ' ').replace('Z', '')
  return {
    id: entry.seq + 1,
    createdDttm: time,
    updatedDttm: time,
    workspaceName: workspace?.name ?? workspace?.id ?? '',
    actorType: actor?.type ?? 'unknown',
    actorEmail: actor?.email ?? null,
    eventSource: source?.name ?? '',
    eventType: entry.action,
    metadataJson: metadata === undefined ? null : canonicalJson(metadata),
  }
}

/** An entry of our own GraphQL, without the hashes. */
export function nativeNode(entry: Entry): Shown {
  const { context, operation, source, workspace } = entry
  return {
    id: entry.id,
    organizationId: entry.organization_id,
    mode: enumName(entry.mode),
    seq: entry.seq,
    recordedAt: entry.recorded_at,
    occurredAt: entry.occurred_at ?? null,
    action: entry.action,
    category: entry.category,
    severity: enumName(entry.severity),
    outcome: enumName(entry.outcome),
    errorCode: entry.error_code ?? null,
    description: entry.description ?? null,
    actor: entry.actor === undefined ? null : nativeActor(entry.actor, ACTORS_ASKED),
    resource: entry.resource === undefined ? null : wholeResource(entry.resource),
    targets: (entry.targets ?? []).map(wholeResource),
    context:
      context === undefined
        ? null
        : {
            ipAddress: context.ip_address ?? null,
            userAgent: context.user_agent ?? null,
            sessionId: context.session_id ?? null,
            requestId: context.request_id ?? null,
            region: context.region ?? null,
            location: context.location ?? null,
            correlationId: context.correlation_id ?? null,
          },
    source: source === undefined ? null : { name: source.name, seq: source.seq ?? null },
    workspace: workspace === undefined ? null : { id: workspace.id, name: workspace.name ?? null },
    operation:
      operation === undefined
        ? null
        : {
            type: enumName(operation.type),
            name: operation.name ?? null,
            text: operation.text ?? null,
            variables: operation.variables ?? null,
          },
    before: entry.before ?? null,
    after: entry.after ?? null,
    diff: (entry.diff as Json | undefined) ?? null,
    metadata: entry.metadata ?? null,
  }
}

/** How many actors behind each other a document asks for. */
const ACTORS_ASKED = 4

function nativeActor({ type, id, label, name, email, on_behalf_of: behind }: Actor, left: number): Shown {
  return {
    type: enumName(type),
    id: id ?? null,
    label: label ?? null,
    name: name ?? null,
    email: email ?? null,
    ...(left === 1 ? {} : { onBehalfOf: behind === undefined ? null : nativeActor(behind, left - 1) }),
  }
}

const actorFields = (left: number): string =>
  `type id label name email${left === 1 ? '' : ` onBehalfOf { ${actorFields(left - 1)} }`}`

/** The fields that `nativeNode` has. */
export const NATIVE_FIELDS = `id organizationId mode seq recordedAt occurredAt action category severity outcome errorCode
  description actor { ${actorFields(ACTORS_ASKED)} } resource { type id label } targets { type id label }
  context { ipAddress userAgent sessionId requestId region location correlationId } source { name seq }
  workspace { id name } operation { type name text variables } before after diff metadata`
