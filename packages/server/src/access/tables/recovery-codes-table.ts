import type { Database } from '../../sqlite/driver.js'

/** Codes that stand in for a second factor that was lost, once each. Hashes; the codes themselves are random. */
export class RecoveryCodesTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Replaces all codes of a person. */
  setAll(personId: string, hashes: readonly Uint8Array[]): void {
    this.#database.prepare('DELETE FROM recovery_codes WHERE person_id = ?').run(personId)
    const insert = this.#database.prepare('INSERT INTO recovery_codes (person_id, code_hash) VALUES (?, ?)')
    for (const hash of hashes) insert.run(personId, hash)
  }

  /** Uses a code up; false when there is none such. */
  remove(personId: string, hash: Uint8Array): boolean {
    const { changes } = this.#database
      .prepare('DELETE FROM recovery_codes WHERE person_id = ? AND code_hash = ?')
      .run(personId, hash)
    return Number(changes) > 0
  }

  count(personId: string): number {
    const row = this.#database
      .prepare('SELECT count(*) AS count FROM recovery_codes WHERE person_id = ?')
      .get(personId)
    return (row as { count: number }).count
  }
}
