import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { ParameterError, substituteParameters } from './parameters.js'
import type { SessionPool } from './session-pool.js'
import { parseStatement, StatementError } from './statement.js'

export interface EngineCredentials {
  readonly user: string
  readonly password: string
}

/** A search with thousands of values makes a long address; ClickHouse itself takes one of 1 MiB. */
const HEADER_BYTES_MAX = 2 * 1024 * 1024
const BODY_BYTES_MAX = 256 * 1024 * 1024
/** Longer than the client keeps an idle connection, so that it is never the server that closes one in use. */
const KEEP_ALIVE_MS = 60_000
const STOP_RETRY_MS = 50

/** Answers ClickHouse's HTTP interface, as far as @clickhouse/client uses it, from the sessions of `pool`. */
export function createEngineServer(pool: SessionPool, credentials: EngineCredentials): Server {
  let statements = 0
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      const url = new URL(request.url ?? '/', 'http://engine')
      if (url.pathname === '/ping') return void response.end('Ok.\n')
      if (!mayEnter(request, credentials)) {
        return sendError(response, 'Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)')
      }
      statements += 1
      answer(pool, request, response, url.searchParams, `/*${statements}*/`).catch((error: unknown) => {
        sendError(response, toMessage(error))
      })
    },
  )
  // Deadlines belong to the client; a search may rightly take minutes.
  server.requestTimeout = 0
  return server
}

async function answer(
  pool: SessionPool,
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
  mark: string,
): Promise<void> {
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort(new Error('The client has gone'))
  })
  const body = await decoded(request, await readBody(request))
  const statement = parseStatement(search, body)
  if (statement.kind === 'insert') {
    const rows = await pool.run(gone.signal, (session) => pool.files.insert(session, statement))
    response.setHeader('X-ClickHouse-Summary', summary({ written_rows: rows, written_bytes: body.length }))
    response.end()
    return
  }
  const sql = mark + substituteParameters(statement.sql, statement.parameters)
  const result = await pool.run(gone.signal, async (session) => {
    const stopping = stopWhenGone(pool, gone.signal, mark)
    try {
      return await session.queryAsync(sql, { format: statement.format })
    } finally {
      stopping()
    }
  })
  response.setHeader(
    'X-ClickHouse-Summary',
    summary({ read_rows: result.rowsRead, read_bytes: result.bytesRead }),
  )
  await sendBytes(request, response, search, result.bytes())
}

const gunzipAsync = promisify(gunzip)
const gzipAsync = promisify(gzip)

async function decoded(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const encoding = request.headers['content-encoding']
  if (encoding === undefined) return body
  if (encoding !== 'gzip') throw new StatementError(`Requests encoded as ${encoding} are not taken`)
  return gunzipAsync(body, { maxOutputLength: BODY_BYTES_MAX })
}

async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  search: URLSearchParams,
  bytes: Uint8Array,
): Promise<void> {
  const isAsked = search.get('enable_http_compression') === '1'
  if (!isAsked || !/\bgzip\b/.test(String(request.headers['accept-encoding']))) {
    response.end(bytes)
    return
  }
  const compressed = await gzipAsync(bytes)
  response.setHeader('Content-Encoding', 'gzip')
  response.end(compressed)
}

/** Stops the marked statement once the client has gone; the function it gives ends the watch. */
function stopWhenGone(pool: SessionPool, signal: AbortSignal, mark: string): () => void {
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    void pool.stopStatement(mark).catch(() => undefined)
    timer = setTimeout(stop, STOP_RETRY_MS)
  }
  signal.addEventListener('abort', stop)
  return () => {
    signal.removeEventListener('abort', stop)
    clearTimeout(timer)
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > BODY_BYTES_MAX) throw new StatementError('The request body is too large')
    parts.push(part)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes)
}

function mayEnter(request: IncomingMessage, { user, password }: EngineCredentials): boolean {
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const headers = request.headers
  if (headers.authorization !== undefined) return sameText(headers.authorization, basic)
  return (
    sameText(String(headers['x-clickhouse-user']), user) &&
    sameText(String(headers['x-clickhouse-key']), password)
  )
}

/** Compares hashes, so that neither length nor content shows in the time it takes. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

function summary(counts: Readonly<Record<string, number>>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
  )
}

function toMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/^Code: \d+\. DB::/.test(message)) return message
  return `Code: ${errorCode(error)}. DB::Exception: ${message}`
}

/** ClickHouse's code for a failure of our own. */
function errorCode(error: unknown): number {
  if (error instanceof ParameterError) return 457
  if (error instanceof StatementError) return 62
  const noSpace = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
  return noSpace ? 243 : 1002
}

/** HTTP status of the ClickHouse errors that differ from 500, as a ClickHouse server gives them. */
const STATUS: Readonly<Record<string, number>> = {
  457: 400,
  62: 400,
  46: 404,
  47: 404,
  60: 404,
  81: 404,
  516: 403,
}

function sendError(response: ServerResponse, message: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const code = /^Code: (\d+)/.exec(message)?.[1] ?? '1002'
  response.writeHead(STATUS[code] ?? 500, {
    'X-ClickHouse-Exception-Code': code,
    'Content-Type': 'text/plain',
  })
  response.end(`${message}\n`)
}
