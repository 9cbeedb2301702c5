import type { Problem } from '@counterfoil/core'

/** What the server said when it did not do what was asked. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  readonly param: string | undefined
  readonly requestId: string | undefined
  /** How long the server asked to wait before another attempt. */
  readonly retryAfterMs: number
  /** The whole body of the answer. */
  readonly body: Readonly<Record<string, unknown>>

  constructor(
    body: Readonly<Record<string, unknown>>,
    {
      status,
      requestId,
      retryAfterMs,
    }: { readonly status: number; readonly requestId: string | undefined; readonly retryAfterMs: number },
  ) {
    super(textOf(body.message) ?? `The server answered with status ${status}.`)
    this.status = status
    this.code = textOf(body.code) ?? `http_${status}`
    this.hint = textOf(body.hint)
    this.param = textOf(body.param)
    this.requestId = textOf(body.request_id) ?? requestId
    this.retryAfterMs = retryAfterMs
    this.body = body
  }

  /** What is wrong with the entries that were sent; none for other errors. */
  get problems(): readonly Problem[] {
    return Array.isArray(this.body.problems) ? (this.body.problems as Problem[]) : []
  }
}

/** Nothing answers at the server's address, or the connection broke and did not come back. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable'
  readonly hint: string

  constructor(url: string, cause: unknown) {
    super(`No server answers on ${url}.`, { cause })
    this.hint = `Start one with "counterfoil serve", or name another with --url or COUNTERFOIL_URL.${reasonOf(cause)}`
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Why, when it is not the usual reason that nobody listens. */
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error ? (cause.cause ?? cause) : cause
  const { code, message } = inner as { code?: unknown; message?: unknown }
  if (code === 'ECONNREFUSED') return ''
  return typeof message === 'string' && message !== '' ? ` (${message})` : ''
}
