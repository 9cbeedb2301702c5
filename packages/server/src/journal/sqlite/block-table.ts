import type { Database, Statement } from '../../sqlite/driver.js'
import type { BlockRow } from '../block-row.js'
import type { PositionRange, TrimBounds } from '../journal.js'

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

/** The statements that read rows, prepared on one connection. */
export class BlockTable {
  readonly #at: Statement
  readonly #containing: Statement
  readonly #from: Statement
  readonly #downFrom: Statement
  readonly #recordedAt: Statement
  readonly #within: Statement
  readonly #last: Statement
  readonly #trimmable: Statement
  readonly #trim: Statement
  readonly #prunable: Statement
  readonly #remove: Statement

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
    this.#within = database.prepare(
      'SELECT * FROM blocks WHERE position >= ? AND position <= ? ORDER BY position LIMIT ?',
    )
    this.#trimmable = database.prepare(
      `SELECT position, first_seq, count FROM blocks
       WHERE log = ? AND first_seq >= ? AND first_seq + count <= ? AND position <= ? ORDER BY first_seq LIMIT ?`,
    )
    this.#trim = database.prepare(
      `UPDATE blocks SET prev_hash = NULL, ids = NULL, entry_hashes = NULL, salts = NULL, contents = NULL
       WHERE position = ?`,
    )
    this.#prunable = database.prepare(
      'SELECT position FROM blocks WHERE log = ? AND first_seq + count <= ? ORDER BY first_seq LIMIT ?',
    )
    this.#remove = database.prepare('DELETE FROM blocks WHERE position = ?')
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

  /** Rows of all logs. */
  within({ firstPosition, lastPosition }: PositionRange, limit: number): BlockRow[] {
    return this.#within.all(firstPosition, lastPosition, limit) as unknown as BlockRow[]
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

  /** Takes away up to `rowsMax` rows whose entries all come before `minIndex`; gives how many there were. */
  prune(log: number, minIndex: number, rowsMax: number): number {
    const rows = this.#prunable.all(log, minIndex, rowsMax) as unknown as readonly BlockPlace[]
    for (const { position } of rows) this.#remove.run(position)
    return rows.length
  }

  lastPosition(): number {
    return (this.#last.get() as { position: number | null }).position ?? 0
  }
}
