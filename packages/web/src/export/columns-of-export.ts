import type { ColumnChoice, ColumnId } from '../logs/columns.js'

/** The columns of a file that say what a column of the list shows. */
const COLUMNS: Readonly<Record<ColumnId, readonly string[]>> = {
  time: ['recorded_at'],
  severity: ['severity'],
  user: ['actor_name', 'actor_email', 'actor_id'],
  action: ['action'],
  resource: ['resource_type', 'resource_id', 'resource_label'],
  ip: ['ip_address'],
  agent: ['user_agent'],
  region: ['region'],
  outcome: ['outcome'],
  category: ['category'],
  description: ['description'],
  type: ['resource_type'],
  actor_type: ['actor_type'],
  error: ['error_code'],
  location: ['location'],
  session: ['session_id'],
  request: ['request_id'],
  source: ['source'],
  workspace: ['workspace_id', 'workspace_name'],
  seq: ['seq'],
  id: ['id'],
}

/** Columns for a file that shows what the list does, in its order; each once. */
export function columnsOfExport(chosen: readonly ColumnChoice[]): readonly string[] {
  return [...new Set(chosen.flatMap(({ id }) => COLUMNS[id]))]
}
