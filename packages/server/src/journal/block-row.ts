import { AppError } from '@counterfoil/core'
import { BLOCK_ENTRIES_MAX, type Block } from './block.js'
import type { PlacedContent } from './journal.js'
import { uuidText } from './uuid.js'

/** A row of `blocks` as an engine gives it. Columns that a tamperer may have emptied are null. */
export interface BlockRow {
  readonly position: number
  readonly log: number
  readonly first_seq: number
  readonly count: number
  readonly recorded_at: number
  readonly prev_hash: Uint8Array | null
  readonly ids: Uint8Array | null
  readonly entry_hashes: Uint8Array | null
  readonly salts: Uint8Array | null
  readonly contents: Uint8Array | null
}

/** Whether what a row said was cut from it; its log's `trimmed_size` says whether that was us. */
export function isCut(row: BlockRow): boolean {
  return row.ids === null && row.entry_hashes === null && row.salts === null && row.contents === null
}

/** The block of a row. Throws `damaged_journal` for a row that lost a column. */
export function blockOf(row: BlockRow): Block {
  const { prev_hash, ids, entry_hashes, salts, contents } = row
  if (prev_hash === null || ids === null || entry_hashes === null || salts === null || contents === null) {
    throw damagedRow(row, 'a column is empty')
  }
  return {
    firstSeq: row.first_seq,
    count: row.count,
    recordedAt: row.recorded_at,
    prevHash: prev_hash,
    ids,
    entryHashes: entry_hashes,
    salts,
    contents,
  }
}

/**
 * What is known of the entries of a row that does not decode: their places, and nothing to find them by. One damaged row
 * must not keep all that came after it, of every organization, out of the index.
 */
export function placesOf(row: BlockRow): PlacedContent[] {
  const count = Math.max(0, Math.min(row.count, BLOCK_ENTRIES_MAX))
  const ids = padded(row.ids, 16 * count)
  return Array.from({ length: count }, (_, i) => ({
    id: uuidText(ids, 16 * i),
    seq: row.first_seq + i,
    recordedAt: row.recorded_at,
    content: {},
  }))
}

/** `length` bytes, zeros where bytes are missing. */
function padded(bytes: Uint8Array | null, length: number): Uint8Array {
  const whole = new Uint8Array(length)
  if (bytes !== null) whole.set(bytes.subarray(0, length))
  return whole
}

/** The error for a row that cannot be what was written. */
export function damagedRow(row: BlockRow, what: string, cause?: unknown): AppError {
  return new AppError('damaged_journal', {
    hint: `Row ${row.position} of the journal (seq ${row.first_seq} to ${row.first_seq + row.count - 1}): ${what}. Run "counterfoil verify" to locate the damage and restore a backup.`,
    cause,
  })
}
