import type { LogName, Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** Another signing key of a log, asked for by an entry of that log. */
export interface KeyRotation {
  readonly id: string
  readonly log: LogName
  /** The entry about it, which is in the log before the new key signs. */
  readonly entryId: string
  /** Of the key that signs until then. */
  readonly generation: number
  /** Until when both sign; milliseconds since 1970. */
  readonly overlapUntil: number
  readonly requestedAt: number
}

interface KeyRotationRow {
  readonly id: string
  readonly organization_id: string
  readonly mode: string
  readonly entry_id: string
  readonly generation: number
  readonly overlap_until: number
  readonly requested_at: number
}

/** Rotations of signing keys that were asked for. */
export class KeyRotationsTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async add({ id, log, entryId, generation, overlapUntil, requestedAt }: KeyRotation): Promise<void> {
    await this.#sql.of(log.organization_id).run(
      `INSERT INTO key_rotations (id, organization_id, mode, entry_id, generation, overlap_until, requested_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[id, log.organization_id, log.mode, entryId, generation, overlapUntil, requestedAt],
    )
  }

  /** Those that are not carried out yet, the oldest first. */
  async pending(): Promise<readonly KeyRotation[]> {
    const rows = await this.#sql
      .of(EVERY_ORGANIZATION)
      .all<KeyRotationRow>(
        'SELECT * FROM key_rotations WHERE carried_out_at IS NULL ORDER BY requested_at, id',
      )
    return rows.map((row) => ({
      id: row.id,
      log: { organization_id: row.organization_id, mode: row.mode as Mode },
      entryId: row.entry_id,
      generation: row.generation,
      overlapUntil: row.overlap_until,
      requestedAt: row.requested_at,
    }))
  }

  async finish(id: string, carriedOutAt: number): Promise<void> {
    await this.#sql
      .of(EVERY_ORGANIZATION)
      .run('UPDATE key_rotations SET carried_out_at = ? WHERE id = ?', carriedOutAt, id)
  }
}
