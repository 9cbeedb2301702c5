import { canonicalJson, type Json } from '@counterfoil/core'
import type { ReadEntry } from '../../reading/reads.js'

// This module is loaded in the export thread, too.

const json = (value: Json | undefined) => (value === undefined ? '' : canonicalJson(value))

/** Columns of the CSV export by name, in the order in which all of them come; empty for what an entry lacks. */
const COLUMNS = {
  recorded_at: (entry) => entry.recorded_at,
  seq: (entry) => String(entry.seq),
  id: (entry) => entry.id,
  severity: (entry) => entry.severity,
  outcome: (entry) => entry.outcome,
  category: (entry) => entry.category,
  action: (entry) => entry.action,
  description: (entry) => entry.description,
  error_code: (entry) => entry.error_code,
  actor_type: ({ actor }) => actor?.type,
  actor_id: ({ actor }) => actor?.id,
  actor_label: ({ actor }) => actor?.label,
  actor_name: ({ actor }) => actor?.name,
  actor_email: ({ actor }) => actor?.email,
  on_behalf_of: ({ actor }) => json(actor?.on_behalf_of as unknown as Json | undefined),
  resource_type: ({ resource }) => resource?.type,
  resource_id: ({ resource }) => resource?.id,
  resource_label: ({ resource }) => resource?.label,
  targets: ({ targets }) => json(targets as unknown as Json | undefined),
  ip_address: ({ context }) => context?.ip_address,
  user_agent: ({ context }) => context?.user_agent,
  session_id: ({ context }) => context?.session_id,
  request_id: ({ context }) => context?.request_id,
  correlation_id: ({ context }) => context?.correlation_id,
  region: ({ context }) => context?.region,
  location: ({ context }) => context?.location,
  source: ({ source }) => source?.name,
  workspace_id: ({ workspace }) => workspace?.id,
  workspace_name: ({ workspace }) => workspace?.name,
  operation: ({ operation }) => json(operation as unknown as Json | undefined),
  before: ({ before }) => json(before),
  after: ({ after }) => json(after),
  metadata: ({ metadata }) => json(metadata),
  occurred_at: (entry) => entry.occurred_at,
  entry_hash: (entry) => entry.entry_hash,
} as const satisfies Readonly<Record<string, (entry: ReadEntry) => string | undefined>>

export type ExportColumn = keyof typeof COLUMNS
export const EXPORT_COLUMNS = Object.keys(COLUMNS) as ExportColumn[]

/** What stands in a column; empty for nothing. */
export function columnText(column: ExportColumn, entry: ReadEntry): string {
  return COLUMNS[column](entry) ?? ''
}
