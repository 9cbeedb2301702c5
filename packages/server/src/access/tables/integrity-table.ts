import type { LogName, Mode } from '@counterfoil/core'
import { EVERY_ORGANIZATION, type Sql } from '../../sql/sql-database.js'

/** What is known of a log's integrity: the check that goes on or went last, and what passed before it. */
export interface IntegrityCheck {
  readonly log: LogName
  /** The moment the check was due, which tells it from others; milliseconds since 1970, as all times here. */
  readonly dueAt: number
  readonly startedAt: number
  /** Undefined while it goes on. */
  readonly finishedAt: number | undefined
  /** Entries walked, from the first on, and where that led: see `WalkState`. */
  readonly walked: number
  /** Those of them of which something was erased. */
  readonly redacted: number
  readonly headHash: string
  readonly frontier: Uint8Array
  /** How many entries the log had when a check last passed, 0 for never, and the hash of the last of them. */
  readonly passedSize: number
  readonly passedHash: string
  /** What the last check that finished found, one sentence; undefined when it passed. */
  readonly damage: string | undefined
}

/** When checks of all logs are due. */
export interface IntegritySchedule {
  readonly dueAt: number
  /** Undefined while some log is still to be checked. */
  readonly finishedAt: number | undefined
}

interface CheckRow {
  readonly organization_id: string
  readonly mode: string
  readonly due_at: number
  readonly started_at: number
  readonly finished_at: number | null
  readonly walked: number
  readonly redacted: number
  readonly head_hash: string
  readonly frontier: Uint8Array
  readonly passed_size: number
  readonly passed_hash: string
  readonly damage: string | null
}

/** Checks of logs. Beside the journal and not in it: who rewrites the one has to rewrite the other as well. */
export class IntegrityTable {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  async schedule(): Promise<IntegritySchedule | undefined> {
    const row = (await this.#sql.get('SELECT due_at, finished_at FROM integrity_schedule')) as
      | { readonly due_at: number; readonly finished_at: number | null }
      | undefined
    return row === undefined ? undefined : { dueAt: row.due_at, finishedAt: row.finished_at ?? undefined }
  }

  async setSchedule({ dueAt, finishedAt }: IntegritySchedule): Promise<void> {
    await this.#sql.run(
      `INSERT INTO integrity_schedule (only_one, due_at, finished_at) VALUES (1, ?, ?)
       ON CONFLICT (only_one) DO UPDATE SET due_at = excluded.due_at, finished_at = excluded.finished_at`,
      dueAt,
      finishedAt ?? null,
    )
  }

  /** Every log that was ever looked at, also one that the journal does not have any more. */
  async all(): Promise<readonly IntegrityCheck[]> {
    const rows = await this.#sql.of(EVERY_ORGANIZATION).all<CheckRow>('SELECT * FROM integrity_checks')
    return rows.map(toCheck)
  }

  async find({ organization_id, mode }: LogName): Promise<IntegrityCheck | undefined> {
    const row = await this.#sql
      .of(organization_id)
      .get<CheckRow>(
        'SELECT * FROM integrity_checks WHERE organization_id = ? AND mode = ?',
        organization_id,
        mode,
      )
    return row === undefined ? undefined : toCheck(row)
  }

  async save(check: IntegrityCheck): Promise<void> {
    await this.#sql.of(check.log.organization_id).run(
      `INSERT INTO integrity_checks (organization_id, mode, due_at, started_at, finished_at, walked, head_hash,
         frontier, passed_size, passed_hash, damage, redacted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (organization_id, mode) DO UPDATE SET due_at = excluded.due_at, started_at = excluded.started_at,
       finished_at = excluded.finished_at, walked = excluded.walked, head_hash = excluded.head_hash,
       frontier = excluded.frontier, passed_size = excluded.passed_size, passed_hash = excluded.passed_hash,
       damage = excluded.damage, redacted = excluded.redacted`,
      check.log.organization_id,
      check.log.mode,
      check.dueAt,
      check.startedAt,
      check.finishedAt ?? null,
      check.walked,
      check.headHash,
      check.frontier,
      check.passedSize,
      check.passedHash,
      check.damage ?? null,
      check.redacted,
    )
  }
}

function toCheck(row: CheckRow): IntegrityCheck {
  return {
    log: { organization_id: row.organization_id, mode: row.mode as Mode },
    dueAt: row.due_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    walked: row.walked,
    redacted: row.redacted,
    headHash: row.head_hash,
    frontier: row.frontier,
    passedSize: row.passed_size,
    passedHash: row.passed_hash,
    damage: row.damage ?? undefined,
  }
}
