import { AppError, formatMicroseconds, type LogName, logOrigin } from '@counterfoil/core'
import type { SqlConnection } from '../../postgres/postgres.js'
import type { History, RecordedEntry } from '../append-plan.js'
import { GENESIS_BYTES } from '../block.js'
import { type BlockRow, isCut } from '../block-row.js'
import type { DecodedSegments } from '../decoded-segments.js'
import type { EarlierUse, SeqRange } from '../idempotency.js'
import type { JournalBatch, Receipt, StoredEntry } from '../journal.js'
import type { EntryPlace } from '../journal-rows.js'
import { type LogRow, toStoredLog } from '../log-row.js'
import type { RestingLookups } from '../resting-lookups.js'
import { nameKey, type StoredLog } from '../stored-log.js'
import { uuidBytes } from '../uuid.js'
import { readAccessVersion } from './access-version.js'
import type { IdIndex, News } from './id-index.js'
import { mayHold } from './postgres-rows.js'

/** What every append begins with, asked for in one round trip. */
export interface Beginning {
  readonly logs: ReadonlyMap<string, StoredLog>
  /** By `useKey`. */
  readonly keys: ReadonlyMap<string, EarlierUse>
  readonly news: News | undefined
  /** Of access control, or what is taken for it until the transaction confirms it; undefined when no batch depends on it. */
  readonly accessVersion: number | undefined
}

export interface BeginSettings {
  readonly originHost: string
  /** Names of logs that are known to be there. */
  readonly known: ReadonlySet<string>
  readonly ids: IdIndex
  /** Whether the version of access control is asked for even where all batches depend on the same. */
  readonly asksAccessVersion: boolean
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

interface KeyRow {
  readonly log: number
  readonly route: string
  readonly key: string
  readonly body_hash: string
  readonly places: string
}

/**
 * Locks the heads of the batches' logs, everybody in the same order, makes those that begin, and reads what an append must know.
 * What is read was committed by whoever held a lock before.
 */
export async function begin(
  sql: SqlConnection,
  batches: readonly JournalBatch[],
  { originHost, known, ids, asksAccessVersion, nowMs }: BeginSettings,
): Promise<Beginning> {
  const names = new Map(batches.map(({ log }) => [nameKey(log), log]))
  const begun = [...names].filter(([key]) => !known.has(key)).map(([, name]) => name)
  if (begun.length > 0) void beginLogs(sql, begun, originHost)
  const logs = lockHeads(sql, [...names.values()])
  const keys = findKeys(sql, batches, nowMs)
  const news = wantsIds(batches) ? ids.askNews(sql) : undefined
  const version = accessVersionOf(sql, batches, asksAccessVersion)
  const [heads, uses, written, accessVersion] = await Promise.all([logs, keys, news, version])
  return { logs: heads, keys: uses, news: written, accessVersion }
}

/** What must be known of batches that came when the heads of their logs were locked already; one more round trip if anything. */
export async function beginLate(
  sql: SqlConnection,
  beginning: Beginning,
  late: readonly JournalBatch[],
  { ids, asksAccessVersion, nowMs }: BeginSettings,
): Promise<Beginning> {
  const keys = findKeys(sql, late, nowMs)
  const news = beginning.news === undefined && wantsIds(late) ? ids.askNews(sql) : undefined
  const version = accessVersionOf(sql, late, asksAccessVersion, beginning.accessVersion)
  const [uses, written = beginning.news, accessVersion] = await Promise.all([keys, news, version])
  return { ...beginning, keys: new Map([...beginning.keys, ...uses]), news: written, accessVersion }
}

/**
 * The version of access control for batches that depend on it. Where all depend on the same, and on what is `held` for others already, it
 * is taken for that: the statement that writes confirms it. It is asked for where they differ, and where that was not confirmed.
 */
function accessVersionOf(
  sql: SqlConnection,
  batches: readonly JournalBatch[],
  asks: boolean,
  held?: number,
): number | undefined | Promise<number> {
  const versions = new Set(batches.map(({ accessVersion }) => accessVersion).concat(held))
  versions.delete(undefined)
  const [version] = versions
  const isTaken = versions.size === 1 && (held !== undefined || !asks)
  return version === undefined || isTaken ? version : readAccessVersion(sql)
}

function wantsIds(batches: readonly JournalBatch[]): boolean {
  return batches.some(({ entries }) => entries.some(({ id }) => id !== undefined))
}

/** Makes logs that are not there yet. */
export function beginLogs(
  sql: SqlConnection,
  names: readonly LogName[],
  originHost: string,
): Promise<unknown> {
  const values = [
    names.map(({ organization_id }) => organization_id),
    names.map(({ mode }) => mode),
    names.map(({ organization_id, mode }) => logOrigin(originHost, organization_id, mode, 0)),
    GENESIS_BYTES,
  ]
  return sql.query({ name: 'begin_logs', text: BEGIN_LOGS, values })
}

async function lockHeads(
  sql: SqlConnection,
  names: readonly LogName[],
): Promise<ReadonlyMap<string, StoredLog>> {
  const [only] = names
  const { rows } = await sql.query<LogRow>(
    names.length === 1 && only !== undefined
      ? { name: 'lock_head', text: LOCK_HEAD, values: [only.organization_id, only.mode] }
      : {
          name: 'lock_heads',
          text: LOCK_HEADS,
          values: [names.map(({ organization_id }) => organization_id), names.map(({ mode }) => mode)],
        },
  )
  return new Map(rows.map(toStoredLog).map((log) => [nameKey(log.name), log]))
}

/** A log begins with its first append, in the same transaction. */
const BEGIN_LOGS = `
INSERT INTO logs (organization_id, mode, epoch, origin, size, head_hash, frontier, recorded_at, last_position)
SELECT n.organization_id, n.mode, 0, n.origin, 0, $4::bytea, ''::bytea, 0, 0
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (organization_id, mode, origin)
WHERE NOT EXISTS (SELECT FROM logs WHERE logs.organization_id = n.organization_id AND logs.mode = n.mode)
ORDER BY n.origin COLLATE "C"
ON CONFLICT DO NOTHING`

/** Of one log: without the join, which PostgreSQL does again for a row that it waited for, two thirds of the time. */
const LOCK_HEAD = 'SELECT * FROM logs WHERE organization_id = $1 AND mode = $2 FOR UPDATE'

const LOCK_HEADS = `
SELECT logs.* FROM logs JOIN unnest($1::text[], $2::text[]) AS n (organization_id, mode) USING (organization_id, mode)
ORDER BY logs.log FOR UPDATE OF logs`

async function findKeys(
  sql: SqlConnection,
  batches: readonly JournalBatch[],
  nowMs: number,
): Promise<ReadonlyMap<string, EarlierUse>> {
  const used = batches.filter(({ idempotency }) => idempotency !== undefined)
  if (used.length === 0) return new Map()
  const { rows } = await sql.query<KeyRow>({
    name: 'find_keys',
    text: FIND_KEYS,
    values: [
      used.map(({ log }) => log.organization_id),
      used.map(({ log }) => log.mode),
      used.map(({ idempotency }) => idempotency?.route as string),
      used.map(({ idempotency }) => idempotency?.key as string),
      nowMs,
    ],
  })
  return new Map(
    rows.map(({ log, route, key, body_hash, places }) => [
      useKey(log, route, key),
      { bodyHash: body_hash, places: JSON.parse(places) as SeqRange[] },
    ]),
  )
}

const FIND_KEYS = `
SELECT k.log, k.route, k.key, k.body_hash, k.places
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (organization_id, mode, route, key)
JOIN logs USING (organization_id, mode)
JOIN idempotency_keys k ON k.log = logs.log AND k.route = n.route AND k.key = n.key
WHERE k.expires_at > $5`

/** One text for a use of a key in a log. */
function useKey(log: number, route: string, key: string): string {
  return JSON.stringify([log, route, key])
}

export interface HistorySettings {
  readonly beginning: Beginning
  readonly ids: IdIndex
  readonly decoded: DecodedSegments
  readonly resting: RestingLookups
}

/** Reads everything that a plan may ask for, so that the plan itself need not wait. */
export async function readHistory(
  sql: SqlConnection,
  batches: readonly JournalBatch[],
  { beginning, ids, decoded, resting }: HistorySettings,
): Promise<History> {
  const places = await findPlaces(sql, batches, beginning, ids)
  const keyRows = await rowsOfKeys(sql, beginning)
  const entryOf = (log: StoredLog, row: BlockRow, index: number): StoredEntry | undefined => {
    if (isCut(row) && row.first_seq + row.count <= log.trimmedSize)
      return resting.find(log.epochs, row.first_seq + index)
    return decoded.entryOfRow(row, index)
  }
  return {
    accessVersion: beginning.accessVersion,
    log: ({ log: name }) => logOf(beginning, name),
    findEntry: (log, id): RecordedEntry | undefined => {
      for (const { row, index } of places.get(placeKey(log.number, id)) ?? []) {
        if (row.first_seq + index < log.start.size) continue
        const entry = entryOf(log, row, index)
        if (entry?.id === id)
          return { receipt: toReceipt(entry), sections: entry.sections, erased: entry.erased ?? [] }
      }
      return undefined
    },
    findKey: (log, { route, key }) => {
      const use = beginning.keys.get(useKey(log.number, route, key))
      if (use === undefined) return undefined
      const receipts: Receipt[] = []
      for (const [firstSeq, count] of use.places) {
        for (let seq = firstSeq; seq < firstSeq + count; seq++) {
          const row = keyRows.find(
            (one) => one.log === log.number && seq >= one.first_seq && seq < one.first_seq + one.count,
          )
          if (row === undefined)
            throw new AppError('damaged_journal', { hint: `Entry ${seq} of ${log.chain.origin} is missing.` })
          const entry = entryOf(log, row, seq - row.first_seq)
          if (entry !== undefined) receipts.push(toReceipt(entry))
        }
      }
      return { bodyHash: use.bodyHash, receipts }
    },
  }
}

function logOf({ logs }: Beginning, name: LogName): StoredLog {
  const log = logs.get(nameKey(name))
  if (log === undefined) throw new Error('the head of a log was not locked')
  return log
}

function placeKey(log: number, id: string): string {
  return `${log}/${id}`
}

/** Where entries with the ids of the batches may be, by `placeKey`. */
async function findPlaces(
  sql: SqlConnection,
  batches: readonly JournalBatch[],
  beginning: Beginning,
  ids: IdIndex,
): Promise<ReadonlyMap<string, readonly EntryPlace[]>> {
  const { news } = beginning
  if (news === undefined) return new Map()
  if (!ids.take(news)) await ids.catchUp(sql)
  const wanted = batches.flatMap(({ log: name, entries }) => {
    const log = logOf(beginning, name).number
    return entries.flatMap(({ id }) => (id === undefined ? [] : [{ log, id, bytes: uuidBytes(id) }]))
  })
  const locations = await ids.find(sql, wanted)
  const positions = [...new Set(locations.flat().map(({ position }) => position))]
  if (positions.length === 0) return new Map()
  const { rows } = await sql.query<BlockRow>({
    name: 'rows_at',
    text: 'SELECT * FROM blocks WHERE position = ANY ($1::bigint[])',
    values: [positions],
  })
  const byPosition = new Map(rows.map((row) => [row.position, row]))
  const places = new Map<string, EntryPlace[]>()
  wanted.forEach(({ log, id, bytes }, nth) => {
    const found = (locations[nth] ?? []).flatMap(({ position, index }) => {
      const row = byPosition.get(position)
      return row !== undefined && row.log === log && mayHold(row, index, bytes) ? [{ row, index }] : []
    })
    if (found.length > 0) places.set(placeKey(log, id), found)
  })
  return places
}

/** The rows whose receipts earlier uses of keys gave. */
async function rowsOfKeys(sql: SqlConnection, { keys }: Beginning): Promise<readonly BlockRow[]> {
  const logs: number[] = []
  const seqs: number[] = []
  for (const [use, { places }] of keys) {
    const [log] = JSON.parse(use) as [number]
    for (const [firstSeq, count] of places) {
      for (let seq = firstSeq; seq < firstSeq + count; seq++) {
        logs.push(log)
        seqs.push(seq)
      }
    }
  }
  if (seqs.length === 0) return []
  const { rows } = await sql.query<BlockRow>({
    name: 'rows_of_seqs',
    text: ROWS_OF_SEQS,
    values: [logs, seqs],
  })
  return rows
}

const ROWS_OF_SEQS = `
SELECT * FROM blocks WHERE position IN (
  SELECT place.position FROM unnest($1::bigint[], $2::bigint[]) AS wanted (log, seq), LATERAL (
    SELECT position FROM blocks b WHERE b.log = wanted.log AND b.first_seq <= wanted.seq
    ORDER BY b.first_seq DESC LIMIT 1
  ) AS place)`

/** The receipt of an entry, as it was given when it was recorded. */
function toReceipt({ id, seq, entryHash, recordedAt }: StoredEntry): Receipt {
  return { id, seq, entry_hash: entryHash, recorded_at: formatMicroseconds(recordedAt) }
}
