import type { FastifyServerOptions } from 'fastify'

/** How long a connection may take for what it does, milliseconds. */
export interface ConnectionLimits {
  /** From its first moment to the end of the first request's headers, and of each further one's. */
  readonly headersMs: number
  /** For a whole request, its body included. */
  readonly requestMs: number
  /** Between an answer and the next request. */
  readonly idleMs: number
  /** Without a byte either way while it is being answered: the reader of an answer has gone, or does not read. */
  readonly stalledMs: number
  /** How often the first two are looked at; they may be passed by so much. */
  readonly checkedEveryMs: number
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersMs: 15_000,
  requestMs: 30_000,
  idleMs: 75_000,
  stalledMs: 120_000,
  checkedEveryMs: 2_000,
}

/** URL and headers together; Node's default, written down because the documents name it. */
export const HEADER_BYTES_MAX = 16 * 1024

/** The limits as Fastify takes them. */
export function connectionOptions({
  headersMs,
  requestMs,
  idleMs,
  stalledMs,
  checkedEveryMs,
}: ConnectionLimits): FastifyServerOptions & { readonly http: object } {
  return {
    connectionTimeout: stalledMs,
    keepAliveTimeout: idleMs,
    requestTimeout: requestMs,
    http: {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkedEveryMs,
    },
  }
}
