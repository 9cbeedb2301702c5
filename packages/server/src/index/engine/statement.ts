import type { RawInsertFormat } from 'chdb'

export interface QueryStatement {
  readonly kind: 'query'
  readonly sql: string
  /** Format of the answer where the SQL names none. */
  readonly format: string
  readonly parameters: ReadonlyMap<string, string>
}

export interface InsertStatement {
  readonly kind: 'insert'
  readonly table: string
  readonly columns?: readonly string[]
  readonly format: RawInsertFormat
  readonly settings: Record<string, string>
  readonly values: Buffer
}

export type Statement = QueryStatement | InsertStatement

/** A request that this small part of the HTTP interface does not understand. */
export class StatementError extends Error {
  override readonly name = 'StatementError'
}

/** Search parameters that steer a ClickHouse server's HTTP side and mean nothing to the engine behind it. */
const TRANSPORT_PARAMETERS: ReadonlySet<string> = new Set([
  'query',
  'query_id',
  'default_format',
  'session_id',
  'session_timeout',
  'enable_http_compression',
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
])
const SETTING_NAME = /^[a-z][a-z0-9_]*$/
const SETTING_VALUE = /^[A-Za-z0-9_.:-]*$/
const INSERT = /^\s*INSERT\s+INTO\s+([\w.]+)\s*(?:\(([^()]*)\))?\s*FORMAT\s+(\w+)\s*$/i

/**
 * Reads a request: the SQL is in the parameter `query` or is the body; with both, the body is the rows of an
 * insert. Throws `StatementError`.
 */
export function parseStatement(search: URLSearchParams, body: Buffer): Statement {
  const settings = readSettings(search)
  const query = search.get('query')
  if (query !== null && body.length > 0) return parseInsert(query, body, settings)
  return {
    kind: 'query',
    sql: `${query ?? body.toString('utf8')}${settingsClause(settings)}`,
    format: search.get('default_format') ?? 'TabSeparated',
    parameters: readParameters(search),
  }
}

function parseInsert(query: string, values: Buffer, settings: Record<string, string>): InsertStatement {
  const match = INSERT.exec(query)
  if (match === null) throw new StatementError('Rows can only follow INSERT INTO table FORMAT format')
  const [, table, columns, format] = match
  return {
    kind: 'insert',
    table: table!,
    ...(columns === undefined ? {} : { columns: columns.split(',').map((column) => column.trim()) }),
    // chDB refuses a name that is not in this type.
    format: format as RawInsertFormat,
    settings,
    values,
  }
}

function readParameters(search: URLSearchParams): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of search) if (name.startsWith('param_')) parameters.set(name.slice(6), value)
  return parameters
}

function readSettings(search: URLSearchParams): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, value] of search) {
    if (name.startsWith('param_') || TRANSPORT_PARAMETERS.has(name)) continue
    if (!SETTING_NAME.test(name) || !SETTING_VALUE.test(value))
      throw new StatementError(`Setting ${name} is malformed`)
    settings[name] = value
  }
  return settings
}

/** The settings as SQL, `''` for none. */
export function settingsClause(settings: Readonly<Record<string, string>>): string {
  const parts = Object.entries(settings).map(([name, value]) => `${name}='${value}'`)
  return parts.length === 0 ? '' : `\nSETTINGS ${parts.join(', ')}`
}
