import type { Actor, LogName, Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** A log that is to be begun anew, or was: asked for by an operator of the platform. */
export interface EpochAsked {
  readonly id: string
  readonly log: LogName
  /** Of the log when it was asked for: one that goes on under another one has had what was asked for. */
  readonly origin: string
  readonly reason: string
  readonly keyCompromised: boolean
  readonly askedBy: Actor
  /** Milliseconds since 1970, as all times here. */
  readonly askedAt: number
  /** Once it has begun. */
  readonly newOrigin?: string
  /** Why it was not begun. */
  readonly refusal?: string
  readonly endedAt?: number
}

interface Row {
  readonly id: string
  readonly organization_id: string
  readonly mode: string
  readonly body: string
  readonly ended_at: number | null
}

/** Epochs that were asked for; kept for ever. */
export class EpochRequestsTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async add({ id, log, endedAt: _, ...body }: EpochAsked): Promise<void> {
    await this.#sql
      .of(log.organization_id)
      .run(
        'INSERT INTO epoch_requests (id, organization_id, mode, body) VALUES (?, ?, ?, ?)',
        ...[id, log.organization_id, log.mode, JSON.stringify(body)],
      )
  }

  /** Notes that one has begun, or why it was not. */
  async end({ id, log, endedAt: _, ...body }: EpochAsked, at: number): Promise<void> {
    const statement = 'UPDATE epoch_requests SET body = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL'
    await this.#sql.of(log.organization_id).run(statement, JSON.stringify(body), at, id)
  }

  /** Those that have not begun yet, the oldest first. */
  async pending(): Promise<readonly EpochAsked[]> {
    return (await this.all()).filter(({ endedAt }) => endedAt === undefined).toReversed()
  }

  /** Of all logs, the newest first. */
  async all(): Promise<readonly EpochAsked[]> {
    const rows = await this.#sql
      .of(EVERY_ORGANIZATION)
      .all<Row>('SELECT * FROM epoch_requests ORDER BY id DESC')
    return rows.map(({ id, organization_id, mode, body, ended_at }) => ({
      ...(JSON.parse(body) as Omit<EpochAsked, 'id' | 'log'>),
      ...{ id, log: { organization_id, mode: mode as Mode } },
      ...(ended_at === null ? {} : { endedAt: ended_at }),
    }))
  }
}
