import { AppError, HASH_BYTES, toHex } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import { BLOCK_ENTRIES_MAX, type Block, storedEntries } from '../block.js'
import type { StoredEntry, TrimBounds } from '../journal.js'
import { uuidText } from '../uuid.js'

/** A row of `blocks` as SQLite gives it. Columns that a tamperer may have emptied are null. */
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

interface BlockPlace {
  readonly position: number
  readonly first_seq: number
  readonly count: number
}

export interface TrimmedRows {
  readonly rows: number
  /** The entry after the last that was in them. */
  readonly end: number
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

/** The entries of a row. Throws `damaged_journal` for a row that does not decode. */
export function entriesOf(row: BlockRow): StoredEntry[] {
  const block = blockOf(row)
  try {
    return storedEntries(block)
  } catch (error) {
    throw damagedRow(row, 'its bytes do not decode', error)
  }
}

/**
 * What is known of the entries of a row that does not decode: their places, and nothing to find them by. One damaged row
 * must not keep all that came after it, of every organization, out of the index.
 */
export function placesOf(row: BlockRow): StoredEntry[] {
  const count = Math.max(0, Math.min(row.count, BLOCK_ENTRIES_MAX))
  const ids = padded(row.ids, 16 * count)
  const hashes = padded(row.entry_hashes, HASH_BYTES * count)
  const hash = (i: number) =>
    i < 0 ? toHex(padded(row.prev_hash, HASH_BYTES)) : toHex(hashes, HASH_BYTES * i, HASH_BYTES)
  return Array.from({ length: count }, (_, i) => ({
    id: uuidText(ids, 16 * i),
    seq: row.first_seq + i,
    recordedAt: row.recorded_at,
    entryHash: hash(i),
    prevHash: hash(i - 1),
    sections: [],
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

/** The statements that read rows, prepared on one connection. */
export class BlockTable {
  readonly #at: Statement
  readonly #containing: Statement
  readonly #from: Statement
  readonly #downFrom: Statement
  readonly #recordedAt: Statement
  readonly #after: Statement
  readonly #last: Statement
  readonly #trimmable: Statement
  readonly #trim: Statement

  constructor(database: Database) {
    this.#at = database.prepare('SELECT * FROM blocks WHERE position = ?')
    this.#containing = database.prepare(
      'SELECT * FROM blocks WHERE log = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1',
    )
    this.#from = database.prepare(
      'SELECT * FROM blocks WHERE log = ? AND first_seq >= ? ORDER BY first_seq LIMIT ?',
    )
    this.#downFrom = database.prepare(
      'SELECT * FROM blocks WHERE log = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT ?',
    )
    this.#recordedAt = database.prepare(
      'SELECT recorded_at FROM blocks WHERE log = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1',
    )
    this.#after = database.prepare('SELECT * FROM blocks WHERE position > ? ORDER BY position LIMIT ?')
    this.#trimmable = database.prepare(
      `SELECT position, first_seq, count FROM blocks
       WHERE log = ? AND first_seq >= ? AND first_seq + count <= ? AND position <= ? ORDER BY first_seq LIMIT ?`,
    )
    this.#trim = database.prepare(
      `UPDATE blocks SET prev_hash = NULL, ids = NULL, entry_hashes = NULL, salts = NULL, contents = NULL
       WHERE position = ?`,
    )
    this.#last = database.prepare('SELECT max(position) AS position FROM blocks')
  }

  at(position: number): BlockRow | undefined {
    return this.#at.get(position) as BlockRow | undefined
  }

  /** The row that holds `seq`, if there is one. */
  containing(log: number, seq: number): BlockRow | undefined {
    const row = this.#containing.get(log, seq) as BlockRow | undefined
    return row !== undefined && seq < row.first_seq + row.count ? row : undefined
  }

  /** The last row of a log that begins before `seq`, if there is one. */
  before(log: number, seq: number): BlockRow | undefined {
    return this.#containing.get(log, seq - 1) as BlockRow | undefined
  }

  /** Rows of a log that begin at `seq` or later. */
  from(log: number, seq: number, limit: number): BlockRow[] {
    return this.#from.all(log, seq, limit) as unknown as BlockRow[]
  }

  /** Rows of a log that begin at `seq` or before, the last one first. */
  downFrom(log: number, seq: number, limit: number): BlockRow[] {
    return this.#downFrom.all(log, seq, limit) as unknown as BlockRow[]
  }

  /** Rows of a log from the one that holds `seq` on, if there is one. */
  holding(log: number, seq: number, limit: number): BlockRow[] {
    const holding = this.containing(log, seq)
    if (holding === undefined || limit === 1) return holding === undefined ? [] : [holding]
    return [holding, ...this.from(log, holding.first_seq + holding.count, limit - 1)]
  }

  /** The first of the entries before `size` that was recorded at `time` or later; `size` when none was. */
  firstSince(log: number, time: number, size: number): number {
    // recorded_at never decreases in a log, so its rows can be searched by halves.
    let low = 0
    let high = size
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.#recordedAt.get(log, middle) as { recorded_at: number } | undefined
      if (row === undefined || row.recorded_at < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Rows of all logs after `position`. */
  after(position: number, limit: number): BlockRow[] {
    return this.#after.all(position, limit) as unknown as BlockRow[]
  }

  /**
   * Cuts what rests elsewhere from up to `rowsMax` rows that follow entry `from`; gives how many there were, and where the
   * last of them ends.
   */
  trim(log: number, from: number, { size, position }: TrimBounds, rowsMax: number): TrimmedRows {
    const rows = this.#trimmable.all(log, from, size, position, rowsMax) as unknown as readonly BlockPlace[]
    for (const row of rows) this.#trim.run(row.position)
    const last = rows.at(-1)
    return { rows: rows.length, end: last === undefined ? from : last.first_seq + last.count }
  }

  lastPosition(): number {
    return (this.#last.get() as { position: number | null }).position ?? 0
  }
}
