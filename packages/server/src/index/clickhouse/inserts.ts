import type { ClickHouseSettings } from '@clickhouse/client'
import type { ChunkRun } from './chunk-runs.js'
import type { Connection } from './connection.js'
import type { Tables } from './layout.js'
import { SEARCH_TEXT_INDEX_NAME } from './schema.js'

/** Positions of the journal that follow one another and lie on one shard. */
const POSITIONS_OF_A_SHARD = 65_536

/**
 * Of so many rows at once, a chunk as full as they come under load, the n-grams are left to the first merge, which makes them anew in
 * any case: they took two thirds of an insert, a tenth of all that the engine does. Until then a search for text reads such a
 * part whole, 1 to 2 ms each.
 */
const INDEXED_LATER_ROWS = 7_500
/** And only while so many come that parts are merged within seconds: the last ones of a calmer time stay as they are for long. */
const INDEXED_LATER_ROWS_PER_SECOND = 10_000

/** Sends runs to a table, so that none comes twice and none comes half. */
export class Inserts {
  readonly #connection: Connection
  readonly #tables: Tables
  #shards: number | undefined
  /** When the last insert began; before the first one, long ago. */
  #lastBeganMs = Number.NEGATIVE_INFINITY

  constructor(connection: Connection, tables: Tables) {
    this.#connection = connection
    this.#tables = tables
  }

  /**
   * Inserts a run, all of it or nothing. With a layout that remembers inserts, one that comes again under the same token is
   * passed over, even if it was held up on its way and comes after the one that replaced it.
   */
  async insert(run: ChunkRun, token: string): Promise<void> {
    const { entries, remembersInserts, layout } = this.#tables
    const remembered: ClickHouseSettings = remembersInserts
      ? { insert_deduplicate: 1, insert_deduplication_token: token }
      : {}
    // Servers of others may be too old to know the setting.
    const indexedLater: ClickHouseSettings =
      this.#isOneOfMany(run.rowCount) && layout.kind === 'embedded'
        ? { exclude_materialize_skip_indexes_on_insert: SEARCH_TEXT_INDEX_NAME }
        : {}
    const spread = layout.kind === 'cluster' ? await this.#spread(layout.cluster, run.firstPosition) : {}
    await this.#connection.insert(entries, run.lines, { ...remembered, ...indexedLater, ...spread })
  }

  #isOneOfMany(rowCount: number): boolean {
    const nowMs = performance.now()
    const seconds = (nowMs - this.#lastBeganMs) / 1_000
    this.#lastBeganMs = nowMs
    return rowCount >= INDEXED_LATER_ROWS && rowCount >= INDEXED_LATER_ROWS_PER_SECOND * seconds
  }

  /**
   * A run goes to one shard whole, as an insert into several may be cut off between them. Most of its replicas have it before
   * it counts, so that every search can ask any of them for all there is.
   */
  async #spread(cluster: string, firstPosition: number): Promise<ClickHouseSettings> {
    this.#shards ??= await this.#countShards(cluster)
    return {
      insert_shard_id: String(1 + (Math.floor(firstPosition / POSITIONS_OF_A_SHARD) % this.#shards)),
      distributed_foreground_insert: 1,
      insert_quorum: 'auto',
      insert_quorum_parallel: 0,
    }
  }

  async #countShards(cluster: string): Promise<number> {
    const rows = await this.#connection.select<[number]>({
      sql: `SELECT uniqExact(shard_num) FROM system.clusters WHERE cluster = '${cluster}'`,
      parameters: {},
    })
    return Math.max(1, rows[0]?.[0] ?? 1)
  }
}
