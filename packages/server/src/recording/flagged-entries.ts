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

/** Flagged entries that were recorded now: one that was sent again is not counted again. */
export function newlyFlagged(
  log: LogName,
  receipts: readonly Receipt[],
  flags: readonly EntryFlag[],
  rows: readonly AppendedRows[],
): readonly FlaggedEntry[] {
  if (flags.length === 0) return []
  const fresh = new Set(
    rows.flatMap((row) =>
      row.log.organization_id === log.organization_id && row.log.mode === log.mode ? row.ids : [],
    ),
  )
  return flags.flatMap(({ index, ...flag }) => {
    const { id, recorded_at } = receipts[index] as Receipt
    // Deleted so that an entry that is in a request twice counts once.
    return fresh.delete(id) ? [{ ...flag, entryId: id, recordedAt: microsecondsOf(recorded_at) }] : []
  })
}
