import { canonicalJson } from '@counterfoil/core'
import { toGlobalId } from '../../http/global-id.js'
import type { ReadEntry } from '../../reading/reads.js'
import { type ArizeOperationType, toArizeOperationType } from './authenticated-actions.js'

/** An entry of the vendor's list. Its Python client refuses any further key, so each is written out. */
export interface ArizeAuditLog {
  readonly id: string
  readonly user_id: string
  readonly ip: string
  readonly operation_type: ArizeOperationType
  readonly operation_name: string | null
  readonly operation_text: string | null
  /** JSON as text. */
  readonly variables: string | null
  /** RFC 3339 with milliseconds and `Z`, cut and not rounded. */
  readonly created_at: string
}

/** What is left of an entry, in the vendor's shape. Where it allows no null, an empty text says that there is none. */
export function toArizeAuditLog(entry: ReadEntry): ArizeAuditLog {
  const { operation } = entry
  return {
    // The vendor's numbers begin at 1, ours at 0.
    id: toGlobalId('AuditLog', entry.seq + 1),
    user_id: toGlobalId('User', entry.actor?.id ?? ''),
    ip: entry.context?.ip_address ?? '',
    operation_type: toArizeOperationType(operation?.type),
    operation_name: operation?.name ?? entry.action ?? null,
    operation_text: operation?.text ?? null,
    variables: operation?.variables === undefined ? null : canonicalJson(operation.variables),
    created_at: `${entry.recorded_at.slice(0, MILLISECONDS_END)}Z`,
  }
}

const MILLISECONDS_END = '2026-11-21T02:00:00.123'.length
