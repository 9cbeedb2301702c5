import type { Sql } from '../../sql/sql-database.js'

/** Codes that stand in for a second factor that was lost, once each. Hashes; the codes themselves are random. */
export class RecoveryCodesTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Replaces all codes of a person. */
  async setAll(personId: string, hashes: readonly Uint8Array[]): Promise<void> {
    await this.#sql.run('DELETE FROM recovery_codes WHERE person_id = ?', personId)
    await this.#sql.runEach(
      'INSERT INTO recovery_codes (person_id, code_hash) VALUES (?, ?)',
      hashes.map((hash) => [personId, hash]),
    )
  }

  /** Uses a code up; false when there is none such. */
  async remove(personId: string, hash: Uint8Array): Promise<boolean> {
    const changes = await this.#sql.run(
      'DELETE FROM recovery_codes WHERE person_id = ? AND code_hash = ?',
      personId,
      hash,
    )
    return changes > 0
  }

  async count(personId: string): Promise<number> {
    const row = await this.#sql.get<{ count: number }>(
      'SELECT count(*) AS count FROM recovery_codes WHERE person_id = ?',
      personId,
    )
    return row?.count ?? 0
  }
}
