import type { Postgres, SqlConnection } from '../../postgres/postgres.js'
import {
  findInChunk,
  IdFingerprints,
  type IdLocation,
  type StoredIds,
  type StoredRun,
} from '../id-fingerprints.js'

/** Rows read by one statement while following. */
const ROWS_AT_ONCE = 4_096

/** What was written since, as far as one answer holds it. */
export interface News {
  readonly rows: readonly StoredIds[]
  readonly runs: readonly StoredRun[]
}

/**
 * Fingerprints of ids, with their runs in PostgreSQL. Each process follows what all of them wrote; whichever has enough for a
 * run first writes it, and the others take it in. Connections that ask see all logs.
 */
export class IdIndex {
  readonly #fingerprints: IdFingerprints
  #lastRun = 0

  constructor(seed: number, runEntries?: number) {
    this.#fingerprints = new IdFingerprints(seed, runEntries)
  }

  /** Ids of rows up to here are in runs, and can be found without the rows. */
  get runsPosition(): number {
    return this.#fingerprints.runsPosition
  }

  /** Asks for what was written since. Give the answer to `take` before anything else is asked. */
  async askNews(sql: SqlConnection): Promise<News> {
    // Rows first: one that was trimmed in between has its ids in a run that is seen then.
    const rows = sql.query<StoredIds>({
      name: 'ids_after',
      text: `SELECT position, log, count, ids FROM blocks WHERE position > $1 ORDER BY position LIMIT ${ROWS_AT_ONCE}`,
      values: [this.#fingerprints.lastPosition],
    })
    const runs = sql.query<StoredRun>({
      name: 'runs_after',
      text: 'SELECT run, last_position, bloom FROM id_runs WHERE run > $1 ORDER BY run',
      values: [this.#lastRun],
    })
    const [newRows, newRuns] = await Promise.all([rows, runs])
    return { rows: newRows.rows, runs: newRuns.rows }
  }

  /** Takes in what was asked for; false when there may be more. */
  take({ rows, runs }: News): boolean {
    for (const row of rows) this.#fingerprints.addRow(row)
    for (const run of runs) {
      this.#fingerprints.takeRun(run)
      this.#lastRun = run.run
    }
    return rows.length < ROWS_AT_ONCE
  }

  /** Takes in all that was written since. */
  async catchUp(sql: SqlConnection): Promise<void> {
    while (!this.take(await this.askNews(sql)));
  }

  /** Adds rows that were just written, when they follow what is known; otherwise they are read with what came between. */
  addWritten(rows: readonly StoredIds[]): void {
    for (const row of rows)
      if (row.position === this.#fingerprints.lastPosition + 1) this.#fingerprints.addRow(row)
  }

  /** Where entries with these ids may be: for each usually none or one. */
  async find(
    sql: SqlConnection,
    ids: readonly { readonly log: number; readonly bytes: Uint8Array }[],
  ): Promise<readonly IdLocation[][]> {
    const lookUps = ids.map(({ log, bytes }) => this.#fingerprints.lookUp(log, bytes))
    const found = lookUps.map(({ recent }) => [...recent])
    const wanted = lookUps.flatMap(({ chunks, fingerprint }, nth) =>
      chunks.map((chunk) => ({ ...chunk, fingerprint, nth })),
    )
    if (wanted.length === 0) return found
    const { rows } = await sql.query<{ nth: number; bytes: Uint8Array }>({
      name: 'id_chunks',
      text: `SELECT wanted.nth::int AS nth, bytes FROM id_chunks
        JOIN unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS wanted (run, chunk, nth) USING (run, chunk) ORDER BY wanted.nth`,
      values: [wanted.map(({ run }) => run), wanted.map(({ chunk }) => chunk)],
    })
    for (const row of rows) {
      const { fingerprint, nth } = wanted[row.nth - 1] as (typeof wanted)[number]
      found[nth]?.push(...findInChunk(row.bytes, fingerprint))
    }
    return found
  }

  /** Writes the newest ids as a run when there are enough of them; where another process did so first, its run counts. */
  async writeRunIfDue(postgres: Postgres): Promise<void> {
    const next = this.#fingerprints.newRun()
    if (next === undefined) return
    await postgres.transaction(async (sql) => {
      const { count } = await sql.query(
        'INSERT INTO id_runs (run, last_position, bloom) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [next.run, next.last_position, next.bloom],
      )
      if (count === 0) return
      for (const [chunk, bytes] of next.chunks)
        void sql.query({
          name: 'insert_chunk',
          text: 'INSERT INTO id_chunks (run, chunk, bytes) VALUES ($1, $2, $3)',
          values: [next.run, chunk, bytes],
        })
    })
    await this.catchUp(postgres)
  }
}
