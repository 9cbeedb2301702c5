import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '@counterfoil/core'
import type { Settings } from '../../settings/settings.js'
import { VERSION } from '../../version.js'
import type { AuditLogEntry, EntryList, Receipt } from './answers.js'
import { ServerError, ServerUnreachable } from './server-error.js'

export interface ApiClientSettings {
  readonly url: string
  readonly key: string
  /** How often a request that may succeed later is sent; 9 times over half a minute when left out. */
  readonly attempts?: number
  /** Ends waiting and requests when the user asks to stop. */
  readonly signal?: AbortSignal
  /** Told before each further attempt. */
  readonly onRetry?: (reason: string, waitMs: number) => void
}

export interface RecordOptions {
  readonly format: 'json' | 'ndjson'
  readonly idempotencyKey?: string
}

export interface Recording {
  readonly receipts: readonly Receipt[]
  /** Whether all, some or none of the entries had been recorded before. */
  readonly replayed: 'all' | 'some' | 'none'
}

const ATTEMPTS_MAX = 9
const BACKOFF_MS_MIN = 200
const BACKOFF_MS_MAX = 10_000
const RETRY_AFTER_MS_MAX = 60_000
const REQUEST_TIMEOUT_MS = 60_000
const ENTRIES_PATH = '/v1/audit_log_entries'

/** The public HTTP API, and nothing else, as the client commands use it. */
export class ApiClient {
  readonly #settings: ApiClientSettings
  readonly #url: string
  #hasAnswered = false

  constructor(settings: ApiClientSettings) {
    this.#settings = settings
    this.#url = settings.url.replace(/\/+$/, '')
  }

  async list(parameters: URLSearchParams): Promise<EntryList> {
    const query = parameters.toString()
    const { text } = await this.#request('GET', `${ENTRIES_PATH}${query === '' ? '' : `?${query}`}`)
    return JSON.parse(text) as EntryList
  }

  async entry(id: string): Promise<AuditLogEntry> {
    const { text } = await this.#request('GET', `${ENTRIES_PATH}/${encodeURIComponent(id)}`)
    return JSON.parse(text) as AuditLogEntry
  }

  /**
   * Records a body of entries. It may be sent several times when the server is busy or a connection breaks, so every
   * entry must have its own id, or the request an idempotency key.
   */
  async record(body: Uint8Array, { format, idempotencyKey }: RecordOptions): Promise<Recording> {
    const { text, headers } = await this.#request('POST', ENTRIES_PATH, {
      body,
      headers: {
        'content-type': format === 'json' ? 'application/json' : 'application/x-ndjson',
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
    })
    const answer = JSON.parse(text) as Receipt | { readonly data: readonly Receipt[] }
    const replayed = headers.get('idempotent-replayed')
    return {
      receipts: 'data' in answer ? answer.data : [answer],
      replayed: replayed === 'true' ? 'all' : replayed === 'partial' ? 'some' : 'none',
    }
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    content: { readonly body?: Uint8Array; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<{ readonly text: string; readonly headers: Headers }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(method, path, content)
      } catch (error) {
        if (attempt >= (this.#settings.attempts ?? ATTEMPTS_MAX) || !this.#mayPass(error)) throw error
        const waitMs = Math.max(error instanceof ServerError ? error.retryAfterMs : 0, backoffMs(attempt))
        this.#settings.onRetry?.((error as Error).message, waitMs)
        await sleep(waitMs, undefined, this.#signalOptions())
      }
    }
  }

  async #once(
    method: 'GET' | 'POST',
    path: string,
    {
      body,
      headers = {},
    }: { readonly body?: Uint8Array; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly text: string; readonly headers: Headers }> {
    const { key, signal } = this.#settings
    signal?.throwIfAborted()
    // Not AbortSignal.any: each use would stay on the list of a signal that lives as long as the command.
    const controller = new AbortController()
    const abort = () => controller.abort()
    const timer = setTimeout(abort, REQUEST_TIMEOUT_MS)
    signal?.addEventListener('abort', abort, { once: true })
    let response: Response
    let text: string
    try {
      response = await fetch(this.#url + path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'user-agent': `counterfoil-cli/${VERSION}`, ...headers },
        // A server that sends us elsewhere would be given the key there.
        redirect: 'error',
        signal: controller.signal,
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      })
      text = await response.text()
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw new ServerUnreachable(this.#url, error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    this.#hasAnswered = true
    if (response.ok) return { text, headers: response.headers }
    throw toServerError(response, text)
  }

  /** Whether the same request may succeed later. A server that never answered is not waited for. */
  #mayPass(error: unknown): boolean {
    if (error instanceof ServerError) return error.status === 429 || error.status === 503
    return error instanceof ServerUnreachable && this.#hasAnswered
  }

  #signalOptions(): { readonly signal?: AbortSignal } {
    return this.#settings.signal === undefined ? {} : { signal: this.#settings.signal }
  }
}

/** The client that the settings name. Throws `missing_api_key` that says how to make one. */
export function openApiClient(
  { url, key }: Settings,
  scope: 'audit:read' | 'audit:write',
  more: Omit<ApiClientSettings, 'url' | 'key'> = {},
): ApiClient {
  if (key !== '') return new ApiClient({ url, key, ...more })
  throw new AppError('missing_api_key', {
    hint: `Give --key or set COUNTERFOIL_KEY. "counterfoil key create --org <slug> --mode live --scope ${scope}" makes a key.`,
  })
}

function toServerError({ status, headers }: Response, text: string): ServerError {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return new ServerError(membersOf(text), {
    status,
    requestId: headers.get('x-request-id') ?? undefined,
    // The header may also be a date; then our own pace has to do.
    retryAfterMs: Number.isFinite(seconds) ? Math.min(seconds * 1_000, RETRY_AFTER_MS_MAX) : 0,
  })
}

/** Doubles from attempt to attempt; the random part keeps clients from coming back all at once. */
function backoffMs(attempt: number): number {
  return Math.min(BACKOFF_MS_MIN * 2 ** (attempt - 1), BACKOFF_MS_MAX) * (0.75 + Math.random() / 2)
}

/** The members of an error's body; none when something between us and the server answered in HTML. */
function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
