import type { LogName, Mode } from '@counterfoil/core'
import type { Database, Statement } from '../../sqlite/driver.js'

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
  readonly #database: Database
  readonly #oldest: Statement

  constructor(database: Database) {
    this.#database = database
    this.#oldest = database.prepare('SELECT * FROM outbox ORDER BY position LIMIT ?')
  }

  add({ organization_id, mode }: LogName, json: string): void {
    this.#database
      .prepare('INSERT INTO outbox (organization_id, mode, entry) VALUES (?, ?, ?)')
      .run(organization_id, mode, json)
  }

  /** The oldest entries, in the order in which they were committed. */
  oldest(limit: number): readonly OutboxEntry[] {
    return (this.#oldest.all(limit) as unknown as OutboxRow[]).map(
      ({ position, organization_id, mode, entry }) => ({
        position,
        log: { organization_id, mode: mode as Mode },
        json: entry,
      }),
    )
  }

  /** Forgets what the journal holds. */
  remove(positions: readonly number[]): void {
    const statement = this.#database.prepare('DELETE FROM outbox WHERE position = ?')
    for (const position of positions) statement.run(position)
  }
}
