import type { LogName } from '@counterfoil/core'
import type { Postgres, SqlConnection } from '../../postgres/postgres.js'
import { type Lease, LeaseLost } from '../leases.js'

/** How far an index is, by journal positions; see `IndexProgress`. */
export interface IndexPositions {
  readonly donePosition: number
  readonly sendingPosition: number
}

/** What is known of an index where one log is concerned. */
export interface IndexStanding extends IndexPositions {
  readonly missingFrom: number | undefined
  /** Another one as soon as rows of the log may have gone from the index. */
  readonly revision: string
}

/**
 * What the process that fills an index tells all that search it: how far it is, and what may be missing. Whatever is written is
 * held against the lease in the same transaction: a process that lost it writes nothing any more.
 */
export class IndexStandings {
  readonly #postgres: Postgres
  readonly #indexId: string

  constructor(postgres: Postgres, indexId: string) {
    this.#postgres = postgres
    this.#indexId = indexId
  }

  /** Undefined for an index that nobody has begun to fill yet. */
  async positions(): Promise<IndexPositions | undefined> {
    const { rows } = await this.#postgres.query<{ done: number; sending: number }>({
      name: 'index-positions',
      text: 'SELECT done_position AS done, sending_position AS sending FROM index_standings WHERE index_id = $1',
      values: [this.#indexId],
    })
    const [row] = rows
    return row === undefined ? undefined : { donePosition: row.done, sendingPosition: row.sending }
  }

  /** Undefined for an index that nobody has begun to fill yet. */
  async standing({ organization_id, mode }: LogName): Promise<IndexStanding | undefined> {
    const { rows } = await this.#postgres.query<{
      done: number
      sending: number
      missing: number | null
      revision: string
    }>({
      name: 'index-standing',
      text: `SELECT done_position AS done, sending_position AS sending, missing_from AS missing,
          s.revision::text || '.' || coalesce(r.revision, 0)::text AS revision
        FROM index_standings s LEFT JOIN index_rewrites r
          ON r.index_id = s.index_id AND organization_id = $2 AND mode = $3
        WHERE s.index_id = $1`,
      values: [this.#indexId, organization_id, mode],
    })
    const [row] = rows
    if (row === undefined) return undefined
    const { done, sending, missing, revision } = row
    return { donePosition: done, sendingPosition: sending, missingFrom: missing ?? undefined, revision }
  }

  /** Notes how far the index is; one that is less far than before was emptied. Rejects with `LeaseLost`. */
  async save(lease: Lease, { donePosition, sendingPosition }: IndexPositions): Promise<void> {
    await this.#under(lease, async (connection) => {
      await connection.query({
        name: 'index-save',
        text: `INSERT INTO index_standings AS s (index_id, done_position, sending_position, revision) VALUES ($1, $2, $3, 0)
          ON CONFLICT (index_id) DO UPDATE SET done_position = $2, sending_position = $3,
            revision = s.revision + CASE WHEN $2 < s.done_position THEN 1 ELSE 0 END`,
        values: [this.#indexId, donePosition, sendingPosition],
      })
    })
  }

  /** Notes from where searches of a log may miss entries, or with undefined that they miss none any more. */
  async saveMissing(
    lease: Lease,
    { organization_id, mode }: LogName,
    missingFrom: number | undefined,
  ): Promise<void> {
    await this.#under(lease, async (connection) => {
      await connection.query(
        `INSERT INTO index_rewrites AS r (index_id, organization_id, mode, missing_from, revision) VALUES ($1, $2, $3, $4, 1)
         ON CONFLICT (index_id, organization_id, mode) DO UPDATE SET missing_from = $4, revision = r.revision + 1`,
        [this.#indexId, organization_id, mode, missingFrom ?? null],
      )
    })
  }

  async #under(lease: Lease, write: (connection: SqlConnection) => Promise<void>): Promise<void> {
    await this.#postgres.transaction(async (connection) => {
      // Locked, so that nobody can take the lease between this look and the commit.
      const { count } = await connection.query({
        name: 'lease-held',
        text: 'SELECT 1 FROM leases WHERE name = $1 AND token = $2 FOR SHARE',
        values: [lease.name, lease.token],
      })
      if (count !== 1) throw new LeaseLost(lease.name)
      await write(connection)
    })
  }
}
