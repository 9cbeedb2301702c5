import type { LogName, Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** An entry about ourselves on its way from here, where it was committed with its change, to the journal. */
export interface OutboxEntry {
  readonly position: number
  readonly log: LogName
  /** JSON of the entry, with its id: handing it over twice records it once. */
  readonly json: string
}

interface OutboxRow {
  readonly position: number
  readonly organization_id: string
  readonly mode: string
  readonly entry: string
}

export class OutboxTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async add({ organization_id, mode }: LogName, json: string): Promise<void> {
    await this.#sql
      .of(organization_id)
      .run('INSERT INTO outbox (organization_id, mode, entry) VALUES (?, ?, ?)', organization_id, mode, json)
  }

  /** The oldest entries, in the order in which they were committed. */
  async oldest(limit: number): Promise<readonly OutboxEntry[]> {
    return (
      await this.#sql
        .of(EVERY_ORGANIZATION)
        .all<OutboxRow>('SELECT * FROM outbox ORDER BY position LIMIT ?', limit)
    ).map(({ position, organization_id, mode, entry }) => ({
      position,
      log: { organization_id, mode: mode as Mode },
      json: entry,
    }))
  }

  /** Forgets what the journal holds. */
  async remove(positions: readonly number[]): Promise<void> {
    await this.#sql.of(EVERY_ORGANIZATION).runEach(
      'DELETE FROM outbox WHERE position = ?',
      positions.map((position) => [position]),
    )
  }
}
