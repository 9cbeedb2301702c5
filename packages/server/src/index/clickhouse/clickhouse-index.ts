import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type {
  FacetField,
  FacetValue,
  HistogramBucket,
  HistogramInterval,
  LogName,
  Order,
  PageQuery,
  Position,
  Selection,
  Severity,
} from '@counterfoil/core'
import {
  type Facets,
  type IndexChunk,
  IndexUnavailable,
  type SearchIndex,
  type SeenAction,
  type Standing,
} from '../search-index.js'
import { beforeCondition, deleteWhere, dropMonth, placesCondition } from './change-rows.js'
import { chunkRuns } from './chunk-runs.js'
import { claimDatabase } from './claim.js'
import {
  compileActionsSeen,
  compileCount,
  compileFacet,
  compileHistogram,
  compilePage,
  compileSeverityFacet,
  readHistogramKey,
  type Statement,
  severityOfRank,
} from './compile-query.js'
import type { Connection } from './connection.js'
import { Inserts } from './inserts.js'
import type { Tables } from './layout.js'
import { applyMigrations, dropEverything } from './migrations.js'

/** Places that `places` reads at a time. */
const BATCH_PLACES = 10_000
/** Before the first position. */
const NOTHING = -1
const SETTLE_POLL_MS = 20
const SETTLE_WAIT_MS = 30_000
/** On a ClickHouse server, files that were replaced go after some 20 seconds; see schema.ts. */
const PURGE_WAIT_MS = 120_000
const PURGE_POLL_MS = 250

/** The search index on ClickHouse. */
export class ClickHouseIndex implements SearchIndex {
  readonly #connection: Connection
  readonly #tables: Tables
  readonly #table: string
  readonly #inserts: Inserts
  #inserting = false
  /** Rows through here are in the table, none after it is; undefined while that is not known. */
  #presentPosition: number | undefined

  constructor(connection: Connection, tables: Tables) {
    this.#connection = connection
    this.#tables = tables
    this.#table = tables.entries
    this.#inserts = new Inserts(connection, tables)
  }

  migrate(): Promise<void> {
    return applyMigrations(this.#connection, this.#tables)
  }

  claim(installation: string): Promise<string> {
    return claimDatabase(this.#connection, this.#tables, installation)
  }

  async insert(chunk: IndexChunk): Promise<void> {
    assert(!this.#inserting, 'Chunks are inserted one at a time')
    this.#inserting = true
    try {
      // What is there is known by position and not by ClickHouse's own log of inserts: that one notes a part
      // before the part is in the table, so that a kill between the two would make it refuse the repetition.
      const known = this.#presentPosition
      const present = known ?? (await this.standing()).lastPosition ?? NOTHING
      this.#presentPosition = undefined
      for (const run of chunkRuns(chunk.rows, present)) {
        const token = `${run.firstPosition}-${run.lastPosition}`
        await this.#inserts.insert(run, token)
        if (known !== undefined || !this.#tables.remembersInserts) continue
        // Of a repetition the log may know more than the table has.
        const arrived = ((await this.standing()).lastPosition ?? NOTHING) >= run.lastPosition
        if (!arrived) await this.#inserts.insert(run, `${token}-${randomUUID()}`)
      }
      this.#presentPosition = Math.max(present, chunk.lastPosition)
    } finally {
      this.#inserting = false
    }
  }

  async replace(log: LogName, places: readonly Position[], rows: Buffer): Promise<void> {
    assert(!this.#inserting, 'Rows are replaced while nothing is inserted')
    this.#inserting = true
    try {
      await this.#connection.command(deleteWhere(this.#tables, placesCondition(log, places)))
      for (const run of chunkRuns(rows, NOTHING)) {
        // Named by what it says: rows that were replaced before have the same positions.
        const token = `replaced-${createHash('sha256').update(run.lines).digest('hex')}`
        await this.#inserts.insert(run, token)
        if (!this.#tables.remembersInserts) continue
        const { firstPosition, lastPosition } = run
        const arrived = await this.#connection.select<[number]>(
          plain(
            `SELECT count() FROM ${this.#table} WHERE ${placesCondition(log, places)} AND position BETWEEN ${firstPosition} AND ${lastPosition}`,
          ),
        )
        if (arrived[0]?.[0] === 0) await this.#inserts.insert(run, `${token}-${randomUUID()}`)
      }
    } finally {
      this.#inserting = false
    }
  }

  async prune(log: LogName, minIndex: number): Promise<void> {
    assert(!this.#inserting, 'Rows are taken away while nothing is inserted')
    this.#inserting = true
    try {
      const condition = beforeCondition(log, minIndex)
      const months = await this.#connection.select<[string, number, number]>(
        plain(
          `SELECT _partition_id, count(), countIf(${condition}) AS going FROM ${this.#table} GROUP BY _partition_id HAVING going > 0`,
        ),
      )
      // Months of which nothing is kept go as whole files.
      for (const [id, rows, going] of months)
        if (rows === going) await this.#connection.command(dropMonth(this.#tables, id))
      if (months.some(([, rows, going]) => rows !== going))
        await this.#connection.command(deleteWhere(this.#tables, condition))
    } finally {
      this.#inserting = false
    }
  }

  async purge(): Promise<void> {
    const parts = (condition: string) =>
      this.#connection.select<[string]>(
        plain(
          `SELECT name FROM ${this.#tables.system('parts')} WHERE ${this.#ofStored} AND NOT active ${condition}`,
        ),
      )
    const replaced = (await parts('')).map(([name]) => `'${name}'`).join(', ')
    const deadline = Date.now() + PURGE_WAIT_MS
    while (replaced !== '' && (await parts(`AND name IN (${replaced})`)).length > 0) {
      if (Date.now() > deadline) throw new IndexUnavailable('Files of replaced rows are still there')
      await this.#lookForOldFiles()
      await delay(PURGE_POLL_MS)
    }
  }

  async page(query: PageQuery): Promise<readonly Position[]> {
    const rows = await this.#connection.select<[number, number]>(compilePage(this.#table, query))
    return rows.map(([recorded_at, seq]) => ({ recorded_at, seq }))
  }

  async *places(selection: Selection, order: Order): AsyncIterable<readonly Position[]> {
    // Page by page rather than one long answer: no session is held while the reader is slow, a restart of the
    // engine is survived, and whoever stops reading leaves nothing behind.
    let after: Position | undefined
    for (;;) {
      const query = { ...selection, order, limit: BATCH_PLACES, ...(after === undefined ? {} : { after }) }
      const batch = await this.page(query)
      if (batch.length > 0) yield batch
      if (batch.length < BATCH_PLACES) return
      after = batch.at(-1)
    }
  }

  async count(selection: Selection): Promise<number> {
    const rows = await this.#connection.select<[number]>(compileCount(this.#table, selection))
    return rows[0]?.[0] ?? 0
  }

  async histogram(selection: Selection, interval: HistogramInterval): Promise<readonly HistogramBucket[]> {
    const statement = compileHistogram(this.#table, selection, interval)
    const rows = await this.#connection.select<[number, number]>(statement)
    const buckets = new Map<
      number,
      { start: number; total: number; by_severity: Partial<Record<Severity, number>> }
    >()
    for (const [key, count] of rows) {
      const { start, severity } = readHistogramKey(interval, key)
      const known = buckets.get(start) ?? { start, total: 0, by_severity: {} }
      known.total += count
      known.by_severity[severity] = count
      buckets.set(start, known)
    }
    return [...buckets.values()]
  }

  async facets(selection: Selection, fields: readonly FacetField[], limit: number): Promise<Facets> {
    const counted = fields.map(async (field) => [field, await this.#facet(selection, field, limit)])
    return Object.fromEntries(await Promise.all(counted))
  }

  async actionsSeen(selection: Selection, limit: number): Promise<readonly SeenAction[]> {
    const statement = compileActionsSeen(this.#table, selection, limit)
    const rows = await this.#connection.select<[string, number, number, number]>(statement)
    return rows.map(([action, count, firstSeenAt, lastSeenAt]) => ({
      action,
      count,
      firstSeenAt,
      lastSeenAt,
    }))
  }

  async standing(): Promise<Standing> {
    await this.#settle()
    const [rows, damaged] = await Promise.all([
      this.#connection.select<[number, number]>(plain(`SELECT max(position), count() FROM ${this.#table}`)),
      this.#connection.select<[number]>(
        plain(`SELECT count() FROM ${this.#tables.system('detached_parts')} WHERE ${this.#ofStored}`),
      ),
    ])
    const [lastPosition, count] = rows[0]!
    return {
      lastPosition: count === 0 ? undefined : lastPosition,
      rows: count,
      damaged: damaged[0]?.[0] !== 0,
    }
  }

  async clear(): Promise<void> {
    // Dropped rather than emptied: parts that were set aside as damaged go too.
    this.#presentPosition = undefined
    await dropEverything(this.#connection, this.#tables)
    await this.migrate()
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  /** Wakes the engine in the box, which looks only now and then. On a server it takes a right of its own: there we wait. */
  async #lookForOldFiles(): Promise<void> {
    const { layout, stored } = this.#tables
    if (layout.kind === 'embedded') await this.#connection.command(`SYSTEM START CLEANUP ${stored}`)
  }

  get #ofStored(): string {
    return `database = '${this.#tables.database}' AND table = '${this.#tables.storedName}'`
  }

  async #facet(selection: Selection, field: FacetField, limit: number): Promise<readonly FacetValue[]> {
    if (field === 'severity') {
      const rows = await this.#connection.select<[number, number]>(
        compileSeverityFacet(this.#table, selection),
      )
      const values = rows.map(([rank, count]): FacetValue => ({ value: severityOfRank(rank), count }))
      return values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, limit)
    }
    const statement = compileFacet(this.#table, selection, field, limit)
    const rows = await this.#connection.select<[string, number]>(statement)
    return rows.map(([value, count]) => ({ value, count }))
  }

  /** Waits for inserts whose client did not wait for them, perhaps one before us: they may still become visible. */
  async #settle(): Promise<void> {
    const { entries, stored } = this.#tables
    const names = [...new Set([entries, stored])].map((name) => `query LIKE '%${name}%'`).join(' OR ')
    const sql = `SELECT count() FROM ${this.#tables.system('processes')} WHERE query_kind = 'Insert' AND (${names})`
    const deadline = Date.now() + SETTLE_WAIT_MS
    for (;;) {
      const rows = await this.#connection.select<[number]>(plain(sql))
      if (rows[0]?.[0] === 0) return
      if (Date.now() > deadline) throw new IndexUnavailable('An earlier insert has not ended')
      await delay(SETTLE_POLL_MS)
    }
  }
}

function plain(sql: string): Statement {
  return { sql, parameters: {} }
}
