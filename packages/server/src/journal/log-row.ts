import type { LogName, Mode } from '@counterfoil/core'
import { readEpochs, readStart, type StoredLog, type StoredStart } from './stored-log.js'

/** A row of `logs`, in every engine. */
export interface LogRow extends StoredStart {
  readonly log: number
  readonly organization_id: string
  readonly mode: string
  readonly size: number
  readonly head_hash: Uint8Array
  readonly frontier: Uint8Array
  readonly recorded_at: number
  readonly last_position: number
  readonly trimmed_size: number
  readonly epochs: string
}

export function toStoredLog(row: LogRow): StoredLog {
  const name: LogName = { organization_id: row.organization_id, mode: row.mode as Mode }
  return {
    number: row.log,
    name,
    chain: {
      origin: row.origin,
      size: row.size,
      headHash: row.head_hash,
      frontier: row.frontier,
      recordedAt: row.recorded_at,
    },
    epochs: readEpochs(row.origin, row.epochs),
    lastPosition: row.last_position,
    trimmedSize: row.trimmed_size,
    start: readStart(row),
  }
}
