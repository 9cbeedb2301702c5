import type { FacetField, HistogramInterval, PageQuery, Selection } from '@counterfoil/core'
import { STRING_COLUMNS } from './columns.js'
import { compileFilter } from './compile-filter.js'
import { Parameters } from './parameters.js'

/** SQL and the values of its placeholders. */
export interface Statement {
  readonly sql: string
  readonly parameters: Readonly<Record<string, string | number>>
}

/** Rows of `recorded_at` and `seq`. */
export function compilePage(table: string, query: PageQuery): Statement {
  const parameters = new Parameters()
  const conditions = compileSelection(query, parameters)
  const newestFirst = query.order === 'newest_first'
  if (query.after !== undefined) {
    const recordedAt = parameters.integer(query.after.recorded_at)
    const seq = parameters.integer(query.after.seq)
    const beyond = newestFirst ? '<' : '>'
    // The first condition is implied by the second, and is the one by which parts and granules are skipped.
    conditions.push(`recorded_at ${beyond}= ${recordedAt}`)
    conditions.push(`(recorded_at ${beyond} ${recordedAt} OR seq ${beyond} ${seq})`)
  }
  const direction = newestFirst ? 'DESC' : 'ASC'
  const sql =
    `SELECT recorded_at, seq FROM ${table} WHERE ${conditions.join(' AND ')} ` +
    `ORDER BY recorded_at ${direction}, seq ${direction} LIMIT ${parameters.integer(query.limit)}`
  return { sql, parameters: parameters.values }
}

/** One row, one number. */
export function compileCount(table: string, selection: Selection): Statement {
  const parameters = new Parameters()
  const conditions = compileSelection(selection, parameters)
  return {
    sql: `SELECT count() FROM ${table} WHERE ${conditions.join(' AND ')}`,
    parameters: parameters.values,
  }
}

/** Rows of bucket (see `bucketExpression`), severity and count, buckets ascending. */
export function compileHistogram(
  table: string,
  selection: Selection,
  interval: HistogramInterval,
): Statement {
  const parameters = new Parameters()
  const conditions = compileSelection(selection, parameters)
  const sql =
    `SELECT ${bucketExpression(interval)} AS bucket, severity, count() FROM ${table} ` +
    `WHERE ${conditions.join(' AND ')} GROUP BY bucket, severity ORDER BY bucket`
  return { sql, parameters: parameters.values }
}

/** Rows of value and count. */
export function compileFacet(
  table: string,
  selection: Selection,
  field: FacetField,
  limit: number,
): Statement {
  const parameters = new Parameters()
  const column = STRING_COLUMNS[field]
  const conditions = [...compileSelection(selection, parameters), `${column} != ''`]
  const sql =
    `SELECT ${column} AS value, count() AS rows FROM ${table} WHERE ${conditions.join(' AND ')} ` +
    `GROUP BY value ORDER BY rows DESC, value LIMIT ${parameters.integer(limit)}`
  return { sql, parameters: parameters.values }
}

function compileSelection(selection: Selection, parameters: Parameters): string[] {
  const { log, from, to, filter } = selection
  const conditions = [
    `organization_id = ${parameters.text(log.organization_id)}`,
    `mode = ${parameters.text(log.mode)}`,
  ]
  if (from !== undefined) conditions.push(`recorded_at >= ${parameters.integer(from)}`)
  if (to !== undefined) conditions.push(`recorded_at <= ${parameters.integer(to)}`)
  if (filter !== undefined) conditions.push(compileFilter(filter, parameters))
  return conditions
}

const WIDTHS_US: Readonly<Record<Exclude<HistogramInterval, 'week' | 'month'>, number>> = {
  second: 1_000_000,
  minute: 60_000_000,
  five_minutes: 300_000_000,
  fifteen_minutes: 900_000_000,
  hour: 3_600_000_000,
  six_hours: 21_600_000_000,
  day: 86_400_000_000,
}
const WEEK_US = 7 * WIDTHS_US.day
/** 1970-01-05, a Monday. */
const FIRST_MONDAY_US = 4 * WIDTHS_US.day

/** Start of the bucket in microseconds; for a month its number, 202611, as the calendar is read in JavaScript. */
function bucketExpression(interval: HistogramInterval): string {
  if (interval === 'month') return `toYYYYMM(fromUnixTimestamp64Micro(recorded_at, 'UTC'))`
  if (interval === 'week') return `recorded_at - positiveModulo(recorded_at - ${FIRST_MONDAY_US}, ${WEEK_US})`
  return `recorded_at - positiveModulo(recorded_at, ${WIDTHS_US[interval]})`
}

/** Start of the bucket, microseconds since 1970, from the number that `compileHistogram` selects. */
export function bucketStart(interval: HistogramInterval, bucket: number): number {
  if (interval !== 'month') return bucket
  return Date.UTC(Math.floor(bucket / 100), (bucket % 100) - 1) * 1000
}
