import type { LogName } from '@counterfoil/core'
import type { ChainState } from './sealer.js'

/** A log as the journal knows it: its number in this journal and its head. */
export interface StoredLog {
  readonly number: number
  readonly name: LogName
  readonly chain: ChainState
  readonly lastPosition: number
  /** Rows whose entries are all below may be trimmed. */
  readonly trimmedSize: number
}

/** One text for a log's name, to look it up by. */
export function nameKey({ organization_id, mode }: LogName): string {
  return `${organization_id}/${mode}`
}
