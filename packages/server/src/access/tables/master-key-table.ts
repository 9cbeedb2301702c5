import type { Sql } from '../../sql/sql-database.js'

/** What tells the master key from every other, and what is sealed under it once for all. */
export class MasterKeyTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** Tells the master key that the store was used with from every other; undefined before the first start. */
  async fingerprint(): Promise<Uint8Array | undefined> {
    const row = await this.#sql.get<{ fingerprint: Uint8Array }>('SELECT fingerprint FROM master_key')
    return row?.fingerprint
  }

  async setFingerprint(fingerprint: Uint8Array): Promise<void> {
    await this.#sql.run(
      `INSERT INTO master_key (only_one, fingerprint) VALUES (1, ?1)
       ON CONFLICT (only_one) DO UPDATE SET fingerprint = excluded.fingerprint`,
      fingerprint,
    )
  }

  /** What logs' keys derive from, sealed; undefined while that is the master key that the store began with. */
  async sealedSigningRoot(): Promise<Uint8Array | undefined> {
    const row = await this.#sql.get<{ sealed: Uint8Array | null }>(
      'SELECT sealed_signing_root AS sealed FROM master_key',
    )
    return row?.sealed ?? undefined
  }

  async setSealedSigningRoot(sealed: Uint8Array | null): Promise<void> {
    await this.#sql.run('UPDATE master_key SET sealed_signing_root = ?', sealed)
  }
}
