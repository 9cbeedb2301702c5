import { type ListField, type LogName, STRING_FIELDS, type StringField } from '@counterfoil/core'

/** A text field with a column of text. Severity has few values with an order: its column holds the rank. */
export type TextField = Exclude<StringField, 'severity'>

export const TEXT_FIELDS: readonly TextField[] = STRING_FIELDS.filter((field) => field !== 'severity')

/** The column that holds each text field. SQL takes column names from here alone, never from a request. */
export const TEXT_COLUMNS: Readonly<Record<TextField, string>> = {
  id: 'id',
  action: 'action',
  category: 'category',
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

/** The value of column `log`: one column, as every search compares it in every row that it reads. */
export function logText(log: LogName): string {
  return `${log.mode}:${log.organization_id}`
}
