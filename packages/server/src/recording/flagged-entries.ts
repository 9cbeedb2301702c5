import { type EntryFlag, type LogName, microsecondsOf } from '@counterfoil/core'
import type { FlaggedEntry } from '../catalogue/flags.js'
import type { AppendedRows, Receipt } from '../journal/journal.js'

/** A receipt of an entry that does not agree with the catalogue says in what. */
export interface FlaggedReceipt extends Receipt {
  readonly flags: readonly { readonly code: string; readonly pointer: string; readonly message: string }[]
}

/** Receipts with the flags of their entries. */
export function withFlags(
  receipts: readonly Receipt[],
  flags: readonly EntryFlag[],
): readonly (Receipt | FlaggedReceipt)[] {
  const byIndex = new Map(flags.map((flag) => [flag.index, flag]))
  return receipts.map((receipt, i) => {
    const flag = byIndex.get(i)
    if (flag === undefined) return receipt
    const { kind, pointer, message } = flag
    return { ...receipt, flags: [{ code: kind, pointer, message }] }
  })
}

/** Ids of an append that were not counted yet. Kept beside it, as all requests that went together share it. */
const uncounted = new WeakMap<AppendedRows, Set<string>>()

/** Flagged entries that were recorded now: one that was sent again, in whatever request, is not counted again. */
export function newlyFlagged(
  log: LogName,
  receipts: readonly Receipt[],
  flags: readonly EntryFlag[],
  rows: readonly AppendedRows[],
): readonly FlaggedEntry[] {
  if (flags.length === 0) return []
  const fresh = rows
    .filter((row) => row.log.organization_id === log.organization_id && row.log.mode === log.mode)
    .map(uncountedIds)
  return flags.flatMap(({ index, ...flag }) => {
    const { id, recorded_at } = receipts[index] as Receipt
    const isCounted = fresh.some((ids) => ids.delete(id))
    return isCounted ? [{ ...flag, entryId: id, recordedAt: microsecondsOf(recorded_at) }] : []
  })
}

function uncountedIds(row: AppendedRows): Set<string> {
  let ids = uncounted.get(row)
  if (ids === undefined) {
    ids = new Set(row.ids)
    uncounted.set(row, ids)
  }
  return ids
}
