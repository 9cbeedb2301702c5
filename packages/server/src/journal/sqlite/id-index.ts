import { type Database, inTransaction, type Statement } from '../../sqlite/driver.js'
import {
  findInChunk,
  IdFingerprints,
  type IdLocation,
  type StoredIds,
  type StoredRun,
} from '../id-fingerprints.js'
import { readMeta } from './meta.js'

/** Rows read by one statement while following. */
const ROWS_AT_ONCE = 4_096

/** Fingerprints of ids, with their runs in SQLite. */
export class IdIndex {
  readonly #database: Database
  readonly #fingerprints: IdFingerprints
  readonly #readChunk: Statement
  readonly #readRuns: Statement
  readonly #readIds: Statement

  constructor(database: Database, runEntries?: number) {
    this.#database = database
    this.#fingerprints = new IdFingerprints(Number(readMeta(database, 'fingerprint_seed')), runEntries)
    this.#readChunk = database.prepare('SELECT bytes FROM id_chunks WHERE run = ? AND chunk = ?')
    this.#readRuns = database.prepare(
      'SELECT run, last_position, bloom FROM id_runs WHERE last_position > ? ORDER BY run',
    )
    this.#readIds = database.prepare(
      `SELECT position, log, count, ids FROM blocks WHERE position > ? ORDER BY position LIMIT ${ROWS_AT_ONCE}`,
    )
    this.catchUp()
  }

  /** Takes in what was written since; for a reader that follows another connection's writes. */
  catchUp(): void {
    // One snapshot: rows are trimmed once a run has their ids, and then have none themselves.
    this.#database.exec('BEGIN')
    try {
      this.#catchUp()
    } finally {
      this.#database.exec('COMMIT')
    }
  }

  #catchUp(): void {
    const runs = this.#readRuns.all(this.#fingerprints.runsPosition) as unknown as StoredRun[]
    for (const run of runs) this.#fingerprints.takeRun(run)
    for (;;) {
      const rows = this.#readIds.all(this.#fingerprints.lastPosition) as unknown as StoredIds[]
      for (const row of rows) this.#fingerprints.addRow(row)
      if (rows.length < ROWS_AT_ONCE) return
    }
  }

  /** Adds the ids of a row that was just written. */
  add(log: number, position: number, ids: Uint8Array, count: number): void {
    this.#fingerprints.add(log, position, ids, count)
  }

  /** Ids of rows up to here are in runs, and can be found without the rows. */
  get runsPosition(): number {
    return this.#fingerprints.runsPosition
  }

  /** Where an entry with this id may be, newest runs first. Usually none or one. */
  find(log: number, id: Uint8Array): IdLocation[] {
    const { recent, chunks, fingerprint } = this.#fingerprints.lookUp(log, id)
    const locations = [...recent]
    for (const { run, chunk } of chunks) {
      const row = this.#readChunk.get(run, chunk) as { bytes: Uint8Array } | undefined
      if (row !== undefined) locations.push(...findInChunk(row.bytes, fingerprint))
    }
    return locations
  }

  /**
   * Lets go of runs whose rows have all been pruned, inside of the caller's transaction. What memory still has of them names
   * rows that are not there, and costs no more than a look.
   */
  dropRunsWithoutRows(): void {
    this.#database.exec(`
      CREATE TEMP TABLE IF NOT EXISTS empty_runs (run INTEGER PRIMARY KEY);
      DELETE FROM empty_runs;
      INSERT INTO empty_runs SELECT run FROM id_runs AS this WHERE NOT EXISTS (
        SELECT 1 FROM blocks WHERE position <= this.last_position AND position >
          coalesce((SELECT max(last_position) FROM id_runs WHERE last_position < this.last_position), 0));
      DELETE FROM id_chunks WHERE run IN (SELECT run FROM empty_runs);
      DELETE FROM id_runs WHERE run IN (SELECT run FROM empty_runs);
    `)
  }

  /** Writes the tail as a run when it is long enough. */
  writeRunIfDue(): void {
    const next = this.#fingerprints.newRun()
    if (next === undefined) return
    inTransaction(this.#database, () => {
      this.#database
        .prepare('INSERT INTO id_runs (run, last_position, bloom) VALUES (?, ?, ?)')
        .run(next.run, next.last_position, next.bloom)
      const insert = this.#database.prepare('INSERT INTO id_chunks (run, chunk, bytes) VALUES (?, ?, ?)')
      for (const [chunk, bytes] of next.chunks) insert.run(next.run, chunk, bytes)
    })
    this.catchUp()
  }
}
