import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress } from './public-addresses.js'

/** A request to somewhere that a customer named, not we. */
export interface GuardedRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface GuardedFetchSettings {
  /** Whether private addresses and plain HTTP are let through. */
  readonly allowPrivate: boolean
  /** Every address of a host name; a test may have its own. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

/** Why a request was not made, or not answered as it should be. */
export class OutboundRefusal extends Error {
  override readonly name = 'OutboundRefusal'
}

const TIMEOUT_MS = 10_000
const BODY_BYTES_MAX = 65_536

/**
 * Makes requests that cannot be led to our own network: the name is resolved, every address of it is checked, and the
 * connection goes to the one that was checked, so that a name cannot mean something else a moment later. No redirect is
 * followed, no proxy is asked, ten seconds and 64 KiB are enough. Throws `OutboundRefusal`.
 */
export function guardedFetch({ allowPrivate, resolve = resolveAll }: GuardedFetchSettings) {
  return async (url: string, request: GuardedRequest = {}): Promise<Response> => {
    const target = readUrl(url, allowPrivate)
    const host = target.hostname.replace(/^\[|\]$/g, '')
    const addresses = isIP(host) === 0 ? await resolve(host) : [host]
    const [address] = addresses
    // Which one it is, whoever named it is not told: it may be a name in our own network.
    if (!allowPrivate && !addresses.every(isPublicAddress))
      throw new OutboundRefusal(`${target.host} is not at a public address.`)
    if (address === undefined) throw new OutboundRefusal(`${target.host} has no address.`)
    return exchange(target, address, request)
  }
}

function readUrl(text: string, allowPrivate: boolean): URL {
  if (!URL.canParse(text)) throw new OutboundRefusal('It is no URL.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    throw new OutboundRefusal('It must begin with https://.')
  if (url.username !== '' || url.password !== '')
    throw new OutboundRefusal('It must hold no user and no password.')
  return url
}

async function resolveAll(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (cause) {
    throw new OutboundRefusal(`${host} cannot be resolved.`, { cause })
  }
}

function exchange(
  url: URL,
  address: string,
  { method = 'GET', headers = {}, body }: GuardedRequest,
): Promise<Response> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const fail = (text: string, cause?: unknown) =>
      reject(new OutboundRefusal(text, cause === undefined ? {} : { cause }))
    const request = send(
      url,
      {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // The address that was checked, whatever the name says by now. TLS still checks the name.
        lookup: (_host, options, done) => {
          const family = isIP(address)
          if (options.all === true) done(null, [{ address, family }])
          else done(null, address, family)
        },
      },
      (response) => {
        readAnswer(url, response).then(resolve, reject)
      },
    )
    request.on('error', (cause) => fail(`${url.host} does not answer: ${cause.message}.`, cause))
    request.end(body)
  })
}

async function readAnswer(url: URL, response: IncomingMessage): Promise<Response> {
  const status = response.statusCode ?? 0
  if (status >= 300 && status < 400) {
    response.destroy()
    throw new OutboundRefusal(`${url.host} sends elsewhere, which is not followed.`)
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > BODY_BYTES_MAX)
        throw new OutboundRefusal(`${url.host} answers more than ${BODY_BYTES_MAX} bytes.`)
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof OutboundRefusal) throw cause
    throw new OutboundRefusal(`${url.host} broke off its answer.`, { cause })
  }
  const type = response.headers['content-type']
  return new Response(status === 204 || status === 304 ? null : Buffer.concat(chunks), {
    status,
    headers: type === undefined ? {} : { 'content-type': type },
  })
}
