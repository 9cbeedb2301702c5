import type { LogName, Position } from '@counterfoil/core'
import { logText } from './columns.js'
import type { Tables } from './layout.js'

/** Rewrites the parts that hold the rows: rows that are only marked as deleted would keep what was erased. */
export function deleteWhere({ stored, everywhere }: Tables, condition: string): string {
  return `ALTER TABLE ${stored}${everywhere} DELETE WHERE ${condition} SETTINGS mutations_sync = 2`
}

/** Takes the files of a month away, whose partition has this id. */
export function dropMonth({ stored, everywhere }: Tables, partitionId: string): string {
  return `ALTER TABLE ${stored}${everywhere} DROP PARTITION ID '${partitionId}'`
}

/** The rows at places of a log, of which there is at least one. */
export function placesCondition(log: LogName, places: readonly Position[]): string {
  const times = places.map(({ recorded_at }) => recorded_at)
  const seqs = places.map(({ seq }) => seq)
  const range = `recorded_at BETWEEN ${Math.min(...times)} AND ${Math.max(...times)}`
  return `log = ${quotedLog(log)} AND ${range} AND seq IN (${seqs.join(', ')})`
}

/** The rows of a log before an entry. */
export function beforeCondition(log: LogName, seq: number): string {
  return `log = ${quotedLog(log)} AND seq < ${seq}`
}

function quotedLog(log: LogName): string {
  return `'${logText(log).replace(/[\\']/g, '\\$&')}'`
}
