import { currentLocation } from '../router/location.js'
import { pastedKey } from './credentials.js'

/** A failure as the API tells it. Decide on `code`; `message` and `hint` are for the reader. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 when the server could not be reached. */
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body.message === 'string' ? body.message : 'The server could not be reached.')
    this.status = status
    this.code = typeof body.code === 'string' ? body.code : 'unreachable'
    this.hint = typeof body.hint === 'string' ? body.hint : undefined
    this.body = body
  }
}

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>

export interface CallOptions {
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}

/** A request to the API as whoever is signed in. Throws `ApiError`. */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await request(method, path, options)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** The same with a key that is given along, as nobody else. Throws `ApiError`. */
export async function callWithKey<T>(key: string, method: string, path: string, body: unknown): Promise<T> {
  const init = {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    credentials: 'omit',
    body: JSON.stringify(body),
  } as const
  const response = await fetch(path, init).catch(() => {
    throw unreachable()
  })
  if (response.ok) return (await response.json()) as T
  throw new ApiError(response.status, await readError(response))
}

/** The same as `call`, for answers that are read as they come. Throws `ApiError`. */
export async function request(
  method: string,
  path: string,
  { query = {}, body, signal }: CallOptions = {},
): Promise<Response> {
  const url = path + queryText(query)
  const asked = takeAhead(method, url)
  const send = () => sendNow(method, url, body, signal)
  // What was refused then may be answered now: somebody has signed in meanwhile.
  const answer = asked === undefined ? send() : asked.then((early) => (early.ok ? early : send()), send)
  const response = await answer.catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    throw unreachable()
  })
  if (response.ok) return response
  throw new ApiError(response.status, await readError(response))
}

function sendNow(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal | undefined,
): Promise<Response> {
  return fetch(url, {
    method,
    headers: headers(method),
    credentials: pastedKey() === undefined ? 'same-origin' : 'omit',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
}

interface AskedAhead {
  readonly url: string
  /** Say who asks, in which organization and mode. */
  readonly headers: string
  readonly until: number
  readonly answer: Promise<Response>
}

let ahead: AskedAhead | undefined

/** Sends a GET before there is anybody who wants its answer: whoever asks the same first, and in time, is given it. */
export function askAhead(path: string, query: Query, maxAgeMs: number): void {
  const url = path + queryText(query)
  const answer = sendNow('GET', url)
  answer.catch(() => undefined)
  ahead = { url, headers: JSON.stringify(headers('GET')), until: performance.now() + maxAgeMs, answer }
}

/** Anything else than a GET may change who asks: from then on nothing that was sent before it is given to anybody. */
function takeAhead(method: string, url: string): Promise<Response> | undefined {
  if (method !== 'GET') ahead = undefined
  if (ahead?.url !== url) return undefined
  const { headers: sent, until, answer } = ahead
  ahead = undefined
  return sent === JSON.stringify(headers(method)) && performance.now() < until ? answer : undefined
}

function unreachable(): ApiError {
  return new ApiError(0, { hint: 'Check the connection; the page tries again when you do.' })
}

/** `?name=value` for what is given; empty for nothing. */
export function queryText(query: Query): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    if (typeof value === 'string' || typeof value === 'number') params.append(name, String(value))
    else for (const one of value) params.append(name, one)
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

function headers(method: string): Record<string, string> {
  const key = pastedKey()
  if (key !== undefined) {
    return {
      authorization: `Bearer ${key}`,
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    }
  }
  const { params } = currentLocation()
  const organization = params.get('org')
  const mode = params.get('mode')
  return {
    // What the server wants of our own page before it changes anything by a cookie.
    ...(method === 'GET' ? {} : { 'content-type': 'application/json', 'x-counterfoil-request': '1' }),
    ...(organization === null ? {} : { 'x-organization': organization }),
    ...(mode === null ? {} : { 'counterfoil-mode': mode }),
  }
}

async function readError(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text().catch(() => '')
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null) return body as Readonly<Record<string, unknown>>
  } catch {
    // Not ours: a proxy in between has answered.
  }
  return { code: 'unreadable_answer', message: `The server answered ${response.status}.` }
}
