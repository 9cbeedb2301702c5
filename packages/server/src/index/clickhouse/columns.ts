import type { ListField, StringField } from '@counterfoil/core'

/** The column that holds each text field. SQL takes column names from here alone, never from a request. */
export const STRING_COLUMNS: Readonly<Record<StringField, string>> = {
  id: 'id',
  action: 'action',
  category: 'category',
  severity: 'severity',
  outcome: 'outcome',
  error_code: 'error_code',
  'actor.type': 'actor_type',
  'actor.id': 'actor_id',
  'actor.label': 'actor_label',
  'actor.name': 'actor_name',
  'actor.email': 'actor_email',
  'resource.type': 'resource_type',
  'resource.id': 'resource_id',
  'resource.label': 'resource_label',
  ip_address: 'ip_address',
  user_agent: 'user_agent',
  session_id: 'session_id',
  request_id: 'request_id',
  correlation_id: 'correlation_id',
  region: 'region',
  location: 'location',
  'source.name': 'source_name',
  'workspace.id': 'workspace_id',
  'workspace.name': 'workspace_name',
  'operation.type': 'operation_type',
  'operation.name': 'operation_name',
}

export const LIST_COLUMNS: Readonly<Record<ListField, string>> = {
  'target.type': 'target_types',
  'target.id': 'target_ids',
  'on_behalf_of.id': 'on_behalf_of_ids',
}

export function isListField(field: StringField | ListField): field is ListField {
  return Object.hasOwn(LIST_COLUMNS, field)
}

/** Stands between path and text in an element of `metadata`; neither side contains it. */
export const METADATA_SEPARATOR = '\u0000'
