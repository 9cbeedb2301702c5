import { originAt, SECTION_PATHS, type SectionPath } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'
import { blockOf, isCut } from '../block-row.js'
import { ROW_SEGMENTS } from '../contents.js'
import { eraseFromBlock } from '../erase-block.js'
import { IDEMPOTENCY_KEY_DAYS } from '../idempotency.js'
import type { StoredLog } from '../stored-log.js'
import type { BlockTable } from './block-table.js'
import { IdempotencyTable } from './idempotency-table.js'

const KEYS_KEPT_US = (IDEMPOTENCY_KEY_DAYS + 1) * 86_400 * 1_000_000

/** Erases sections of rows, inside of the caller's transaction. */
export class RowEraser {
  readonly #blocks: BlockTable
  readonly #keys: IdempotencyTable
  readonly #rewrite: Statement

  constructor(database: Database, blocks: BlockTable) {
    this.#blocks = blocks
    this.#keys = new IdempotencyTable(database)
    this.#rewrite = database.prepare('UPDATE blocks SET salts = ?, contents = ? WHERE position = ?')
  }

  /** Erases what is left of the entries before `minIndex` in the row that goes on behind it. */
  eraseBefore(log: StoredLog, minIndex: number): void {
    const row = this.#blocks.containing(log.number, minIndex)
    if (row === undefined || row.first_seq === minIndex) return
    const seqs = Array.from({ length: minIndex - row.first_seq }, (_, i) => row.first_seq + i)
    this.erase(log, seqs, SECTION_PATHS, 0)
  }

  /** `seqs` ascend; entries that have left the journal are passed over. `now` is in microseconds since 1970. */
  erase(log: StoredLog, seqs: readonly number[], paths: readonly SectionPath[], now: number): void {
    let newest = 0
    for (let next = 0; next < seqs.length; ) {
      const row = this.#blocks.containing(log.number, seqs[next] as number)
      if (row === undefined) {
        next++
        continue
      }
      newest = row.recorded_at
      // What the row said was cut from it; the ledger has it, and erases it there.
      if (isCut(row) && row.first_seq + row.count <= log.trimmedSize) {
        while (next < seqs.length && (seqs[next] as number) < row.first_seq + row.count) next++
        continue
      }
      const block = blockOf(row)
      const indexes = new Set<number>()
      for (; next < seqs.length && (seqs[next] as number) < row.first_seq + row.count; next++)
        indexes.add((seqs[next] as number) - row.first_seq)
      const erased = eraseFromBlock({
        originAt: originAt(log.epochs),
        block,
        indexes,
        paths,
        segmentation: ROW_SEGMENTS,
      })
      if (erased !== undefined) this.#rewrite.run(erased.salts, erased.contents, row.position)
    }
    if (now - newest <= KEYS_KEPT_US) this.#keys.forgetBodies(log.number, seqs)
  }
}
